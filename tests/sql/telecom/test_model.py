"""Every table and column of the data model is declared, with its type: as Flink stores the contracts, and as DuckDB shows the views."""

from collections.abc import Iterable, Iterator

import duckdb
import pytest
from pyiceberg.table import Table

from flink_jobs.check import check
from flink_jobs.lake import open_duckdb
from flink_jobs.project import Project
from tests.conftest import REPOSITORY
from tests.oracle.model import columns_of_table, columns_of_view, lacks, load_model

STORED, SERVING = load_model()


def declared(names: Iterable[str]) -> Iterator[object]:
    """Names as parameters; one that no file declares yet fails as expected."""
    for name in names:
        domain, layer, table = name.split(".")
        is_missing = not (REPOSITORY / "sql" / domain / layer / f"{table}.sql").exists()
        yield pytest.param(name, marks=pytest.mark.xfail(is_missing, reason="no file declares it yet", strict=True))


@pytest.fixture(scope="module")
def tables(repository: Project) -> dict[str, Table]:
    """Each contract as an Iceberg table that Flink made."""
    return check(repository).tables


@pytest.fixture(scope="module")
def reader(tables: dict[str, Table]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB with every stored table, empty, and the serving views."""
    with open_duckdb() as connection:
        connection.execute("ATTACH ':memory:' AS telecom; CREATE SCHEMA telecom.serving")
        for name, table in tables.items():
            if name.startswith("telecom."):
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name.rpartition('.')[0]}")
                connection.register("empty", table.schema().as_arrow().empty_table())
                connection.execute(f"CREATE TABLE {name} AS FROM empty")
        for file in sorted((REPOSITORY / "sql" / "telecom" / "serving").glob("*.sql")):
            connection.execute(file.read_text())
        yield connection


@pytest.mark.parametrize("name", declared(STORED))
def test_a_stored_table_has_the_columns_of_the_model(name: str, tables: dict[str, Table]) -> None:
    assert list(lacks(STORED[name], columns_of_table(tables[name].schema()))) == []


@pytest.mark.parametrize("name", declared(SERVING))
def test_a_view_has_the_columns_of_the_model(name: str, reader: duckdb.DuckDBPyConnection) -> None:
    assert list(lacks(SERVING[name], columns_of_view(reader, name))) == []
