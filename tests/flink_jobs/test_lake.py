"""The stored tables, from outside Flink."""

import threading
from pathlib import Path

import duckdb
import pytest
from pyiceberg.types import StringType

from flink_jobs.catalogs import JDBC_CATALOG, iceberg_catalog
from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake, open_duckdb
from tests.flink_jobs.lakes import BRONZE, FIXED, NOON, SILVER, append, make_project, make_table


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.of(make_project(tmp_path / "a project", "shop", "farm"))


def test_every_table_of_every_catalog_is_listed_by_its_three_words(lake: Lake) -> None:
    make_table(lake, "shop.silver.orders", SILVER)
    make_table(lake, "shop.bronze.orders", BRONZE)
    make_table(lake, "farm.gold.hours", FIXED)
    assert [table.name for table in lake.tables()] == ["farm.gold.hours", "shop.bronze.orders", "shop.silver.orders"]
    assert [table.database for table in lake.tables()] == ["gold", "bronze", "silver"]


def test_a_lake_that_nobody_wrote_to_is_empty(lake: Lake) -> None:
    assert lake.tables() == []
    assert lake.connect().execute("SHOW ALL TABLES").fetchall() == []


def test_rows_and_commit_time_are_those_of_the_current_snapshot(lake: Lake) -> None:
    table = make_table(lake, "shop.silver.orders", SILVER)
    empty = lake.find("shop.silver.orders")
    append(table, 10)
    append(table, 5, start=10)
    stored = lake.find("shop.silver.orders")
    assert (empty.rows, empty.committed_at) == (0, None)
    assert stored.rows == 15
    assert stored.committed_at.timestamp() * 1000 == pytest.approx(table.refresh().current_snapshot().timestamp_ms)


@pytest.mark.parametrize("name", ["shop.silver.nothing", "shop.nothing.orders", "nothing.silver.orders"])
def test_a_table_that_is_not_stored_is_not_found(lake: Lake, name: str) -> None:
    make_table(lake, "shop.silver.orders", SILVER)
    assert lake.find(name) is None


def test_reached_is_the_highest_offset_of_each_partition(lake: Lake) -> None:
    table = make_table(lake, "shop.silver.orders", SILVER)
    append(table, 11)
    append(table, 4, start=11)
    assert lake.reached(lake.find("shop.silver.orders")) == {0: 7, 1: 6}


def test_reached_of_a_table_without_rows_or_without_kafka_coordinates(lake: Lake) -> None:
    make_table(lake, "shop.silver.orders", SILVER)
    append(make_table(lake, "shop.gold.hours", FIXED), 3)
    assert lake.reached(lake.find("shop.silver.orders")) == {}
    assert lake.reached(lake.find("shop.gold.hours")) is None


def test_a_table_without_a_snapshot_is_an_empty_view_with_its_columns(lake: Lake) -> None:
    make_table(lake, "shop.silver.orders", SILVER)
    answer = lake.connect().execute("FROM shop.silver.orders")
    assert [(name, str(kind)) for name, kind, *_ in answer.description] == [
        ("id", "VARCHAR"),
        ("amount", "DECIMAL(18,4)"),
        ("is_rejected", "BOOLEAN"),
        ("kafka_partition", "INTEGER"),
        ("kafka_offset", "BIGINT"),
        ("kafka_timestamp", "TIMESTAMP WITH TIME ZONE"),
        ("kafka_date", "DATE"),
    ]
    assert answer.fetchall() == []


def test_a_connection_stays_at_its_snapshots_until_it_is_refreshed(lake: Lake) -> None:
    table = make_table(lake, "shop.silver.orders", SILVER)
    append(table, 2)
    connection = lake.connect()
    append(table, 3, start=2)
    make_table(lake, "farm.gold.hours", FIXED)

    def count() -> int:
        return connection.execute("SELECT count(*) FROM shop.silver.orders").fetchone()[0]

    assert count() == 2
    lake.refresh(connection)
    assert count() == 5
    assert connection.execute("FROM farm.gold.hours").fetchall() == []


def test_a_new_column_is_null_in_rows_from_before(lake: Lake) -> None:
    table = make_table(lake, "shop.gold.hours", FIXED)
    append(table, 1)
    with table.update_schema() as update:
        update.add_column("remark", StringType())
    assert lake.connect().execute("FROM shop.gold.hours").fetchall() == [(0, None)]


def test_times_are_in_utc(lake: Lake) -> None:
    append(make_table(lake, "shop.silver.orders", SILVER), 1)
    assert lake.connect().execute("SELECT kafka_timestamp, kafka_timestamp::VARCHAR FROM shop.silver.orders").fetchone() == (
        NOON,
        "2026-01-31 12:00:00+00",
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "no catalog-impl at no uri"),
        ({"catalog-impl": JDBC_CATALOG, "uri": "jdbc:mysql://me:secret@host/lake"}, "JdbcCatalog at jdbc:mysql can't"),
        ({"catalog-type": "hive", "uri": "thrift://me:secret@host/"}, "hive at thrift can't"),
        (
            {"catalog-impl": JDBC_CATALOG, "uri": "jdbc:sqlite:/lake/catalog.db"},
            "shop does not say where its tables are; give it a 'warehouse'",
        ),
    ],
)
def test_a_catalog_that_cannot_be_read_is_said_without_its_secrets(options: dict[str, str], said: str) -> None:
    with pytest.raises(TrunklineError, match=said) as raised:
        iceberg_catalog("shop", options)
    assert "secret" not in str(raised.value)


def test_duckdb_downloads_nothing() -> None:
    with pytest.raises(duckdb.Error, match="spatial"):
        open_duckdb().execute("SELECT ST_Point(1, 2)")


def test_another_cursor_sees_the_tables_move_at_once(lake: Lake) -> None:
    tables = [make_table(lake, f"shop.silver.{name}", SILVER) for name in ("orders", "returns", "visits")]
    for table in tables:
        append(table, 5)
    connection, stopped, seen = lake.connect(), threading.Event(), set()
    counts = " UNION ALL ".join(f"SELECT count(*) AS n FROM shop.silver.{name}" for name in ("orders", "returns", "visits"))

    def watch() -> None:
        cursor = connection.cursor()
        while not stopped.is_set():
            seen.add(str(cursor.execute(f"SELECT list(n) FROM ({counts})").fetchone()[0]))

    watching = threading.Thread(target=watch)
    watching.start()
    for start in (5, 10, 15):
        for table in tables:
            append(table, 5, start=start)
        lake.refresh(connection)
    stopped.set()
    watching.join()
    assert seen <= {str([count] * 3) for count in (5, 10, 15, 20)}
