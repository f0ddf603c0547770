"""DuckDB statements over the stored tables."""

import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import MappingProxyType
from typing import TypeVar

import duckdb
from duckdb import StatementType

from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake, open_duckdb
from flink_jobs.results import Column, Result, Row

ANSWERS = (StatementType.SELECT, StatementType.EXPLAIN, StatementType.COPY)
SETTINGS = (StatementType.SET, StatementType.VARIABLE_SET)
INTEGERS = {f"{sign}{size}" for sign in ("", "u") for size in ("tinyint", "smallint", "integer", "bigint", "hugeint")}
NUMBERS = INTEGERS | {"float", "double", "decimal"}
CHUNK = 10_000  # rows

T = TypeVar("T")


class Reader:
    """Runs SQL, each text over the snapshots that are current when it starts."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self._connection = open_duckdb()

    def names(self) -> dict[str, list[str]]:
        """The columns of every table and view, by three-word name."""
        self.lake.refresh(self._connection)
        columns = "concat_ws('.', database_name, schema_name, table_name), list(column_name ORDER BY column_index)"
        own = self._connection.table_function("duckdb_columns").filter("database_name NOT IN ('memory', 'system', 'temp')")
        return dict(sorted(own.aggregate(columns).fetchall()))

    def results(self, sql: str) -> Iterator[Result]:
        """The results of each statement in turn; TrunklineError, in DuckDB's words, for one that fails or would write."""
        waiting: dict[str, list[str]] = {}
        with _errors(waiting):
            statements = self._connection.extract_statements(sql)
            if not statements:
                raise TrunklineError("there is no statement to run", 'give one, for example "SHOW ALL TABLES"')
            for statement in statements:
                _refuse_writes(statement)
            waiting |= self.lake.refresh(self._connection)
            for statement in statements:
                result = self._run(statement)
                if statement.type in ANSWERS:
                    yield result

    def _run(self, statement: duckdb.Statement) -> Result:
        try:
            return self._answer(statement)
        except duckdb.IOException:  # the snapshot may have expired, its files gone, since the refresh
            self.lake.refresh(self._connection)
            return self._answer(statement)

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
def _errors(waiting: Mapping[str, list[str]] = MappingProxyType({})) -> Iterator[None]:
    try:
        yield
    except duckdb.CatalogException as error:
        said = set(re.findall(r"\w+", str(error).partition("\n")[0]))
        view = next((view for view in waiting if view.rpartition(".")[2] in said), None)
        if view is None:
            raise TrunklineError(str(error)) from None
        tables = ", ".join(waiting[view])
        raise TrunklineError(f"{view} waits for {tables} to be stored", "deploy the jobs that write what it waits for") from None
    except duckdb.Error as error:
        raise TrunklineError(str(error)) from None


def _refuse_writes(statement: duckdb.Statement) -> None:
    is_part_of_pivot = statement.type == StatementType.CREATE and not statement.query
    if statement.type not in ANSWERS + SETTINGS and not is_part_of_pivot:
        raise TrunklineError(
            f"{statement.type.name} is refused: a query only reads, stored tables are written by their jobs",
            "use SELECT, EXPLAIN, DESCRIBE, SHOW, SUMMARIZE, SET, USE, or COPY ... TO a file",
        )
