"""Every stored table of a domain in a DuckDB, filled by hand, with every serving view over them: without Flink."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
from pydantic import BaseModel

from flink_jobs.lake import open_duckdb
from flink_jobs.serving import create_views
from tests.sql.harness import REPOSITORY, Row, Rows, validated

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
COLUMN = re.compile(r"^  `?(\w+)`? ([A-Z_]+(?:\(\d+(?:, \d+)?\))?)", re.MULTILINE)


class Case(BaseModel, extra="forbid"):
    """Rows of stored tables, and all rows of views; `telecom/serving/history.yaml` says it in full."""

    name: str
    given: dict[str, Rows]
    expect: dict[str, Rows]


def load_cases(folder: Path) -> dict[str, Case]:
    """The cases of each file of a folder, by their names."""
    return {f"{file.stem}: {case.name}": case for file in sorted(folder.glob("*.yaml")) for case in validated(list[Case], file)}


def serving(domain: str) -> list[Path]:
    """The files of a domain's views."""
    return sorted((REPOSITORY / "sql" / domain / "serving").glob("*.sql"))


@contextmanager
def empty_lake(domain: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB with tables as the contracts of silver and gold say, where views need no more than their last word."""
    with open_duckdb() as connection:
        connection.execute(f"ATTACH ':memory:' AS {domain}; CREATE SCHEMA {domain}.serving")
        for layer in ("silver", "gold"):
            connection.execute(f"CREATE SCHEMA {domain}.{layer}")
            for file in (REPOSITORY / "sql" / domain / layer).glob("*.sql"):
                columns = COLUMN.findall(file.read_text().partition("CREATE TABLE ")[2])
                declared = ", ".join(f'"{name}" {duckdb_type(kind)}' for name, kind in columns)
                connection.execute(f"CREATE TABLE {domain}.{layer}.{file.stem} ({declared})")
        assert create_views(connection, serving(domain)) == {}
        connection.execute(f"USE {domain}.serving")
        yield connection


def duckdb_type(flink_type: str) -> str:
    """The type by DuckDB's name."""
    return flink_type.replace("TIMESTAMP_LTZ(6)", "TIMESTAMPTZ")


def fill(connection: duckdb.DuckDBPyConnection, given: Mapping[str, Rows]) -> None:
    """Puts these rows, and no others, into the gold tables; a row that says nothing of Kafka has its place in the list as its offset."""
    for (table,) in connection.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'gold'").fetchall():
        connection.execute(f"DELETE FROM gold.{table}")
    for table, rows in given.items():
        for offset, row in enumerate(rows):
            whole = {"kafka_partition": 0, "kafka_offset": offset, "kafka_timestamp": NOON, "kafka_date": NOON.date()} | row
            columns = ", ".join(f'"{column}"' for column in whole)
            connection.execute(f"INSERT INTO gold.{table} ({columns}) VALUES ({', '.join('?' * len(whole))})", [*whole.values()])


def rows_of(connection: duckdb.DuckDBPyConnection, view: str) -> Rows:
    """The rows of a serving view, in no order."""
    return connection.sql(f"FROM {view}").to_arrow_table().to_pylist()


def assert_shows(connection: duckdb.DuckDBPyConnection, expect: Mapping[str, Rows]) -> None:
    """Views show these rows and no others."""
    for view, expected in expect.items():
        rows = rows_of(connection, view)
        assert [[row for row in rows if fits(row, one)] for one in expected] == [[row] for row in ordered(rows, expected)]


def ordered(rows: Rows, expected: Rows) -> Rows:
    """The rows in the order of the expected ones that they fit, then the others."""
    return sorted(rows, key=lambda row: next((place for place, one in enumerate(expected) if fits(row, one)), len(expected)))


def fits(row: Row, expected: Row) -> bool:
    """Whether a row has the expected columns."""
    return all(row[column] == as_read(value, row[column]) for column, value in expected.items())


def as_read(value: object, stored: object) -> object:
    """A value as YAML has it, as the type that the view has."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    return Decimal(str(value)) if isinstance(stored, Decimal) else value
