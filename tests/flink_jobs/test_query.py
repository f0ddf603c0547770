"""`trunkline query`, as it is typed."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from click.testing import Result
from pyiceberg.types import StringType
from typer.testing import CliRunner

from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake
from flink_jobs.query import query
from flink_jobs.reader import Reader
from flink_jobs.snapshots import CHECKPOINT, JOB_ID
from flink_jobs.times import past_time
from tests.flink_jobs.lakes import FIXED, SILVER, append, make_project, make_table

FIRST = "SELECT id, amount, kafka_timestamp FROM shop.silver.orders ORDER BY kafka_timestamp LIMIT 2"


@pytest.fixture(autouse=True)
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A lake in the project that is the working directory."""
    project = make_project(tmp_path / "project", "shop")
    monkeypatch.chdir(project.root)
    lake = Lake.of(project)
    append(make_table(lake, "shop.silver.orders", SILVER), 20)
    return lake


def run(*arguments: str, stdin: str = "") -> Result:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(query)
    return CliRunner().invoke(app, arguments, input=stdin)


def test_json() -> None:
    assert json.loads(run(FIRST, "--format", "json").stdout) == [
        {"id": "id-0", "amount": "0.0000", "kafka_timestamp": "2026-01-31T12:00:00Z"},
        {"id": "id-1", "amount": "0.0100", "kafka_timestamp": "2026-01-31T12:00:00.001000Z"},
    ]


def test_csv() -> None:
    assert list(csv.reader(io.StringIO(run(FIRST, "--format", "csv").stdout))) == [
        ["id", "amount", "kafka_timestamp"],
        ["id-0", "0.0000", "2026-01-31T12:00:00Z"],
        ["id-1", "0.0100", "2026-01-31T12:00:00.001000Z"],
    ]


def test_table() -> None:
    done = run(FIRST)
    assert done.exit_code == 0
    names, types, _, *rows = [line.split() for line in done.stdout.splitlines()]
    assert names == ["id", "amount", "kafka_timestamp"]
    assert types == ["varchar", "decimal(18,4)", "timestamp", "with", "time", "zone"]
    assert rows == [["id-0", "0.0000", "2026-01-31T12:00:00Z"], ["id-1", "0.0100", "2026-01-31T12:00:00.001000Z"]]


def test_the_number_of_rows_stands_on_stderr_so_that_stdout_can_be_piped() -> None:
    done = run(FIRST)
    assert done.stderr.startswith("2 rows (")
    assert "rows" not in done.stdout


def test_sql_from_stdin_and_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "first.sql"
    file.write_text(FIRST)
    expected = run(FIRST, "--format", "json").stdout
    assert run("--format", "json", stdin=FIRST).stdout == expected
    assert run("--format", "json", "--file", str(file)).stdout == expected


def test_a_query_after_a_commit_sees_it(lake: Lake) -> None:
    count = "SELECT count(*) AS n FROM shop.silver.orders"
    assert json.loads(run(count, "--format", "json").stdout) == [{"n": 20}]
    append(lake.find("shop.silver.orders").iceberg, 5, start=20)
    assert json.loads(run(count, "--format", "json").stdout) == [{"n": 25}]


def test_an_error_is_one_that_ends_the_command_with_exit_code_1() -> None:
    done = run("SELECT nothing FROM shop.silver.orders")
    assert done.exit_code == 1
    assert isinstance(done.exception, TrunklineError)


@pytest.mark.parametrize(
    "arguments", [("--format", "xml", "SELECT 1"), ("--file", "missing.sql"), ("SELECT 1", "--file", "catalog/local.sql")]
)
def test_wrong_use_is_exit_code_2(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


COUNT = "SELECT count(*) AS n FROM shop.silver.orders"


def counted(*arguments: str) -> int:
    return json.loads(run(COUNT, "--format", "json", *arguments).stdout)[0]["n"]


def test_as_of_a_time_the_lake_is_as_it_was(lake: Lake) -> None:
    between = datetime.now(UTC)
    append(lake.find("shop.silver.orders").iceberg, 5, start=20)
    assert (counted(), counted("--as-of", between.isoformat()), counted("--as-of", "now"), counted("--as-of", "-1d")) == (25, 20, 25, 0)


def test_the_moment_stands_on_stderr(lake: Lake) -> None:
    at = lake.find("shop.silver.orders").committed_at
    assert run(COUNT).stderr.endswith(f"s), as of {at:%Y-%m-%d %H:%M:%S} UTC\n")


def test_a_time_before_the_oldest_that_is_kept_is_told(lake: Lake) -> None:
    table = lake.find("shop.silver.orders").iceberg
    append(table, 5, start=20)
    table.maintenance.expire_snapshots().by_id(table.snapshots()[0].snapshot_id).commit()
    oldest = lake.find("shop.silver.orders").committed_at
    error = str(run(COUNT, "--as-of", "-1h").exception)
    assert "shop.silver.orders has no snapshot any more of that time" in error
    assert f"the oldest moment that is kept is {oldest:%Y-%m-%dT%H:%M:%S.%fZ}; ask for a later time" in error
    assert counted("--as-of", "now") == 25


@pytest.mark.parametrize("text", ["yesterday", "5m", "-5x", "-999999999d", "2026-13-01", "9999-01-01"])
def test_what_is_no_time_of_the_past_is_wrong_use(text: str) -> None:
    done = run(COUNT, "--as-of", text)
    assert done.exit_code == 2
    assert "now" in done.stderr


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T12:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31 12:00:00+02:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("2026-01-31T12:00:00.5Z", datetime(2026, 1, 31, 12, 0, 0, 500000, tzinfo=UTC)),
    ],
)
def test_times_are_in_utc_where_they_have_no_offset(text: str, time: datetime) -> None:
    assert past_time(text) == time


def test_a_table_that_may_differ_from_the_others_of_its_job_is_told_when_it_is_asked(lake: Lake) -> None:
    flink = {JOB_ID: "a", CHECKPOINT: "1"}
    for name in ("shop.gold.orders", "shop.gold.buyers"):
        make_table(lake, name, FIXED)
    append(lake.find("shop.gold.orders").iceberg, 1, summary=flink)
    lake = replace(lake, jobs=dict.fromkeys(("shop.gold.orders", "shop.gold.buyers"), "shop-orders"))
    reader = Reader(lake)
    list(reader.results("SELECT 1"))
    assert reader.doubts("SELECT 1 FROM shop.silver.nothing") == []
    assert reader.doubts("FROM shop.gold.buyers") == ["no checkpoint of Flink is committed to shop.gold.buyers"]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT count(*) FROM shop.silver.orders",
        'SELECT count(*) FROM "SHOP".Silver."Orders"',
        "SELECT count(*) FROM shop.serving.sold",
        "SELECT n FROM (SELECT count(*) AS n FROM query_table('shop.silver.' || 'or' || 'ders'))",
        "SET VARIABLE name = 'shop.silver.or' || 'ders'; SELECT count(*) FROM query_table(getvariable('name'))",
    ],
)
def test_a_text_reads_the_newest_rows_however_it_names_the_table(text: str, lake: Lake) -> None:
    view = lake.root / "sql" / "shop" / "serving" / "sold.sql"
    view.parent.mkdir(parents=True, exist_ok=True)
    view.write_text("CREATE OR REPLACE VIEW shop.serving.sold AS FROM shop.silver.orders;")
    reader = Reader(replace(lake, serving=[view]))
    append(lake.find("shop.silver.orders").iceberg, 3)
    list(reader.results("SELECT 1"))
    append(lake.find("shop.silver.orders").iceberg, 4)
    list(reader.results("SELECT 'of something else'"))
    assert [list(result.rows) for result in reader.results(text)] == [[(27,)]]


def test_a_new_column_is_seen_by_a_text_that_asks_for_no_rows(lake: Lake) -> None:
    reader = Reader(lake)
    list(reader.results("SELECT 1"))
    with lake.find("shop.silver.orders").iceberg.update_schema() as schema:
        schema.add_column("coupon", StringType())
    (columns,) = reader.results("SELECT column_name FROM duckdb_columns() WHERE column_name = 'coupon'")
    assert list(columns.rows) == [("coupon",)]
