# ruff: noqa: S608 - all names in these queries are those of the model
"""Tables whose rows change: DuckDB computes them from the lake, and only what differs from PostgreSQL's rows is sent."""

import time
from collections.abc import Mapping, Sequence

import duckdb
import psycopg

from flink_jobs.lake import Lake, identifier, quoted
from flink_jobs.snapshots import Snapshot, StoredTable
from readers.model import Model, Table
from readers.postgres.copying import BATCH, copy_rows, read_back, sendable
from readers.postgres.database import changed_keys
from readers.postgres.increments import Increment, Reached, increment, reached_by, rows_of
from readers.postgres.layout import Layout, Target, member_column, place
from readers.postgres.types import postgres_type

Basis = tuple[tuple[str, Snapshot | None], ...]  # the stored tables that a table is made of, and when they changed
SELDOM_SECONDS = 60.0


class Derived:
    """Keeps, in a DuckDB, the rows that PostgreSQL has of these tables; what a transaction changes counts once `keep` is called."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, layout: Layout) -> None:
        self.connection = connection
        self.layout = layout
        self._bases: dict[str, Basis] = {}
        self._computed: dict[str, Basis] = {}
        self._times: dict[str, float] = {}
        self._copied: dict[str, Reached] = {}

    def due(self, lake: Lake, stored: Mapping[str, StoredTable]) -> list[Table]:
        """Those that are made of something that has changed; one that reads more than gold is looked at once a minute.

        DuckDB has then, of what they are made of, what the lake has at this moment.
        """
        beneath = {name for table in self.layout.derived for name in _beneath(table, self.layout.model) if name in stored}
        kept = {table.name for table in self.layout.appended if not table.is_fact} & beneath
        for name in sorted(kept):
            self._follow(stored[name])
        waiting = lake.refresh(self.connection, [stored[name] for name in sorted(beneath - kept)])
        absent = waiting.keys() | {table.name for table in self.layout.derived if not table.is_view and table.name not in stored}
        return [table for table in self.layout.derived if table.name not in absent and self._is_due(table, stored)]

    def send(self, cursor: psycopg.Cursor, table: Table, stored: Mapping[str, StoredTable], targets: Mapping[str, str]) -> int:
        """Computes a table, and changes PostgreSQL's rows where they differ; how many rows it was sent.

        `targets` names, for each target of the table that is being made anew, the empty table to fill.
        """
        new, _ = _names(table)
        self.connection.execute(f"CREATE OR REPLACE TABLE {new} AS SELECT {sendable(table.columns)} FROM {quoted(table.name)}")
        if table.name not in self._bases:
            self._read_back(cursor, table, is_new=place(table.name) in targets)
        self._computed[table.name] = _basis(table, self.layout.model, stored)
        own, *masked = self.layout.targets(table)
        whole = [target for target in (own, *masked) if target.name in targets]
        for target in whole:
            self._copy(cursor, targets[target.name], target, f"SELECT * FROM {new}")
        changing = [target for target in (own, *masked) if target.name not in targets]
        return self._change(cursor, table, changing) if changing else self._count(new)

    def keep(self) -> None:
        """What was sent is committed."""
        for name, basis in self._computed.items():
            new, old = _names(self.layout.model.tables[name])
            self.connection.execute(f"DROP TABLE IF EXISTS {old}; ALTER TABLE {new} RENAME TO {old}")
            self._bases[name] = basis
            self._times[name] = time.monotonic()
        self._computed.clear()

    def forget(self) -> None:
        """What was sent may not be committed: the next time PostgreSQL is asked what it has."""
        self._computed.clear()
        self._bases.clear()

    def _follow(self, table: StoredTable) -> None:
        """Keeps a copy of a table that only grows, and is read for several dimensions: small files are slow to read."""
        name, columns = quoted(table.name), self.layout.model.tables[table.name].columns
        one = increment(table, self._copied.get(table.name))
        if one is None:
            return
        if one.is_whole or one.beyond is not None:
            self.connection.execute(f"ATTACH IF NOT EXISTS ':memory:' AS {quoted(table.catalog)}")
            self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(f'{table.catalog}.{table.database}')}")
            shape = ", ".join(f"{quoted(column.name)} {column.type}" for column in columns)
            self.connection.execute(f"CREATE OR REPLACE TABLE {name} ({shape})")
            one = Increment(table, one.files)
        if one.files:
            self.connection.execute(f"INSERT INTO {name} {rows_of(one, columns)}")
        self._copied[table.name] = reached_by(table)

    def _is_due(self, table: Table, stored: Mapping[str, StoredTable]) -> bool:
        if self._bases.get(table.name) == _basis(table, self.layout.model, stored):
            return False
        is_seldom = any(used.split(".")[1] not in ("gold", "serving") for used in _beneath(table, self.layout.model))
        return not is_seldom or time.monotonic() - self._times.get(table.name, -SELDOM_SECONDS) >= SELDOM_SECONDS

    def _read_back(self, cursor: psycopg.Cursor, table: Table, is_new: bool) -> None:
        new, old = _names(table)
        if is_new:
            self.connection.execute(f"CREATE OR REPLACE TABLE {old} AS FROM {new} LIMIT 0")
        else:
            read_back(cursor, place(table.name), table.columns, self.connection, old)

    def _change(self, cursor: psycopg.Cursor, table: Table, targets: Sequence[Target]) -> int:
        """Takes the rows of each member that differs in any of them away, and sends those that it has now."""
        new, old = _names(table)
        member = member_column(table)
        # Twice EXCEPT ALL, in one pass.
        both = f"SELECT *, 1 AS balance FROM {new} UNION ALL SELECT *, -1 FROM {old}"
        different = f"(SELECT * EXCLUDE (balance) FROM ({both}) GROUP BY ALL HAVING sum(balance) <> 0)"
        if member is None:
            if not self._count(different):
                return 0
            for target in targets:
                cursor.execute(f"DELETE FROM {quoted(target.name)}")
                self._copy(cursor, target.name, target, f"FROM {new}")
            return self._count(new)
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE changed AS SELECT DISTINCT {quoted(member)} AS member FROM {different}")
        if not self._count("changed"):
            return 0
        belongs = f"EXISTS (FROM changed WHERE changed.member IS NOT DISTINCT FROM rows.{quoted(member)})"
        kind = next(column.type for column in table.columns if column.name == member)
        for target in targets:
            with changed_keys(cursor, member, postgres_type(kind)) as keys:
                before = f"FROM {old} AS rows WHERE {belongs}"
                self._copy(cursor, keys, target, before, f"SELECT DISTINCT {quoted(member)}")
                same = f"rows.{quoted(member)} = {keys}.{quoted(member)}"
                none = f"{quoted(member)} IS NULL AND EXISTS (SELECT FROM {keys} WHERE {quoted(member)} IS NULL)"
                cursor.execute(f"DELETE FROM {quoted(target.name)} AS rows USING {keys} WHERE {same}")
                cursor.execute(f"DELETE FROM {quoted(target.name)} WHERE {none}")
            self._copy(cursor, target.name, target, f"FROM {new} AS rows WHERE {belongs}")
        return self._count(f"{new} AS rows WHERE {belongs}")

    def _copy(self, cursor: psycopg.Cursor, into: str, target: Target, rows: str, select: str = "SELECT *") -> None:
        listed = self.layout.mask.select_list(target.table) if target.is_masked and self.layout.mask else "*"
        query = f"{select} FROM (SELECT {listed} FROM ({rows}))"
        copy_rows(cursor, into, self.connection.execute(query).to_arrow_reader(BATCH))

    def _count(self, relation: str) -> int:
        return self.connection.execute(f"SELECT count(*) FROM {relation}").fetchone()[0]


def _names(table: Table) -> tuple[str, str]:
    """DuckDB's tables of the rows that were computed last, and of those that PostgreSQL has."""
    return identifier(f"{table.name} new"), identifier(table.name)


def _basis(table: Table, model: Model, stored: Mapping[str, StoredTable]) -> Basis:
    return tuple((name, stored[name].last_change) for name in sorted(_beneath(table, model)) if name in stored)


def _beneath(table: Table, model: Model) -> set[str]:
    """The stored tables that a table is made of."""
    if not table.is_view:
        return {table.name}
    return set().union(*(_beneath(model.tables[used], model) if used in model.tables else {used} for used in table.reads))
