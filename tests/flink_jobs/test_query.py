"""`trunkline query`, as it is typed."""

import csv
import io
import json
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake
from flink_jobs.query import query
from tests.flink_jobs.lakes import SILVER, append, make_project, make_table

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
