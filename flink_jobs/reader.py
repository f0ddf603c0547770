"""DuckDB statements over the stored tables."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

import duckdb
from duckdb import StatementType

from flink_jobs.errors import TrunklineError
from flink_jobs.lake import EXPIRY, Lake
from flink_jobs.moments import Moment
from flink_jobs.results import Column, Result, Row
from flink_jobs.serving import mentioned, view_name
from flink_jobs.times import TIME

if TYPE_CHECKING:
    from readers.masked import MaskedLake

ANSWERS = (StatementType.SELECT, StatementType.EXPLAIN, StatementType.COPY)
SETTINGS = (StatementType.SET, StatementType.VARIABLE_SET)
INTEGERS = {f"{sign}{size}" for sign in ("", "u") for size in ("tinyint", "smallint", "integer", "bigint", "hugeint")}
NUMBERS = INTEGERS | {"float", "double", "decimal"}
CHUNK = 10_000  # rows
WORD = re.compile(r"\w+")
BY_TEXT = {"query", "query_table", "getvariable"}  # with these a text can name a table that does not stand in it

T = TypeVar("T")


class Reader:
    """Runs SQL, each text over the newest moment when it starts, or all over the one that is pinned.

    `moment` is the one that was read last.
    """

    def __init__(self, lake: Lake, as_of: datetime | None = None, masked: Callable[[], "MaskedLake"] | None = None) -> None:
        """`masked` gives what texts that speak of it see in the schema `masked` of each domain."""
        self.lake = lake
        self.moment = Moment()
        self._open_masked, self._masked = masked, None
        self._connection = lake.open()
        self.pin(as_of)

    def pin(self, as_of: datetime | None) -> None:
        """Stays at the newest moment that was not after `as_of`; None goes with the lake again."""
        self._pinned = self.lake.moment(as_of) if as_of else None

    def doubts(self, sql: str) -> list[str]:
        """Why tables that a text asks for, itself or by a view, may differ from the others of their job by a checkpoint."""
        return sorted({self.moment.apart[name] for name in self._asked(sql, self.moment.apart)})

    def names(self) -> dict[str, list[str]]:
        """The columns of every table and view, by three-word name."""
        self._refresh()
        columns = "concat_ws('.', database_name, schema_name, table_name), list(column_name ORDER BY column_index)"
        own = self._connection.table_function("duckdb_columns").filter("database_name NOT IN ('memory', 'system', 'temp')")
        return dict(sorted(own.aggregate(columns).fetchall()))

    def results(self, sql: str) -> Iterator[Result]:
        """The results of each statement in turn; TrunklineError, in DuckDB's words, for one that fails or would write."""
        absent: dict[str, TrunklineError] = {}
        with _errors(absent):
            statements = self._connection.extract_statements(sql)
            if not statements:
                raise TrunklineError("there is no statement to run", 'give one, for example "SHOW ALL TABLES"')
            for statement in statements:
                _refuse_writes(statement)
            if self._open_masked and self._masked is None and re.search(r"\bmasked\b", sql):
                self._masked = self._open_masked()  # it takes a second
            self.lake.register(self._connection, sql)
            absent |= self._refresh(sql)
            for statement in statements:
                result = self._run(statement, sql)
                if statement.type in ANSWERS:
                    yield result

    def _asked(self, sql: str, names: Collection[str]) -> set[str]:
        """Those of these tables that a text may ask for, itself or by a view."""
        views = {view_name(file): mentioned(file) for file in self.lake.serving}
        words = set(WORD.findall(sql.lower()))
        if words & BY_TEXT:
            return set(names)
        asked = {name for name in (*views, *names) if words.issuperset(WORD.findall(name.rpartition(".")[2].lower()))}
        while more := {used for view in asked & views.keys() for used in views[view]} - asked:
            asked |= more
        return asked.intersection(names)

    def _run(self, statement: duckdb.Statement, sql: str) -> Result:
        try:
            return self._answer(statement)
        except duckdb.IOException as error:  # the snapshot may have expired, its files gone, since the refresh
            if self._pinned:
                raise TrunklineError(f"snapshots of {self._pinned.at:{TIME}} have expired meanwhile: {error}", EXPIRY) from None
            self._refresh(sql)
            return self._answer(statement)

    def _refresh(self, sql: str = "") -> dict[str, TrunklineError]:
        """Moves the views that a text asks for to the moment to read; why some of all are not there."""
        self.moment = self._pinned or self.lake.moment()
        asked = self._asked(sql, {table.name for table in self.moment.tables})
        waiting = self.lake.refresh(self._connection, self.moment.tables, asked)
        if self._masked:
            waiting |= self._masked.refresh(self._connection, self.moment.tables)
        deploy = "deploy the jobs that write what it waits for"
        later = {view: TrunklineError(f"{view} waits for {', '.join(tables)} to be stored", deploy) for view, tables in waiting.items()}
        for view, why in (self._masked.unjudged if self._masked else {}).items():
            what = f"{view} is left out: it can't be told what is personal in it, {why}"
            later[view] = TrunklineError(what, "write the view more simply")
        return later | {table: TrunklineError(why, EXPIRY) for table, why in self.moment.gone.items()}

    def _answer(self, statement: duckdb.Statement) -> Result:
        interruptible(self._connection, self._connection.execute, statement)
        columns = [Column(name, str(kind), kind.id in NUMBERS) for name, kind, *_ in self._connection.description or ()]
        return Result(columns, self._rows(interruptible(self._connection, self._connection.fetchmany, CHUNK)))

    def _rows(self, rows: list[Row]) -> Iterator[Row]:
        with _errors():
            while rows:
                yield from rows
                rows = interruptible(self._connection, self._connection.fetchmany, CHUNK)


def interruptible(connection: duckdb.DuckDBPyConnection, call: Callable[..., T], *arguments: object) -> T:
    """Calls DuckDB from a second thread: in the main one it may wait for its own threads and not notice a Ctrl-C."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(call, *arguments)
        try:
            return future.result()
        except KeyboardInterrupt:
            connection.interrupt()
            raise


@contextmanager
def _errors(absent: Mapping[str, TrunklineError] = MappingProxyType({})) -> Iterator[None]:
    """Errors in DuckDB's words, but for those about a table or view that is `absent`."""
    try:
        yield
    except duckdb.CatalogException as error:
        said = set(re.findall(r"\w+", str(error).partition("\n")[0]))
        raise next((why for name, why in absent.items() if name.rpartition(".")[2] in said), TrunklineError(str(error))) from None
    except duckdb.Error as error:
        raise TrunklineError(str(error)) from None


def _refuse_writes(statement: duckdb.Statement) -> None:
    is_part_of_pivot = statement.type == StatementType.CREATE and not statement.query
    if statement.type not in ANSWERS + SETTINGS and not is_part_of_pivot:
        raise TrunklineError(
            f"{statement.type.name} is refused: a query only reads, stored tables are written by their jobs",
            "use SELECT, EXPLAIN, DESCRIBE, SHOW, SUMMARIZE, SET, USE, or COPY ... TO a file",
        )
