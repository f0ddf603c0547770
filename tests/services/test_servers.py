"""The servers of a team, as Trunkline's own clients reach them: without Flink."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from flink_jobs.catalogs import JDBC_CATALOG
from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake
from flink_jobs.project import Project
from flink_jobs.reader import Reader
from tests.flink_jobs.lakes import SILVER, append, make_table
from tests.services import s3
from tests.services.database import Database
from tests.services.rest import RestCatalog
from tests.services.s3 import BUCKET, S3

pytestmark = pytest.mark.environments

COUNT = "SELECT count(*) FROM shop.silver.orders"


@pytest.fixture
def storage(services: Project) -> Iterator[S3]:
    with S3(services) as server:
        yield server


def rows(lake: Lake) -> int:
    ((count,),) = next(Reader(lake).results(COUNT)).rows
    return count


def in_sqlite(folder: Path, storage: S3, **options: str) -> Lake:
    """A lake whose tables are in S3."""
    catalog = {"catalog-impl": JDBC_CATALOG, "uri": f"jdbc:sqlite:{folder}/catalog.db", "warehouse": f"s3://{BUCKET}/warehouse/shop"}
    return Lake({"shop": catalog | storage.storage | options})


@pytest.mark.needs(s3.PROGRAM)
def test_tables_in_s3_outlive_a_restart(storage: S3, tmp_path: Path) -> None:
    lake = in_sqlite(tmp_path, storage)
    orders = make_table(lake, "shop.silver.orders", SILVER)
    append(orders, 20)
    assert rows(lake) == 20
    storage.stop()
    with pytest.raises(TrunklineError) as silent:
        rows(in_sqlite(tmp_path, storage))
    assert "\n" not in str(silent.value)
    storage.start()
    append(orders, 5, start=20)
    assert rows(lake) == 25


@pytest.mark.needs(s3.PROGRAM)
def test_a_wrong_key_is_one_line_that_does_not_show_it(storage: S3, tmp_path: Path) -> None:
    append(make_table(in_sqlite(tmp_path, storage), "shop.silver.orders", SILVER), 20)
    with pytest.raises(TrunklineError) as refused:
        rows(in_sqlite(tmp_path, storage, **{"s3.secret-access-key": "hunter2"}))
    assert "\n" not in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.needs(s3.PROGRAM)
def test_a_rest_catalog_keeps_tables_in_s3(services: Project, storage: S3) -> None:
    with RestCatalog(services, ["shop"], f"s3://{BUCKET}/warehouse", storage.storage) as catalog:
        options = {"catalog-impl": "org.apache.iceberg.rest.RESTCatalog", "uri": catalog.uri, "warehouse": "shop", "token": catalog.token}
        lake = Lake({"shop": options | storage.storage})
        append(make_table(lake, "shop.silver.orders", SILVER), 20)
        assert lake.find("shop.silver.orders").location.startswith(f"s3://{BUCKET}/warehouse/shop/")
        assert rows(lake) == 20


def test_a_catalog_in_postgresql_outlives_a_restart(services: Project, tmp_path: Path) -> None:
    with Database(services) as database:
        address = database.variables["POSTGRES_ADDRESS"]
        catalog = {"catalog-impl": JDBC_CATALOG, "uri": f"jdbc:postgresql://{address}/lake", "warehouse": f"file://{tmp_path}"}
        lake = Lake({"shop": catalog | {"jdbc.user": "lake", "jdbc.password": database.secret}})
        append(make_table(lake, "shop.silver.orders", SILVER), 20)
        database.stop()
        with pytest.raises(TrunklineError, match=r"^catalog shop can't be read: .*Connection refused"):
            rows(lake)
        database.start()
        assert rows(lake) == 20
