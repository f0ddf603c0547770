import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from feeds.cli import app
from feeds.telecom import feed
from feeds.telecom.simulation import EVENT_TOPICS, TOPICS
from flink_jobs.errors import TrunklineError
from tests.oracle.topic import read_topic

runner = CliRunner()


def test_a_dry_run_writes_topics_keys_and_values_to_stdout_and_the_summary_to_stderr() -> None:
    options = ["--dry-run", "--rate", "0", "--count", "1200", "--bad", "0", "--seed", "5", "--only", "calls, sms"]
    done = runner.invoke(app, ["telecom", *options])
    assert done.exit_code == 0
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    events = [json.loads(value) for _, _, value in lines]
    assert len({event.get("call_id") or event.get("sms_id") for event in events}) == 1200
    assert [(topic, key) for topic, key, _ in lines] == [
        ("calls" if "call_id" in event else "sms", event["from"]["phone_number"]) for event in events
    ]
    assert "Sent 1,200 records to stdout" in done.stderr
    assert "--seed 5" in done.stderr


def test_the_summary_as_json() -> None:
    shares = ["--bad", "0.1", "--duplicates", "0.05", "--late", "0.01"]
    done = runner.invoke(app, ["telecom", "--dry-run", "--rate", "0", "--count", "2000", *shares, "--seed", "5", "--json"])
    summary = json.loads(done.stderr)
    assert (summary["events"], summary["seed"]) == (2000, 5)
    assert summary["records"] == sum(summary["records_by_topic"].values()) > 20_000
    assert sum(summary["records_by_topic"][topic] for topic in EVENT_TOPICS) == 2000
    assert set(summary["records_by_topic"]) == set(TOPICS)
    assert 50 < summary["bad_by_reason"]["duplicate"] < 150
    assert summary["bad_share"] == round(sum(summary["bad_by_reason"].values()) / summary["records"], 4)


def test_without_a_seed_every_run_differs() -> None:
    options = ["telecom", "--dry-run", "--count", "1", "--bad", "0", "--only", "calls"]
    first, second = (runner.invoke(app, options).stdout for _ in range(2))
    assert first.split("\t")[2] != second.split("\t")[2]


def test_all_goes_to_kafka_and_the_summary_to_stdout(mock_broker: str) -> None:
    done = runner.invoke(app, ["telecom", "--bootstrap", mock_broker, "--rate", "0", "--count", "700", "--bad", "0.1", "--json"])
    assert done.exit_code == 0
    summary = json.loads(done.stdout)
    assert summary["target"] == f"Kafka at {mock_broker}"
    assert summary["records_by_topic"] == {topic: len(read_topic(mock_broker, topic)) for topic in summary["records_by_topic"]}
    assert summary["events"] == sum(summary["records_by_topic"][topic] for topic in EVENT_TOPICS) == 700


def test_a_topic_that_the_broker_does_not_have_is_an_error(mock_broker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "TOPICS", (*TOPICS, "faxes"))
    done = runner.invoke(app, ["telecom", "--bootstrap", mock_broker, "--only", "calls,faxes", "--count", "1"])
    assert isinstance(done.exception, TrunklineError)
    assert "no topic 'faxes'" in str(done.exception)


def test_an_unknown_topic_is_wrong_use() -> None:
    done = runner.invoke(app, ["telecom", "--dry-run", "--only", "calls,recharges"])
    assert done.exit_code == 2
    said = " ".join(done.output.replace("│", " ").split())
    assert "'recharges' is no topic of this feed, which are calls, sms, payment" in said
    assert "did you mean recharge?" in said


def test_no_broker_is_an_error(free_port: int) -> None:
    done = runner.invoke(app, ["telecom", "--bootstrap", f"127.0.0.1:{free_port}", "--count", "1"])
    assert isinstance(done.exception, TrunklineError)


@pytest.mark.parametrize("wrong", [["--rate", "-1"], ["--bad", "1.5"], ["--duplicates", "-1"], ["--late", "2"], ["--count", "0"]])
def test_wrong_use(wrong: list[str]) -> None:
    assert runner.invoke(app, ["telecom", "--dry-run", *wrong]).exit_code == 2


@pytest.mark.parametrize("command", [["--help"], ["telecom", "--help"]])
def test_help_has_an_example(command: list[str]) -> None:
    assert "Example: trunkline feed telecom" in runner.invoke(app, command).stdout


def test_ctrl_c_ends_with_a_summary_and_success() -> None:
    program = [sys.executable, "-c", "from feeds.cli import app; app()"]
    options = ["telecom", "--dry-run", "--rate", "200", "--bad", "0", "--only", "calls,support", "--json"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(program + options, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as feeding:
        assert feeding.stdout
        first = feeding.stdout.readline()
        feeding.send_signal(signal.SIGINT)
        rest, summary = feeding.communicate(timeout=30)
    events = [json.loads(line.split(b"\t")[2]) for line in (first, *rest.splitlines())]
    assert feeding.returncode == 0
    assert json.loads(summary)["events"] == len(events) < 1000
