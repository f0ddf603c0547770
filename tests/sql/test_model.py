"""Every table and column of the data model is declared, with its type: as Flink stores the contracts, and as DuckDB shows the views."""

from collections.abc import Iterator

import duckdb
import pytest
from pyiceberg.table import Table

from flink_jobs.check import Checked
from flink_jobs.lake import open_duckdb
from flink_jobs.serving import create_views
from tests.conftest import REPOSITORY
from tests.oracle.model import columns_of_table, columns_of_view, lacks, load_model

STORED, SERVING = load_model()


@pytest.fixture(scope="module")
def tables(checked: Checked) -> dict[str, Table]:
    """Each contract as an Iceberg table that Flink made."""
    return checked.tables


@pytest.fixture(scope="module")
def reader(tables: dict[str, Table]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB with every stored table, empty, and the serving views."""
    with open_duckdb() as connection:
        for domain in {name.partition(".")[0] for name in tables}:
            connection.execute(f"ATTACH ':memory:' AS {domain}; CREATE SCHEMA {domain}.serving")
        for name, table in tables.items():
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name.rpartition('.')[0]}")
            connection.register("empty", table.schema().as_arrow().empty_table())
            connection.execute(f"CREATE TABLE {name} AS FROM empty")
        assert create_views(connection, sorted((REPOSITORY / "sql").glob("*/serving/*.sql"))) == {}
        yield connection


@pytest.mark.parametrize("name", STORED)
def test_a_stored_table_has_the_columns_of_the_model(name: str, tables: dict[str, Table]) -> None:
    assert list(lacks(STORED[name], columns_of_table(tables[name].schema()))) == []


@pytest.mark.parametrize("name", SERVING)
def test_a_view_has_the_columns_of_the_model(name: str, reader: duckdb.DuckDBPyConnection) -> None:
    assert list(lacks(SERVING[name], columns_of_view(reader, name))) == []
