import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from feeds.cli import app
from flink_jobs.errors import TrunklineError
from tests.oracle.topic import read_topic

runner = CliRunner()


def test_a_dry_run_writes_events_to_stdout_and_the_summary_to_stderr() -> None:
    done = runner.invoke(app, ["telecom", "--dry-run", "--rate", "0", "--count", "1200", "--bad", "0", "--seed", "5"])
    assert done.exit_code == 0
    assert len({json.loads(line)["call_id"] for line in done.stdout.splitlines()}) == 1200
    assert "Sent 1,200 records to stdout" in done.stderr
    assert "--seed 5" in done.stderr


def test_the_summary_as_json() -> None:
    done = runner.invoke(app, ["telecom", "--dry-run", "--rate", "0", "--count", "2000", "--bad", "0.1", "--seed", "5", "--json"])
    summary = json.loads(done.stderr)
    assert (summary["records"], summary["seed"]) == (2000, 5)
    assert 150 < sum(summary["bad_by_reason"].values()) < 250
    assert summary["bad_share"] == sum(summary["bad_by_reason"].values()) / 2000


def test_without_a_seed_every_run_differs() -> None:
    first, second = (runner.invoke(app, ["telecom", "--dry-run", "--count", "1", "--bad", "0"]).stdout for _ in range(2))
    assert json.loads(first)["call_id"] != json.loads(second)["call_id"]


def test_events_go_to_kafka_and_the_summary_to_stdout(broker: str) -> None:
    done = runner.invoke(
        app, ["telecom", "--bootstrap", broker, "--topic", "cli", "--rate", "0", "--count", "700", "--bad", "0.1", "--json"]
    )
    assert done.exit_code == 0
    assert json.loads(done.stdout)["target"] == f"cli at {broker}"
    assert json.loads(done.stdout)["records"] == len(read_topic(broker, "cli")) == 700


def test_an_unknown_topic_is_an_error(broker: str) -> None:
    done = runner.invoke(app, ["telecom", "--bootstrap", broker, "--topic", "unknown", "--count", "1"])
    assert isinstance(done.exception, TrunklineError)


def test_no_broker_is_an_error(free_port: int) -> None:
    done = runner.invoke(app, ["telecom", "--bootstrap", f"127.0.0.1:{free_port}", "--count", "1"])
    assert isinstance(done.exception, TrunklineError)


@pytest.mark.parametrize("wrong", [["--rate", "-1"], ["--bad", "1.5"], ["--count", "0"]])
def test_wrong_use(wrong: list[str]) -> None:
    assert runner.invoke(app, ["telecom", "--dry-run", *wrong]).exit_code == 2


@pytest.mark.parametrize("command", [["--help"], ["telecom", "--help"]])
def test_help_has_an_example(command: list[str]) -> None:
    assert "Example: trunkline feed telecom" in runner.invoke(app, command).stdout


def test_ctrl_c_ends_with_a_summary_and_success() -> None:
    program = [sys.executable, "-c", "from feeds.cli import app; app()"]
    options = ["telecom", "--dry-run", "--rate", "200", "--bad", "0", "--json"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(program + options, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as feed:
        assert feed.stdout
        first = feed.stdout.readline()
        feed.send_signal(signal.SIGINT)
        rest, summary = feed.communicate(timeout=30)
    events = [json.loads(line) for line in (first, *rest.splitlines())]
    assert feed.returncode == 0
    assert json.loads(summary)["records"] == len(events) < 1000
