"""The command `trunkline serve`."""

import json
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import typer
from typer.testing import CliRunner, Result

from flink_jobs.cli import app
from flink_jobs.errors import TrunklineError
from flink_jobs.local import postgres, stack
from flink_jobs.monitor import Monitor
from flink_jobs.project import Project
from readers.postgres.cli import address
from tests.readers.postgres.conftest import connect
from tests.readers.postgres.shop import Shop, assert_served

SECRET = "hunter2"  # noqa: S105


@pytest.fixture(scope="module")
def shop(project: Project) -> Shop:
    shop = Shop(project, "shop")
    shop.create("silver", "gold")
    shop.hours(["midnight"])
    shop.order(3, hour_sk=0)
    return shop


def run(project: Project, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    monkeypatch.chdir(project.root)
    return CliRunner().invoke(app, ["serve", *arguments])


def test_once_says_what_it_brought(project: Project, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(project, monkeypatch, "shop", "--once", "--json")
    assert (result.exit_code, json.loads(result.stdout)["rows"]["shop.gold.fact_orders"]) == (0, 3)
    with closing(connect(project, "shop")) as connection:
        assert_served(connection, shop)
    again = run(project, monkeypatch, "shop", "--once", "--json")
    assert json.loads(again.stdout)["rows"] == {}


def test_another_server_is_served_by_its_address(project: Project, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER", postgres.connection_string(project))
    shop.order(2, hour_sk=0)
    result = run(project, monkeypatch, "--to", "env:SERVER", "--once", "--json")
    assert json.loads(result.stdout)["rows"]["shop.gold.fact_orders"] == 2


def test_status_says_how_far_behind_it_is(project: Project, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    run(project, monkeypatch, "shop", "--once")
    (before,) = Monitor(project).look().served
    shop.order(1, hour_sk=0)
    (late,) = Monitor(project).look().served
    run(project, monkeypatch, "shop", "--once")
    (after,) = Monitor(project).look().served
    assert (before.domain, before.behind_seconds, after.behind_seconds) == ("shop", 0, 0)
    assert late.reached_at == before.reached_at
    assert late.behind_seconds == (after.reached_at - before.reached_at).total_seconds() > 0


def test_a_second_one_is_refused(project: Project, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(connect(project, "shop")) as other:
        other.execute("SELECT pg_advisory_lock(0x7472756E6B)")
        result = run(project, monkeypatch, "shop", "--once")
    assert str(result.exception).startswith("another `trunkline serve` serves the database shop (session ")


def test_a_view_that_postgres_cannot_have_is_refused_by_its_file(project: Project, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    file = project.root / "sql" / "shop" / "serving" / "oddity.sql"
    file.write_text("-- Odd.\nCREATE OR REPLACE VIEW shop.serving.oddity AS SELECT bar(pieces, 0, 9) AS bar FROM shop.gold.fact_orders;\n")
    try:
        result = run(project, monkeypatch, "shop", "--once")
    finally:
        file.unlink()
    assert str(result.exception).startswith(f"{file.relative_to(Path.cwd())}:1:1: PostgreSQL can't have this view: function bar(")


def test_a_server_that_is_not_there_is_an_error(project: Project, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", SECRET)
    result = run(project, monkeypatch, "shop", "--to", "host=127.0.0.1 port=1 user=me", "--once")
    assert str(result.exception).startswith("PostgreSQL can't be reached: ")
    assert SECRET not in str(result.exception)


def test_a_password_on_the_command_line_is_refused(project: Project, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(project, monkeypatch, "shop", "--to", f"postgresql://me:{SECRET}@db", "--once")
    assert result.exit_code == 2
    assert SECRET not in result.output


def test_an_address_may_stand_in_a_variable_with_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER", f"postgresql://me:{SECRET}@db")
    assert address("env:SERVER") == f"postgresql://me:{SECRET}@db"


@pytest.mark.parametrize("wrong", [f"postgresql://me:{SECRET}@db:port/", f"host=db password {SECRET}", "env:NOT_SET"])
def test_a_wrong_address_is_not_repeated(wrong: str) -> None:
    with pytest.raises((TrunklineError, typer.BadParameter)) as error:
        address(wrong)
    assert SECRET not in str(error.value)


def test_no_value_of_a_refused_row_is_told(project: Project, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(connect(project, "shop")) as connection:
        connection.execute("ALTER TABLE gold.fact_orders ADD CONSTRAINT cheap CHECK (amount < 0) NOT VALID")
        shop.order(1, hour_sk=0, email="somebody@example.com")
        result = run(project, monkeypatch, "shop", "--once")
        connection.execute("ALTER TABLE gold.fact_orders DROP CONSTRAINT IF EXISTS cheap")
    said = result.output + str(result.exception) + stack.POSTGRES.daemon(project).output.read_text()
    assert "somebody" not in said


def test_down_ends_it(project: Project, shop: Shop) -> None:
    assert stack.down(project) == ["PostgreSQL"]
    with pytest.raises(psycopg.OperationalError):
        connect(project, "shop")
