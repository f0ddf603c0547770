"""SQL over the stored tables."""

import os
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake
from flink_jobs.reader import Reader
from tests.flink_jobs.lakes import BRONZE, FIXED, NOON, SILVER, append, make_project, make_table


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake.of(make_project(tmp_path, "shop"))
    append(make_table(lake, "shop.silver.orders", SILVER), 20)
    return lake


def rows(reader: Reader, sql: str) -> list[list[tuple[object, ...]]]:
    return [list(result.rows) for result in reader.results(sql)]


def test_each_statement_that_answers_gives_a_result(lake: Lake) -> None:
    sql = "SET threads = 1; SELECT count(*) FROM shop.silver.orders; USE shop.silver; SELECT max(kafka_offset) FROM orders"
    assert rows(Reader(lake), sql) == [[(20,)], [(9,)]]


def test_a_later_query_sees_what_was_committed_since(lake: Lake) -> None:
    reader = Reader(lake)
    assert rows(reader, "SELECT count(*) FROM shop.silver.orders") == [[(20,)]]
    append(lake.find("shop.silver.orders").iceberg, 5, start=20)
    assert rows(reader, "SELECT count(*) FROM shop.silver.orders") == [[(25,)]]


def test_a_result_larger_than_one_fetch_is_whole(lake: Lake) -> None:
    assert len(rows(Reader(lake), "FROM range(25000)")[0]) == 25_000


def test_columns_have_names_and_types(lake: Lake) -> None:
    result = next(Reader(lake).results("SELECT id, amount, kafka_offset FROM shop.silver.orders"))
    assert [(c.name, c.type, c.is_number) for c in result.columns] == [
        ("id", "VARCHAR", False),
        ("amount", "DECIMAL(18,4)", True),
        ("kafka_offset", "BIGINT", True),
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO shop.silver.orders FROM shop.silver.orders",
        "DELETE FROM shop.silver.orders",
        "UPDATE shop.silver.orders SET id = 'x'",
        "DROP VIEW shop.silver.orders",
        "CREATE TABLE shop.silver.more (i INT)",
        "ALTER VIEW shop.silver.orders RENAME TO o",
        "ATTACH ':memory:' AS other",
        "SELECT 1; DROP VIEW shop.silver.orders",
    ],
)
def test_a_statement_that_would_write_is_refused_before_anything_runs(lake: Lake, sql: str) -> None:
    reader = Reader(lake)
    with pytest.raises(TrunklineError, match=r"is refused: a query only reads"):
        next(reader.results(sql))
    assert rows(reader, "SELECT count(*) FROM shop.silver.orders") == [[(20,)]]


@pytest.mark.parametrize(
    "sql",
    [
        "EXPLAIN FROM shop.silver.orders",
        "DESCRIBE shop.silver.orders",
        "SUMMARIZE shop.silver.orders",
        "PIVOT shop.silver.orders ON is_rejected USING count(*) GROUP BY kafka_partition",
        "WITH a AS (FROM shop.silver.orders) FROM a LIMIT 1",
    ],
)
def test_all_that_reads_is_allowed(lake: Lake, sql: str) -> None:
    assert rows(Reader(lake), sql)[0]


def test_a_result_can_be_exported_to_a_file(lake: Lake, tmp_path: Path) -> None:
    rows(Reader(lake), f"COPY shop.silver.orders TO '{tmp_path}/orders.parquet'")
    assert duckdb.execute(f"SELECT count(*) FROM '{tmp_path}/orders.parquet'").fetchone() == (20,)


@pytest.mark.parametrize("sql", ["selct 1", "SELECT nothing FROM shop.silver.orders", "FROM shop.silver.nothing", "SELECT 'x'::INT"])
def test_an_error_points_at_its_place(lake: Lake, sql: str) -> None:
    with pytest.raises(TrunklineError, match=r"(?s)Error: .*\n\nLINE 1: .*\^"):
        rows(Reader(lake), sql)


def test_an_error_after_the_first_rows_is_told_too(lake: Lake) -> None:
    # With more threads DuckDB now and then tells of the other threads' interruption, not of its cause.
    sql = "SET threads = 1; SELECT CASE WHEN range < 200000 THEN range ELSE error('too far') END FROM range(300000)"
    result = next(Reader(lake).results(sql))
    with pytest.raises(TrunklineError, match="too far"):
        list(result.rows)


@pytest.mark.parametrize("sql", ["", " ; ", "-- nothing"])
def test_no_statement_is_an_error(lake: Lake, sql: str) -> None:
    with pytest.raises(TrunklineError, match="no statement"):
        rows(Reader(lake), sql)


def test_ctrl_c_stops_a_query(lake: Lake) -> None:
    reader = Reader(lake)
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        rows(reader, "SELECT count(*) FROM range(1000000) a, range(1000000) b")
    assert rows(reader, "SELECT 1") == [[(1,)]]


def test_a_query_whose_snapshot_expires_under_it_reads_the_next_one(lake: Lake) -> None:
    class Racing(Lake):
        refreshed = 0

        def refresh(self, *arguments: object) -> dict[str, list[str]]:
            waiting = super().refresh(*arguments)
            if Racing.refreshed == 0:
                table = self.find("shop.silver.orders").iceberg
                old = list(table.inspect.files()["file_path"].to_pylist())
                table.delete()
                append(table, 3)
                for file in old:
                    Path(file.removeprefix("file://")).unlink()
            Racing.refreshed += 1
            return waiting

    assert rows(Reader(Racing(lake.options)), "SELECT count(id) FROM shop.silver.orders") == [[(3,)]]
    assert Racing.refreshed == 2


def test_names_are_those_of_every_table(lake: Lake) -> None:
    make_table(lake, "shop.bronze.orders", BRONZE)
    make_table(lake, "shop.gold.hours", FIXED)
    names = Reader(lake).names()
    assert list(names) == ["shop.bronze.orders", "shop.gold.hours", "shop.silver.orders"]
    assert names["shop.gold.hours"] == ["hour"]
    assert names["shop.bronze.orders"] == list(BRONZE)


def test_a_pinned_reader_stays_until_it_goes_with_the_lake_again(lake: Lake) -> None:
    reader = Reader(lake)
    reader.pin(datetime.now(UTC))
    append(lake.find("shop.silver.orders").iceberg, 5, start=20)
    make_table(lake, "shop.gold.hours", FIXED)
    count = "SELECT count(*) FROM shop.silver.orders"
    assert rows(reader, count) == [[(20,)]]
    reader.pin(None)
    assert rows(reader, f"{count}; SELECT count(*) FROM shop.gold.hours") == [[(25,)], [(0,)]]
    reader.pin(NOON)
    assert rows(reader, count) == [[(0,)]]


def test_snapshots_that_expire_under_a_pin_are_told(lake: Lake) -> None:
    reader = Reader(lake, datetime.now(UTC))
    for file in Path(lake.options["shop"]["warehouse"].removeprefix("file://")).rglob("*.parquet"):
        file.unlink()
    with pytest.raises(TrunklineError, match=r"snapshots of .* UTC have expired meanwhile: .*; ask for a later time"):
        rows(reader, "SELECT sum(amount) FROM shop.silver.orders")
