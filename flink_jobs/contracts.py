"""What a CREATE TABLE promises: the view that fills it must fit it, and the stored table must be able to become it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.table import Table
from pyiceberg.types import DecimalType, DoubleType, FloatType, IcebergType, IntegerType, LongType, NestedField

from flink_jobs.columns import column_token
from flink_jobs.domains import Insert, Job
from flink_jobs.errors import Problem, ProjectError
from flink_jobs.planner import Column, Planner
from flink_jobs.snapshots import COORDINATES
from flink_jobs.statements import Statement


def contract_problems(job: Job, insert: Insert, planner: Planner) -> Iterator[Problem]:
    """Where a view's columns differ from its contract's; INSERT matches by position, so Flink alone would not notice."""
    contract = job.contracts[insert.table]
    view, table = planner.columns(insert.view), planner.columns(insert.table)
    missing = [name for name in COORDINATES if name not in {column.name for column in table}]
    if missing and not job.is_batch:
        what = f"{insert.table} has no {' and no '.join(missing)}"
        yield contract.problem(what, "add the Kafka coordinates of each row: by them a restart neither loses nor repeats one")
    names, expected = [column.name for column in view], [column.name for column in table]
    if names != expected:
        yield order_problem(contract, insert.view, names, expected)
        return
    for given, wanted in zip(view, table, strict=True):
        if fits(given, wanted):
            continue
        what = f"{given.name} is stored as {describe(wanted)}, but is {describe(given)} in the view {insert.view}"
        cast = f"CAST it to {wanted.type} in the view, or change the contract"
        fix = cast if given.type != wanted.type else "give it a value with COALESCE in the view, or drop NOT NULL here"
        yield contract.problem(what, fix, column_token(contract, given.name))


def order_problem(contract: Statement, view: str, names: list[str], expected: list[str]) -> Problem:
    """The first column of a contract that the view has not, or has elsewhere."""
    place = next((i for i, pair in enumerate(zip(names, expected, strict=False)) if pair[0] != pair[1]), min(len(names), len(expected)))
    if place == len(expected):
        what = f"the view {view} also has {', '.join(names[place:])}"
    elif expected[place] not in names:
        what = f"the view {view} has no {expected[place]}"
    elif names[place] not in expected:
        what = f"the view {view} also has {names[place]} here"
    else:
        what = f"the view {view} has {names[place]} here, not {expected[place]}"
    at = column_token(contract, expected[min(place, len(expected) - 1)])
    return contract.problem(what, "give both the same columns in the same order", at)


def fits(given: Column, wanted: Column) -> bool:
    """Whether a view's column may go into a contract's: the same type (any text is a STRING), and no null where none may be."""
    texts = ("CHAR(", "VARCHAR(")
    same = given.type == wanted.type or (wanted.type == "STRING" and given.type.startswith(texts))
    return same and (wanted.nullable or not given.nullable)


def describe(column: Column) -> str:
    """A column's type as SQL writes it."""
    return column.type if column.nullable else f"{column.type} NOT NULL"


@dataclass(frozen=True)
class Evolution:
    """What makes a stored table fit its contract: columns to add (each after another, or first), types to widen, options to set."""

    added: list[tuple[NestedField, str | None]] = field(default_factory=list)
    widened: list[NestedField] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.added or self.widened or self.options)

    def __str__(self) -> str:
        changes = [f"add {field.name} {field.field_type}" for field, _ in self.added]
        changes += [f"widen {field.name} to {field.field_type}" for field in self.widened]
        return ", ".join(changes + [f"set {key} to {value}" for key, value in self.options.items()])

    def apply(self, table: Table) -> None:
        """Changes the stored table, in one commit."""
        with table.transaction() as transaction:
            with transaction.update_schema() as update:
                for column, previous in self.added:
                    update.add_column(column.name, column.field_type, column.doc)
                    if previous is None:
                        update.move_first(column.name)
                    else:
                        update.move_after(column.name, previous)
                for column in self.widened:
                    update.update_column(column.name, column.field_type)
            transaction.set_properties(self.options)


def evolution(contract: Statement, wanted: Table, stored: Table) -> Evolution:
    """How the stored table becomes what its contract says; what would need a rewrite is a ProjectError at the contract's line."""
    old, new = {f.name: f for f in stored.schema().fields}, {f.name: f for f in wanted.schema().fields}
    problems = list(layout_problems(contract, wanted, stored))
    changes = Evolution(options={key: token.value for key, token in contract.options.items() if stored.properties.get(key) != token.value})
    for previous, column in zip([None, *new], new.values(), strict=False):
        before = old.get(column.name)
        if refusal := refused(before, column):
            problems.append(contract.problem(*refusal, column_token(contract, column.name)))
        elif before is None:
            changes.added.append((column, previous))
        elif not same(before.field_type, column.field_type):
            changes.widened.append(column)
    if problems:
        raise ProjectError(problems)
    return changes


def refused(stored: NestedField | None, column: NestedField) -> tuple[str, str] | None:
    """What is wrong with a column's change, and what to do; None when it can be made."""
    if stored is None:
        what = f"the new column {column.name} is NOT NULL, and stored rows have no value for it"
        return (what, "drop NOT NULL") if column.required else None
    if column.required != stored.required:
        return f"{column.name} is {'NOT NULL' if stored.required else 'nullable'} in the stored table", "keep it so"
    if not same(stored.field_type, column.field_type) and not widens(stored.field_type, column.field_type):
        what = f"{column.name} is {stored.field_type} in the stored table, which can't become {column.field_type}"
        return what, "keep the type, or add a column with another name"
    return None


def layout_problems(contract: Statement, wanted: Table, stored: Table) -> Iterator[Problem]:
    """Columns gone or in another order, and other partitions."""
    old, new = ([column.name for column in table.schema().fields] for table in (stored, wanted))
    gone = [name for name in old if name not in new]
    for name in gone:
        what = f"the stored table has the column {name}, this contract has not"
        yield contract.problem(what, "put it back; a stored column is never dropped")
    kept = [name for name in new if name in old]
    moved = next((name for name, before in zip(kept, old, strict=False) if name != before), None)
    if moved and not gone:
        what = f"the stored table has the order {', '.join(old)}"
        yield contract.problem(what, "keep that order; a new column may stand anywhere", column_token(contract, moved))
    before, now = (", ".join(field.name for field in table.spec().fields) or "nothing" for table in (stored, wanted))
    if before != now:
        place = next((token for token in contract.tokens if token.keyword == "PARTITIONED"), None)
        yield contract.problem(f"the stored table is partitioned by {before}, not by {now}", "keep its partitions", place)


def same(old: IcebergType, new: IcebergType) -> bool:
    """Whether two types are equal but for the ids of what is nested in them."""
    return schema_to_pyarrow(old, include_field_ids=False) == schema_to_pyarrow(new, include_field_ids=False)


def widens(old: IcebergType, new: IcebergType) -> bool:
    """Whether Iceberg may promote a stored type: int to long, float to double, a decimal to more digits of the same scale."""
    if isinstance(old, DecimalType) and isinstance(new, DecimalType):
        return old.scale == new.scale and old.precision <= new.precision
    return (type(old), type(new)) in ((IntegerType, LongType), (FloatType, DoubleType))
