# ruff: noqa: S608 - all names in these queries are those of the model
"""Keeps the database of a domain in step with its gold tables: a transaction takes it from one moment of the lake to the next."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import psycopg

from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake
from flink_jobs.moments import Moment
from flink_jobs.snapshots import StoredTable
from readers.model import Model, Table
from readers.postgres import database
from readers.postgres.copying import BATCH, copy_rows, sendable
from readers.postgres.derived import Derived
from readers.postgres.increments import Increment, Reached, increment, reached_by, rows_of
from readers.postgres.layout import Layout, Mask, Target

BIG = 100_000  # rows after which PostgreSQL's statistics are taken at once

Told = Callable[[str, int, int], None]  # table, rows sent, rows in all


@dataclass
class Step:
    """What a transaction brought: rows by table, what keys had to be left out, and the seconds that it took."""

    domain: str
    rows: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0


class Serving:
    """One domain, from the lake into its database, as long as `connection` is open."""

    def __init__(
        self, connection: psycopg.Connection, lake: Lake, model: Model, mask: Mask | None = None, told: Told = lambda *_: None
    ) -> None:
        self.connection = connection
        self.lake = lake
        self.layout = Layout(model, mask)
        self.told = told
        self.reader = lake.open()
        lake.register(self.reader, "")
        if mask:
            mask.register(self.reader)
        self.derived = Derived(self.reader, self.layout)

    def step(self, moment: Moment) -> Step:
        """Brings the database to a moment of the lake in one transaction; nothing is done where nothing has changed.

        psycopg.OperationalError when the connection is lost; then, as after any other error, the database is at the moment where it was.
        """
        started, step = time.perf_counter(), Step(self.layout.model.domain)
        stored = {table.name: table for table in moment.tables if table.catalog == self.layout.model.domain}
        while True:
            try:
                with self.connection.transaction():
                    self._bring(stored, step)
            except psycopg.IntegrityError as error:
                self.derived.forget()
                step.rows.clear()
                warning = database.drop_broken(self.connection, error)
                if warning in step.warnings:
                    raise
                step.warnings.append(warning)
            except BaseException:
                self.derived.forget()
                raise
            else:
                break
        self.derived.keep()
        if any(rows > BIG for rows in step.rows.values()):
            self.connection.execute("ANALYZE")
        step.seconds = time.perf_counter() - started
        return step

    def _bring(self, stored: Mapping[str, StoredTable], step: Step) -> None:
        is_new = not database.is_laid_out(self.connection, self.layout)
        anew = self._changed_layout() if is_new else set()
        reached = database.read_reached(self.connection)
        found = [
            one
            for table in self._stored(stored)
            if (one := increment(table, None if self._targets(table) & anew else reached.get(table.name)))
        ]
        due = self.derived.due(self.lake, stored)
        anew |= {target.name for one in found if one.is_whole for target in self.layout.targets(self._table(one.table.name))}
        with self.connection.cursor() as cursor:
            aside = {
                target.name: (target, database.create_aside(self.connection, target))
                for target in self.layout.every_target
                if target.name in anew
            }
            places = {name: where for name, (_, where) in aside.items()}
            for table in due:
                if sent := self.derived.send(cursor, table, stored, places):
                    step.rows[table.name] = sent
            for one in found:
                if sent := self._append(cursor, one, reached.get(one.table.name), places):
                    step.rows[one.table.name] = sent
        if is_new or aside:
            self._settle(aside.values(), step)
        elif any(not table.is_view and table.name in step.rows for table in due):  # what a calendar lacked may be in it now
            self._add_keys(step)

    def _append(self, cursor: psycopg.Cursor, one: Increment, reached: Reached | None, places: Mapping[str, str]) -> int:
        """Sends an increment, and notes how far the table has come with it."""
        table, sent = self._table(one.table.name), 0
        offsets = {} if one.is_whole or reached is None else reached.offsets
        if one.files:
            rows = rows_of(one, table.columns)
            for target in self.layout.targets(table):
                sent = self._copy(cursor, places.get(target.name, target.name), target, one, rows, is_new=target.name in places)
            offsets = offsets | dict(
                self.reader.execute(f"SELECT kafka_partition, max(kafka_offset) FROM ({rows}) GROUP BY ALL").fetchall()
            )
        snapshot = one.table.snapshot
        database.write_reached(self.connection, one.table.name, reached_by(one.table, offsets), snapshot and snapshot.timestamp_ms)
        return sent

    def _copy(self, cursor: psycopg.Cursor, into: str, target: Target, one: Increment, rows: str, is_new: bool) -> int:
        listed = self.layout.mask.select_list(target.table) if target.is_masked and self.layout.mask else "*"
        query = f"SELECT {sendable(target.table.columns)} FROM (SELECT {listed} FROM ({rows}))"
        sent = 0

        def told(count: int) -> None:
            nonlocal sent
            sent += count
            if one.is_whole:
                self.told(target.name, sent, one.table.rows)

        return copy_rows(cursor, into, self.reader.execute(query).to_arrow_reader(BATCH), ", FREEZE" if is_new else "", told)

    def _changed_layout(self) -> set[str]:
        """Fits the tables that are there to the layout; the names of those that must be filled anew."""
        anew = database.alter(self.connection, self.layout)
        if self.layout.mask and database.mask_of(self.connection) != self.layout.mask.fingerprint:
            anew |= {target.name for target in self.layout.every_target if target.is_masked}
        return anew

    def _settle(self, aside: Iterator[tuple[Target, str]], step: Step) -> None:
        """Puts what was filled beside in its place, and makes what hangs on it: views, keys, rights."""
        self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no table can be changed while one of its rows waits for its check
        for target, where in aside:
            database.put_in_place(self.connection, target, where)
        database.create_views(self.connection, self.layout)
        self._add_keys(step)

    def _add_keys(self, step: Step) -> None:
        self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        step.warnings += database.add_keys(self.connection, self.layout)

    def _stored(self, stored: Mapping[str, StoredTable]) -> Iterator[StoredTable]:
        """The stored tables that only grow; TrunklineError for one with a column that no file declares."""
        for table in (stored[table.name] for table in self.layout.appended if table.name in stored):
            declared = {column.name for column in self._table(table.name).columns}
            if unknown := [name for name in table.columns if name not in declared]:
                raise TrunklineError(
                    f"{table.name} has a column {unknown[0]} that its file does not declare", "use the files that were deployed"
                )
            yield table

    def _targets(self, table: StoredTable) -> set[str]:
        return {target.name for target in self.layout.targets(self._table(table.name))}

    def _table(self, name: str) -> Table:
        return self.layout.model.tables[name]
