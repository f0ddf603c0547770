# ruff: noqa: S608 - all names in these queries are those of the model
"""Rows from DuckDB into PostgreSQL and back, by COPY, a batch at a time."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import psycopg
import pyarrow as pa
from pyarrow import csv

from flink_jobs.lake import quoted
from readers.model import Column
from readers.postgres.types import NESTED

BATCH = 100_000  # rows
# A value is in quotes, NULL is nothing: so an empty text stays one.
CSV = csv.WriteOptions(include_header=False, quoting_style="all_valid")


class _Sink:
    """What pyarrow takes for a file, over a COPY."""

    closed = False

    def __init__(self, copy: psycopg.Copy) -> None:
        self.write = copy.write

    def flush(self) -> None:
        """Nothing is held back."""


def copy_rows(
    cursor: psycopg.Cursor, target: str, rows: pa.RecordBatchReader, options: str = "", told: Callable[[int], None] = lambda _: None
) -> int:
    """Appends the rows to a table (`schema.table`), by the names of their columns, and tells how many after each batch; how many in all."""
    count = 0
    columns = ", ".join(quoted(name) for name in rows.schema.names)
    statement = f"COPY {quoted(target)} ({columns}) FROM STDIN (FORMAT csv{options})"
    with cursor.copy(statement) as copy, csv.CSVWriter(_Sink(copy), rows.schema, write_options=CSV) as writer:
        for batch in rows:
            writer.write_batch(batch)
            count += len(batch)
            told(len(batch))
    return count


def read_back(cursor: psycopg.Cursor, source: str, columns: Sequence[Column], connection: duckdb.DuckDBPyConnection, into: str) -> None:
    """Makes the DuckDB table `into` of what a PostgreSQL table holds."""
    names = ", ".join(quoted(column.name) for column in columns)
    types = ", ".join(f"'{column.name}': '{column.type if _sent(column) == quoted(column.name) else 'VARCHAR'}'" for column in columns)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "rows.csv"
        with file.open("wb") as stream, cursor.copy(f"COPY (SELECT {names} FROM {quoted(source)}) TO STDOUT (FORMAT csv)") as copy:
            for data in copy:
                stream.write(data)
        options = "auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"', allow_quoted_nulls = false"
        connection.execute(f"CREATE OR REPLACE TABLE {into} AS FROM read_csv('{file}', columns = {{{types}}}, {options})")


def sendable(columns: Sequence[Column]) -> str:
    """The columns as PostgreSQL takes them: a text can't hold the character 0 there, bytes are hex digits, anything nested is JSON."""
    return ", ".join(f"{_sent(column)} AS {quoted(column.name)}" for column in columns)


def _sent(column: Column) -> str:
    name = quoted(column.name)
    if column.type == "VARCHAR":
        return f"replace({name}, chr(0), chr(65533))"
    if column.type == "BLOB":
        return rf"'\x' || lower(hex({name}))"
    return f"to_json({name})" if NESTED.search(column.type) else name
