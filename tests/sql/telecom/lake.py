"""Every stored table of the domain in a DuckDB, empty, with every serving view over them: without Flink."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from flink_jobs.lake import open_duckdb
from flink_jobs.serving import create_views
from tests.sql.harness import REPOSITORY, Rows

TELECOM = REPOSITORY / "sql" / "telecom"
SERVING = sorted((TELECOM / "serving").glob("*.sql"))
COLUMN = re.compile(r"^  `?(\w+)`? ([A-Z_]+(?:\(\d+(?:, \d+)?\))?)", re.MULTILINE)


@contextmanager
def empty_lake() -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB with tables as the contracts of silver and gold say."""
    with open_duckdb() as connection:
        connection.execute("ATTACH ':memory:' AS telecom; CREATE SCHEMA telecom.serving")
        for layer in ("silver", "gold"):
            connection.execute(f"CREATE SCHEMA telecom.{layer}")
            for file in (TELECOM / layer).glob("*.sql"):
                columns = COLUMN.findall(file.read_text().partition("CREATE TABLE ")[2])
                declared = ", ".join(f'"{name}" {kind.replace("TIMESTAMP_LTZ(6)", "TIMESTAMPTZ")}' for name, kind in columns)
                connection.execute(f"CREATE TABLE telecom.{layer}.{file.stem} ({declared})")
        assert create_views(connection, SERVING) == {}
        yield connection


def rows_of(connection: duckdb.DuckDBPyConnection, view: str) -> Rows:
    """The rows of a serving view, in no order."""
    return connection.sql(f"FROM telecom.serving.{view}").to_arrow_table().to_pylist()
