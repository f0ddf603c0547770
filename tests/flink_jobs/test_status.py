"""`trunkline status`, as it is typed and as it looks."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from click.testing import Result
from rich.console import Console
from typer.testing import CliRunner

from flink_jobs.lake import Lake
from flink_jobs.local.processes import Status as Process
from flink_jobs.monitor import NOT_RUNNING, JobStatus, ServedStatus, Status, TableStatus, TopicStatus
from flink_jobs.status import follow, render, status
from tests.flink_jobs.lakes import NOON, SILVER, append, make_project, make_table

GREEN, YELLOW, RED = "32", "33", "31"


@pytest.fixture(autouse=True)
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A lake in the project that is the working directory."""
    project = make_project(tmp_path / "project", "shop")
    monkeypatch.chdir(project.root)
    return Lake.of(project)


def run(*arguments: str) -> Result:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(status)
    return CliRunner().invoke(app, arguments)


def look(**parts: object) -> Status:
    empty = {"processes": [], "jobs": [], "tables": [], "topics": [], "problems": []}
    return Status.model_validate({"at": NOON} | empty | parts)


def colours(of: Status) -> dict[str, str]:
    """Each coloured text of a look, with its ANSI colour."""
    console = Console(force_terminal=True, color_system="standard", width=200)
    with console.capture() as capture:
        console.print(render(of))
    return {text.strip(): colour for colour, text in re.findall(r"\x1b\[(3[123])m(.*?)\x1b\[0m", capture.get())}


def test_without_a_stack_the_tables_are_shown_and_the_exit_code_is_1(lake: Lake) -> None:
    append(make_table(lake, "shop.silver.orders", SILVER), 1000)
    done = run()
    assert done.exit_code == 1
    assert "the stack is down; start it with `trunkline up`" in done.stdout
    assert re.search(r"shop\.silver\.orders\s+1,000\s.*10\.00%", done.stdout)


def test_before_anything_was_stored() -> None:
    assert "no table is stored yet" in run().stdout


def test_json_is_the_whole_look(lake: Lake) -> None:
    append(make_table(lake, "shop.silver.orders", SILVER), 10)
    done = run("--json")
    assert done.exit_code == 1
    said = json.loads(done.stdout)
    assert [process["name"] for process in said["processes"]] == ["Kafka", "JobManager", "TaskManager"]
    assert [(table["name"], table["rows"], table["rejected"]) for table in said["tables"]] == [("shop.silver.orders", 10, 1)]
    assert Status.model_validate(said).problems == ["the stack is down; start it with `trunkline up`"]


def test_json_cannot_be_watched() -> None:
    assert run("--json", "--watch").exit_code == 2


def test_ctrl_c_ends_a_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flink_jobs.status.LOOK_EVERY_SECONDS", 0)
    looks = iter([look(), look()])

    def next_look() -> Status:
        try:
            return next(looks)
        except StopIteration:
            raise KeyboardInterrupt from None

    follow(next_look)
    assert next(looks, None) is None


def test_colours_of_processes() -> None:
    processes = [Process("Kafka", 7, 2**20, NOON), Process("Flink", None, 0, None)]
    assert colours(look(processes=processes)) == {"up": GREEN, "down": RED}


def test_colours_of_jobs() -> None:
    states = {"RUNNING": GREEN, "FINISHED": GREEN, "RESTARTING": YELLOW, "FAILED": RED, NOT_RUNNING: RED}
    assert colours(look(jobs=[JobStatus(name="a", state=state) for state in states])) == states


@pytest.mark.parametrize(("age", "colour"), [(timedelta(seconds=1), GREEN), (timedelta(minutes=5), YELLOW)])
def test_rows_that_are_late_and_topics_that_lag_are_yellow(age: timedelta, colour: str) -> None:
    table = TableStatus(name="shop.bronze.orders", rows=5, committed_at=NOON, newest_at=NOON - age)
    topic = TopicStatus(name="orders", table=table.name, behind=1234)
    found = colours(look(tables=[table], topics=[topic]))
    assert found.pop("1,234") == colour
    assert list(found.values()) == [colour]


def test_a_topic_that_is_caught_up_is_fine_however_old_its_rows() -> None:
    table = TableStatus(name="shop.bronze.orders", rows=5, committed_at=NOON, newest_at=NOON - timedelta(days=3))
    assert colours(look(tables=[table], topics=[TopicStatus(name="orders", table=table.name, behind=0)]))["0"] == GREEN


def test_a_topic_that_is_gone_is_red() -> None:
    table = TableStatus(name="shop.bronze.orders", rows=5, committed_at=NOON, newest_at=NOON)
    assert colours(look(tables=[table], topics=[TopicStatus(name="orders", table=table.name, behind=None)]))["not in Kafka"] == RED


def test_a_domain_that_postgres_serves_late_is_yellow() -> None:
    served = [ServedStatus(domain=f"d{behind}", reached_at=NOON, behind_seconds=behind) for behind in (1.5, 60)]
    assert colours(look(served=served)) == {"1.5 s": GREEN, "60.0 s": YELLOW}


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(seconds=-1), "0.0 s ago"),
        (timedelta(seconds=0.46), "0.5 s ago"),
        (timedelta(seconds=75), "75 s ago"),
        (timedelta(minutes=90), "90 min ago"),
        (timedelta(hours=30), "30 h ago"),
        (timedelta(days=3), "3 d ago"),
    ],
)
def test_ages(age: timedelta, said: str) -> None:
    assert said in colours(look(tables=[TableStatus(name="a.b.c", rows=1, committed_at=None, newest_at=NOON - age)]))
