"""`trunkline export`: what stands in the folder, what is written again, and what a kill leaves."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pytest
import typer
from click.testing import Result
from pyiceberg.table import Table
from pyiceberg.types import IntegerType, LongType
from typer.testing import CliRunner

from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake
from flink_jobs.project import Project
from readers.export import export
from readers.parquet import Folder
from tests.conftest import REPOSITORY
from tests.flink_jobs.lakes import FIXED, NOON, SILVER, append, make_project, make_table
from tests.readers.exporting import files

VIEW = """\
-- What is wrong.
CREATE VIEW shop.serving.rejections AS
SELECT is_rejected, COUNT(*) AS orders, SUM(kafka_offset) AS offsets FROM shop.gold.fact_orders GROUP BY ALL;
"""
ORDERS = "shop/gold/fact_orders"
FIRST_DAY, SECOND_DAY = (f"{ORDERS}/kafka_date=2026-0{day}/fact_orders.parquet" for day in ("1-31", "2-01"))
HOURS, REJECTIONS = "shop/gold/dim_hours/dim_hours.parquet", "shop/serving/rejections/rejections.parquet"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """150 orders of two days, a table that is overwritten whole, and a view; the working directory is in the project."""
    project = make_project(tmp_path / "project", "shop")
    monkeypatch.chdir(project.root)
    lake = Lake.of(project)
    orders = make_table(lake, "shop.gold.fact_orders", SILVER, partitioned_by="kafka_date")
    append(orders, 100)
    append(orders, 50, start=100, at=NOON + timedelta(days=1))
    append(make_table(lake, "shop.gold.dim_hours", FIXED), 24)
    append(make_table(lake, "shop.silver.orders", SILVER), 7)
    (project.root / "sql" / "shop" / "serving").mkdir(parents=True)
    (project.root / "sql" / "shop" / "serving" / "rejections.sql").write_text(VIEW)
    return project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where exports go."""
    return tmp_path / "out"


def run(*arguments: str) -> Result:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(export)
    return CliRunner().invoke(app, arguments)


def written(folder: Path, *arguments: str) -> dict[str, int]:
    """How many files an export wrote, of the tables of which it wrote any."""
    result = run("--to", str(folder), "--json", *arguments)
    if result.exception:
        raise result.exception
    return {one["table"]: one["written"] for one in json.loads(result.stdout) if one["written"]}


def orders(project: Project) -> Table:
    return Lake.of(project).find("shop.gold.fact_orders").iceberg


def test_a_day_is_a_file_and_other_tables_are_one(folder: Path) -> None:
    assert written(folder) == {"shop.gold.dim_hours": 1, "shop.gold.fact_orders": 2, "shop.serving.rejections": 1}
    assert list(files(folder)) == [HOURS, FIRST_DAY, SECOND_DAY, REJECTIONS]
    manifest = json.loads((folder / "_export" / "manifest.json").read_text())["tables"]
    assert {file["path"]: file["rows"] for table in manifest.values() for file in table["files"]} == {
        HOURS: 24,
        FIRST_DAY: 100,
        SECOND_DAY: 50,
        REJECTIONS: 2,
    }


def test_a_person_sees_a_line_a_table_and_what_was_written(folder: Path) -> None:
    result = run("shop.gold", "--to", str(folder))
    assert [line.split()[:4] for line in result.stdout.splitlines()[2:]] == [
        ["shop.gold.dim_hours", "1", "1", "24"],
        ["shop.gold.fact_orders", "2", "2", "150"],
    ]
    assert f"3 of 3 files written to {folder}" in result.stderr


def test_duckdb_pandas_and_polars_read_what_was_stored_with_the_day_from_the_path(project: Project, folder: Path) -> None:
    run("--to", str(folder))
    stored = orders(project).scan().to_pandas().sort_values(["kafka_timestamp"], ignore_index=True)
    read = pd.read_parquet(folder / ORDERS).sort_values(["kafka_timestamp"], ignore_index=True)
    read["kafka_date"] = pd.to_datetime(read["kafka_date"].astype(str)).dt.date
    pd.testing.assert_frame_equal(read, stored, check_dtype=False)
    days = duckdb.execute(
        f"SELECT kafka_date::VARCHAR, count(*), sum(amount)::VARCHAR FROM '{folder}/{ORDERS}/*/*.parquet' GROUP BY ALL ORDER BY 1"
    )
    assert days.fetchall() == [("2026-01-31", 100, "49.5000"), ("2026-02-01", 50, "62.2500")]
    scanned = (
        pl.scan_parquet(folder / ORDERS, hive_partitioning=True).group_by("kafka_date").agg(pl.len(), pl.sum("amount")).sort("kafka_date")
    )
    assert scanned.collect().rows() == [
        (date(2026, 1, 31), 100, Decimal("49.5000")),
        (date(2026, 2, 1), 50, Decimal("62.2500")),
    ]


def test_the_rows_of_a_file_are_in_the_order_of_kafka_and_compressed(folder: Path) -> None:
    run("--to", str(folder))
    assert duckdb.sql(f"SELECT DISTINCT compression FROM parquet_metadata('{folder / FIRST_DAY}')").fetchall() == [("ZSTD",)]
    times = [time for (time,) in duckdb.sql(f"SELECT kafka_timestamp FROM '{folder / FIRST_DAY}'").fetchall()]
    assert times == sorted(times)


def test_a_sum_of_integers_stays_one(folder: Path) -> None:
    run("shop.serving.rejections", "--to", str(folder))
    assert duckdb.sql(f"SELECT typeof(offsets), sum(offsets) FROM '{folder / REJECTIONS}' GROUP BY ALL").fetchall() == [("BIGINT", 5550)]


def test_only_what_has_changed_is_written(project: Project, folder: Path) -> None:
    assert written(folder)
    assert written(folder) == {}
    append(orders(project), 5, start=150, at=NOON + timedelta(days=1))
    untouched = (folder / FIRST_DAY).stat().st_mtime_ns
    assert written(folder) == {"shop.gold.fact_orders": 1, "shop.serving.rejections": 1}
    assert (folder / FIRST_DAY).stat().st_mtime_ns == untouched
    assert duckdb.execute(f"SELECT count(*), count(DISTINCT id) FROM '{folder}/{ORDERS}/*/*.parquet'").fetchone() == (155, 155)


def test_a_compaction_changes_nothing(project: Project, folder: Path) -> None:
    append(orders(project), 5, start=150)
    run("--to", str(folder))
    table = orders(project)
    table.overwrite(table.scan().to_arrow())
    assert len(list(table.inspect.files()["file_path"])) == 2
    assert written(folder) == {}


def test_what_is_overwritten_is_written_though_it_has_as_many_rows(project: Project, folder: Path) -> None:
    run("--to", str(folder))
    table = Lake.of(project).find("shop.gold.dim_hours").iceberg
    table.overwrite(table.scan().to_arrow())
    assert written(folder) == {"shop.gold.dim_hours": 1}


def test_a_changed_view_and_an_added_column_are_written(project: Project, folder: Path) -> None:
    run("--to", str(folder))
    file = project.root / "sql" / "shop" / "serving" / "rejections.sql"
    file.write_text(VIEW.replace("COUNT(*)", "COUNT(id)"))
    assert written(folder) == {"shop.serving.rejections": 1}
    with orders(project).update_schema() as update:
        update.add_column("note", LongType())
    assert written(folder) == {"shop.gold.fact_orders": 2, "shop.serving.rejections": 1}


def test_a_table_that_was_made_anew_loses_its_old_days(project: Project, folder: Path) -> None:
    run("--to", str(folder))
    lake = Lake.of(project)
    lake.catalogs["shop"].drop_table("gold.fact_orders")
    append(make_table(lake, "shop.gold.fact_orders", SILVER, partitioned_by="kafka_date"), 50, at=NOON + timedelta(days=1))
    assert written(folder) == {"shop.gold.fact_orders": 1, "shop.serving.rejections": 1}
    assert list((folder / ORDERS).iterdir()) == [folder / ORDERS / "kafka_date=2026-02-01"]


def test_a_file_that_somebody_removed_or_cut_is_written_again(folder: Path) -> None:
    run("--to", str(folder))
    (folder / HOURS).unlink()
    (folder / SECOND_DAY).write_bytes(b"PAR1")
    assert written(folder) == {"shop.gold.dim_hours": 1, "shop.gold.fact_orders": 1}


def test_a_partition_may_be_null_or_hold_any_text(project: Project, folder: Path) -> None:
    table = make_table(Lake.of(project), "shop.gold.days", SILVER | {"hour": IntegerType()}, partitioned_by="id")
    append(table, 1)
    rows = table.scan().to_arrow().to_pylist()
    for name in (None, "a/b='c' é"):
        table.append(type(table.scan().to_arrow()).from_pylist([rows[0] | {"id": name}], schema=table.schema().as_arrow()))
    assert written(folder, "shop.gold.days") == {"shop.gold.days": 3}
    names = duckdb.sql(f"SELECT id FROM read_parquet('{folder}/shop/gold/days/*/*.parquet', hive_partitioning = true) ORDER BY id")
    assert names.fetchall() == [("a/b='c' é",), ("id-0",), (None,)]


def test_tables_are_chosen_by_domain_schema_or_name(folder: Path) -> None:
    assert written(folder, "shop.silver.orders") == {"shop.silver.orders": 1}
    assert written(folder, "shop.serving") == {"shop.serving.rejections": 1}
    assert written(folder, "shop") == {"shop.gold.dim_hours": 1, "shop.gold.fact_orders": 2}
    assert len(files(folder)) == 5


@pytest.mark.parametrize(
    ("word", "told"), [("shpo", "did you mean shop?"), ("shop.gold.fact_order", "did you mean shop.gold.fact_orders?")]
)
def test_an_unknown_table_is_told(folder: Path, word: str, told: str) -> None:
    with pytest.raises(TrunklineError, match=f"{word}: no such table or domain is stored; .*{told}"):
        written(folder, word)
    assert not folder.exists() or files(folder) == {}


def test_what_no_export_wrote_is_left_alone(folder: Path) -> None:
    stranger = folder / ORDERS / "notes.parquet"
    stranger.parent.mkdir(parents=True)
    stranger.write_text("mine")
    with pytest.raises(TrunklineError, match=r"fact_orders is there already, and no export wrote it; move it away"):
        written(folder)
    assert list(folder.rglob("*.parquet")) == [stranger]


def test_an_earlier_moment_is_exported_and_one_that_is_not_kept_refused(project: Project, folder: Path) -> None:
    before = orders(project).metadata.snapshots[0].timestamp_ms / 1000
    run("shop.gold.fact_orders", "--to", str(folder))
    assert written(folder, "shop.gold.fact_orders", "--as-of", datetime.fromtimestamp(before + 0.0005, UTC).isoformat()) == {}
    assert list(files(folder)) == [FIRST_DAY]
    with orders(project).maintenance.expire_snapshots() as expiry:
        expiry.by_id(orders(project).metadata.snapshots[0].snapshot_id)
    result = run("shop", "--to", str(folder), "--as-of", datetime.fromtimestamp(before + 0.0005, UTC).isoformat())
    assert "the oldest moment that is kept is" in str(result.exception)
    assert list(files(folder)) == [FIRST_DAY]


def test_files_that_are_gone_are_told_and_the_folder_stays_as_it_was(project: Project, folder: Path) -> None:
    run("shop.gold.fact_orders", "--to", str(folder))
    before = files(folder)
    append(orders(project), 5, start=150)
    for file in orders(project).inspect.files()["file_path"].to_pylist():
        Path(file.removeprefix("file://")).unlink()
    with pytest.raises(TrunklineError, match="run it again: the snapshots may have expired meanwhile"):
        written(folder, "shop.gold.fact_orders")
    assert files(folder) == before
    assert not (folder / "_export" / "staging").exists()


def test_one_export_at_a_time_writes_to_a_folder(folder: Path) -> None:
    with Folder(folder).alone(), pytest.raises(TrunklineError, match=r"another export writes to .*; wait for its end, or end it"):
        written(folder)


def test_a_dry_run_says_what_would_be_written(project: Project, folder: Path) -> None:
    assert run("--to", str(folder), "--dry-run").stdout.splitlines() == [HOURS, FIRST_DAY, SECOND_DAY, REJECTIONS]
    assert not folder.exists()
    run("--to", str(folder))
    append(orders(project), 1, start=150)
    assert json.loads(run("--to", str(folder), "--dry-run", "--json").stdout) == [FIRST_DAY, REJECTIONS]


def test_a_kill_after_any_step_leaves_whole_files_and_the_next_export_makes_them_right(
    project: Project, tmp_path: Path, folder: Path
) -> None:
    run("shop.gold.fact_orders", "--to", str(folder))
    old = files(folder)
    append(orders(project), 30, start=150)
    append(orders(project), 30, start=180, at=NOON + timedelta(days=2))
    other = tmp_path / "other"
    run("shop.gold.fact_orders", "--to", str(other))
    new = files(other)
    shutil.rmtree(other)
    command = [sys.executable, "-m", "tests.readers.exporting", str(project.root), str(folder)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    states = [json.loads(line)["files"] for line in done.stdout.splitlines()]
    assert len(states) > 5
    assert states[0] == old
    assert states[-1] == new
    for state in states:
        assert old.keys() <= state.keys() <= new.keys()
        assert all(digest in (old.get(path), new.get(path)) for path, digest in state.items())
    assert written(folder, "shop.gold.fact_orders") == {}
    assert duckdb.execute(f"SELECT count(*), count(DISTINCT id) FROM '{folder}/{ORDERS}/*/*.parquet'").fetchone() == (210, 210)
