"""Every table and view in PostgreSQL has the rows that DuckDB gives it over the same lake."""

from collections.abc import Iterator

import duckdb
import psycopg
import pytest

from flink_jobs.lake import Lake
from flink_jobs.project import Project
from readers.model import load_models
from tests.conftest import REPOSITORY
from tests.readers.postgres.conftest import connect

TABLES = [name for model in load_models(Project(REPOSITORY)) for name in model.tables]


@pytest.fixture(scope="module")
def lake(served: Project) -> Iterator[duckdb.DuckDBPyConnection]:
    opened = Lake.of(served)
    with opened.connect() as connection:
        yield connection


@pytest.fixture(scope="module")
def databases(served: Project) -> Iterator[dict[str, psycopg.Connection]]:
    opened = {domain.name: connect(served, domain.name) for domain in served.domains}
    yield opened
    for connection in opened.values():
        connection.close()


@pytest.mark.parametrize("name", TABLES)
def test_rows_are_those_of_duckdb(name: str, lake: duckdb.DuckDBPyConnection, databases: dict[str, psycopg.Connection]) -> None:
    domain, place = name.split(".", 1)
    expected = lake.execute(f"FROM {name}")
    columns = [column for column, *_ in expected.description]
    rows = databases[domain].execute(f"SELECT * FROM {place}")
    assert [column.name for column in rows.description] == columns
    found = expected.fetchall()
    assert found != []
    assert ordered(rows.fetchall()) == ordered(found)


def ordered(rows: list[tuple]) -> list[tuple]:
    return sorted(rows, key=lambda row: [(value is None, str(value)) for value in row])
