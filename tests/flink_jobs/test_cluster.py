import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flink_jobs.cli import app
from flink_jobs.cluster import Cluster, NoSavepointError, root_cause
from flink_jobs.errors import TrunklineError

TRACES = sorted((Path(__file__).parent / "data" / "stack_traces").glob("*.txt"))


@pytest.mark.parametrize("file", TRACES, ids=lambda file: file.stem)
def test_root_cause(file: Path) -> None:
    """A file holds the expected line, a blank line, then the stack trace as Flink gave it."""
    expected, trace = file.read_text().split("\n\n", 1)
    assert root_cause(trace) == expected


@pytest.mark.parametrize(
    ("trace", "took_none"),
    [
        ("CompletionException\nCaused by: org.apache.flink.runtime.checkpoint.CheckpointException: a task has no RUNNING state", True),
        ("org.apache.flink.runtime.scheduler.stopwithsavepoint.StopWithSavepointStoppingException: A savepoint has been created", False),
    ],
)
def test_whether_a_job_that_did_not_stop_has_taken_a_savepoint(monkeypatch: pytest.MonkeyPatch, trace: str, took_none: bool) -> None:
    answer = {"request-id": "1", "status": {"id": "COMPLETED"}, "operation": {"failure-cause": {"stack-trace": trace}}}
    monkeypatch.setattr(Cluster, "_call", lambda *_: answer)
    with pytest.raises(TrunklineError, match="job a cannot stop with a savepoint: ") as failure:
        Cluster("http://flink").stop_with_savepoint("a", "/savepoints")
    assert isinstance(failure.value, NoSavepointError) == took_none


def test_no_cluster() -> None:
    with pytest.raises(TrunklineError, match=re.escape("no Flink cluster answers at http://127.0.0.1:1; start it with `trunkline up`")):
        Cluster("http://127.0.0.1:1").jobs()


@pytest.mark.parametrize("command", ["up", "down"])
def test_up_and_down_of_an_environment_elsewhere_are_about_its_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    for name in ("catalog", "sql"):
        (tmp_path / name).mkdir()
    (tmp_path / "catalog" / "far.sql").write_text("SET 'rest.address' = '127.0.0.1'; SET 'rest.port' = '1';")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, [command, "--env", "far"])
    assert str(result.exception).startswith("no Flink cluster answers at http://127.0.0.1:1")
    assert not (tmp_path / ".trunkline").exists()  # nothing of the local stack was looked at
