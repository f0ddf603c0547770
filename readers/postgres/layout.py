"""The PostgreSQL database of a domain: what of it is a table there, what a view, and what stands in `masked`."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Protocol

import duckdb

from flink_jobs.lake import quoted
from flink_jobs.serving import in_order
from flink_jobs.snapshots import COORDINATES
from readers.model import MASKED, SHOWN, Column, Model, Table
from readers.postgres.indexes import Index, declared_indexes
from readers.postgres.translate import translated

VALID_FROM = "valid_from"


class Mask(Protocol):
    """What is personal in a domain, and how that is hidden."""

    @property
    def fingerprint(self) -> str:
        """Another one means that what is masked must be masked anew."""

    @property
    def personal(self) -> Mapping[str, frozenset[str]]:
        """The personal columns of each table and view that may be shown, by three-word name."""

    def select_list(self, table: Table) -> str:
        """What to SELECT, in DuckDB, of something with a table's columns."""

    def register(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Gives a connection the functions that such a list calls."""


@dataclass(frozen=True)
class Target:
    """A table in PostgreSQL, by its name `schema.table` there, that holds the rows of a table of the model, as they are or masked."""

    name: str
    table: Table
    is_masked: bool


class Layout:
    """A domain as its PostgreSQL database shows it, `gold`, `serving` and, with a mask, `masked`."""

    def __init__(self, model: Model, mask: Mask | None = None) -> None:
        self.model = model
        self.mask = mask

    @cached_property
    def appended(self) -> list[Table]:
        """Gold tables of rows with Kafka coordinates: they only grow."""
        return [table for table in self._tables if not table.is_view and has_coordinates(table)]

    @cached_property
    def derived(self) -> list[Table]:
        """Tables whose rows change: gold tables that are written anew, dimensions, and views that read what PostgreSQL has not."""
        return [table for table in self._tables if not self.is_translated(table) and table not in self.appended]

    @cached_property
    def views(self) -> list[Table]:
        """The serving views that are views there too, those that others read first."""
        found = {table.name: table for table in self._tables if self.is_translated(table)}
        return [found[name] for name in in_order({name: set(table.reads) for name, table in found.items()})]

    def is_translated(self, table: Table) -> bool:
        """Whether a table of the model is a view in PostgreSQL: one that is no dimension, and reads only what is there."""
        return table.is_view and not table.is_dimension and all(used in self.model.tables for used in table.reads)

    def targets(self, table: Table) -> list[Target]:
        """The tables that the rows of one are written to: itself and, if anything in it is personal, its masked copy."""
        own = [Target(place(table.name), table, is_masked=False)]
        return [*own, Target(self.masked_place(table.name), table, is_masked=True)] if self._has_personal(table) else own

    @property
    def every_target(self) -> Iterator[Target]:
        """All tables that are there."""
        return chain.from_iterable(self.targets(table) for table in (*self.appended, *self.derived))

    @cached_property
    def view_statements(self) -> list[tuple[Table, str]]:
        """CREATE VIEW statements, in order, each with what it is for; ProjectError for a view that can't be had."""
        return list(self._view_statements())

    def _view_statements(self) -> Iterator[tuple[Table, str]]:
        for view in self.views:
            yield view, f"CREATE VIEW {quoted(place(view.name))} AS {translated(view, self.model, place)}"
        for table in self._tables if self.mask else ():
            if self._may_be_masked(table) and not self.is_translated(table) and not self._has_personal(table):
                yield table, f"CREATE VIEW {quoted(self.masked_place(table.name))} AS SELECT * FROM {quoted(place(table.name))}"  # noqa: S608
        for view in self.views if self.mask else ():
            if self._may_be_masked(view):
                yield view, f"CREATE VIEW {quoted(self.masked_place(view.name))} AS {translated(view, self.model, self.masked_place)}"

    @cached_property
    def indexes(self) -> list[Index]:
        """Those that `postgres.sql` declares beside those of keys and times."""
        return list(declared_indexes(self.model.folder / "postgres.sql", {target.name for target in self.every_target}))

    def masked_place(self, name: str) -> str:
        """Where the masked form of a table or view is. Of a gold and a serving one of the same name the serving one has it."""
        _, schema, word = name.split(".")
        is_taken = schema == "gold" and f"{self.model.domain}.serving.{word}" in self.model.tables
        return f"{MASKED}.gold_{word}" if is_taken else f"{MASKED}.{word}"

    @cached_property
    def digest(self) -> str:
        """Another one means that the database must be laid out anew."""
        shape = [
            f"{target.name} {[(column, key_columns(target.table)) for column in target.table.columns]} {target.table.comment}"
            for target in self.every_target
        ]
        said = [
            *shape,
            *(statement + table.comment for table, statement in self.view_statements),
            *(index.statement.normal for index in self.indexes),
            self.mask.fingerprint if self.mask else "",
        ]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()

    @cached_property
    def _tables(self) -> list[Table]:
        return [table for table in self.model.tables.values() if table.schema in SHOWN]

    def _may_be_masked(self, table: Table) -> bool:
        """A view of which it can't be told what is personal in it is left out, and what reads it."""
        return table.name in self.mask.personal and all(
            self._may_be_masked(self.model.tables[used]) for used in table.reads if used in self.model.tables
        )

    def _has_personal(self, table: Table) -> bool:
        return self.mask is not None and bool(self.mask.personal.get(table.name))


def place(name: str) -> str:
    """Where a table or view of the model is: its second and third word."""
    return name.partition(".")[2]


def has_coordinates(table: Table) -> bool:
    """Whether each row of a table says which record of Kafka it comes from."""
    return {column.name for column in table.columns} >= set(COORDINATES)


def key_columns(table: Table) -> tuple[str, ...]:
    """The primary key: a fact's, a dimension's, a member's key with the beginning of its stretch, or the record of a row."""
    if table.key:
        return (table.key,)
    member = member_column(table)
    if member and any(column.name == VALID_FROM for column in table.columns) and not has_coordinates(table):
        return (member, VALID_FROM)
    return COORDINATES if has_coordinates(table) and (table.is_fact or table.is_dimension) else ()


def member_column(table: Table) -> str | None:
    """The column by which the rows of a table that changes belong together: a dimension's key, unique or, in a history, not."""
    if not table.is_dimension:
        return None
    names = [column.name for column in table.columns]
    return table.key or next((name for name in names if name.endswith("_sk")), names[0])


def is_required(target: Target, column: Column) -> bool:
    """Whether a column is NOT NULL; a masked one may be NULL, since only texts have pseudonyms."""
    return not column.nullable and not target.is_masked
