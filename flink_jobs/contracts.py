"""What a CREATE TABLE promises: the view that fills it must fit it, and the stored table must be able to become it."""

from collections.abc import Iterator
from dataclasses import dataclass

from pyiceberg.exceptions import ResolveError
from pyiceberg.schema import promote
from pyiceberg.table import Table
from pyiceberg.types import IcebergType, NestedField, PrimitiveType

from flink_jobs.domains import Insert, Job
from flink_jobs.errors import Problem, ProjectError
from flink_jobs.planner import Column, Planner
from flink_jobs.statements import Statement, Token

COORDINATES = ("kafka_partition", "kafka_offset")


def contract_problems(job: Job, insert: Insert, planner: Planner) -> Iterator[Problem]:
    """Where a view's columns differ from its contract's; INSERT matches by position, so Flink alone would not notice."""
    contract = job.contracts[insert.table]
    view, table = planner.columns(insert.view), planner.columns(insert.table)
    if not job.is_batch and not set(COORDINATES) <= {column.name for column in table}:
        yield contract.problem(f"{insert.table} has no {' and '.join(COORDINATES)}", "add the Kafka coordinates: they make a restart exact")
    names, expected = [column.name for column in view], [column.name for column in table]
    if names != expected:
        place = next((i for i, pair in enumerate(zip(names, expected, strict=False)) if pair[0] != pair[1]), min(len(names), len(expected)))
        has = f"{names[place]} as column {place + 1}" if place < len(names) else f"no column {place + 1}"
        says = f"says {expected[place]}" if place < len(expected) else "has no such column"
        yield contract.problem(
            f"the view {insert.view} has {has}, where the contract {says}",
            "give both the same columns in the same order",
            column_token(contract, expected[min(place, len(expected) - 1)]),
        )
        return
    for given, wanted in zip(view, table, strict=True):
        if not fits(given, wanted):
            yield contract.problem(
                f"{given.name} is {describe(wanted)} here, but {describe(given)} in the view {insert.view}",
                f"CAST it to {wanted.type} in the view, or change the contract" if given.type != wanted.type else "COALESCE it in the view, or drop NOT NULL here",
                column_token(contract, given.name),
            )


def fits(given: Column, wanted: Column) -> bool:
    """Whether a view's column may go into a contract's: the same type (a text of fixed length is a STRING), and no null where none may be."""
    texts = ("CHAR(", "VARCHAR(")
    same = given.type == wanted.type or (wanted.type == "STRING" and given.type.startswith(texts))
    return same and (wanted.nullable or not given.nullable)


def describe(column: Column) -> str:
    """A column's type as SQL writes it."""
    return column.type if column.nullable else f"{column.type} NOT NULL"


def column_token(contract: Statement, name: str) -> Token:
    """Where a contract declares a column."""
    start = next(i for i, token in enumerate(contract.tokens) if token.text == "(")
    return next(token for token in contract.tokens[start:] if token.kind in ("word", "quoted") and token.value == name)


@dataclass(frozen=True)
class Evolution:
    """What makes a stored table fit its contract: columns to add (each after another, or first) and types to widen."""

    added: list[tuple[NestedField, str | None]]
    widened: list[NestedField]

    def __bool__(self) -> bool:
        return bool(self.added or self.widened)

    def __str__(self) -> str:
        changes = [f"add {field.name} {field.field_type}" for field, _ in self.added]
        return ", ".join(changes + [f"widen {field.name} to {field.field_type}" for field in self.widened])

    def apply(self, table: Table) -> None:
        """Changes the stored table, in one commit."""
        with table.update_schema() as update:
            for field, previous in self.added:
                update.add_column(field.name, field.field_type, field.doc)
                if previous is None:
                    update.move_first(field.name)
                else:
                    update.move_after(field.name, previous)
            for field in self.widened:
                update.update_column(field.name, field.field_type)


def evolution(contract: Statement, wanted: Table, stored: Table) -> Evolution:
    """How the stored table becomes what its contract says; what can't be done without a rewrite is a ProjectError at the contract's line."""
    old, new = {f.name: f for f in stored.schema().fields}, {f.name: f for f in wanted.schema().fields}
    problems = [
        contract.problem(f"the stored table has the column {name}, this contract has not", "put it back; stored columns are never dropped")
        for name in old
        if name not in new
    ]
    if not problems and list(old) != [name for name in new if name in old]:
        problems.append(contract.problem(f"the stored table has the order {', '.join(old)}", "keep that order; new columns may stand anywhere"))
    if [f.name for f in wanted.spec().fields] != [f.name for f in stored.spec().fields]:
        problems.append(contract.problem(f"the stored table is partitioned by {stored.spec().fields}", "keep its partitioning"))
    added: list[tuple[NestedField, str | None]] = []
    widened: list[NestedField] = []
    for previous, field in zip([None, *new], new.values(), strict=False):
        place = column_token(contract, field.name)
        if field.name not in old:
            added.append((field, previous))
            if field.required:
                problems.append(contract.problem(f"the new column {field.name} is NOT NULL, and stored rows have no value for it", "make it nullable", place))
        elif field.required != old[field.name].required:
            now = "NOT NULL" if old[field.name].required else "nullable"
            problems.append(contract.problem(f"{field.name} is {now} in the stored table", "keep it so", place))
        elif (stored_type := old[field.name].field_type) != field.field_type:
            widened.append(field)
            if not widens(stored_type, field.field_type):
                what = f"{field.name} is {stored_type} in the stored table, which can't become {field.field_type}"
                problems.append(contract.problem(what, "keep the type, or add a column with another name", place))
    if problems:
        raise ProjectError(problems)
    return Evolution(added, widened)


def widens(old: IcebergType, new: IcebergType) -> bool:
    """Whether Iceberg may promote a stored type: int to long, float to double, a decimal to more digits."""
    try:
        return isinstance(old, PrimitiveType) and promote(old, new) == new
    except ResolveError:
        return False
