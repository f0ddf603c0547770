"""The figures that follow from looks at processes, and the looks themselves, at real processes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bench.cost import measure
from bench.cost.measure import BROKER, JVM, PYTHON, Sample, Usage, drain, figures, group_of, usage_of
from bench.cost.variant import Run
from flink_jobs.errors import TrunklineError

MIB = 2**20


def sample(at: float, committed: int, jvm: float, python: float | None, broker: float, memory: int = 0) -> Sample:
    """A look with CPU seconds by group; the JVM has written 100 bytes an event."""
    usage = {JVM: Usage(cpu_seconds=jvm, written=100 * committed, memory=memory), BROKER: Usage(cpu_seconds=broker, memory=memory)}
    return Sample(at=at, committed=committed, usage=usage if python is None else usage | {PYTHON: Usage(cpu_seconds=python)})


def test_what_lies_between_the_warm_up_and_the_last_commit_but_one_counts() -> None:
    looks = [
        sample(0, 0, 5, None, 1, 100 * MIB),
        sample(10, 90_000, 20, 8, 2),
        sample(14, 110_000, 24, 10, 2.5, 900 * MIB),
        sample(16, 150_000, 28, 12, 3),
        sample(24, 310_000, 44, 16, 3.5, 700 * MIB),
        sample(26, 310_000, 60, 30, 9),
        sample(29, 320_000, 70, 40, 10),
    ]
    found = figures(looks, warm_up=100_000)
    assert found.events == 200_000
    assert found.seconds == 10
    assert found.events_per_second == 20_000
    assert found.cpu_seconds_per_million == pytest.approx({BROKER: 5, JVM: 100, PYTHON: 30})
    assert found.cpu == pytest.approx(135)
    assert found.memory_bytes == 900 * MIB
    assert found.written_bytes_per_event == 100


def test_processes_that_come_after_the_warm_up_count_from_nothing() -> None:
    found = figures([sample(0, 100, 1, None, 0), sample(1, 300, 1, 2, 0)], warm_up=100)
    assert found.cpu_seconds_per_million[PYTHON] == 10_000


def test_nothing_beyond_the_warm_up_is_an_error() -> None:
    with pytest.raises(TrunklineError, match="smaller --warm-up"):
        figures([sample(0, 0, 1, 1, 1), sample(1, 300, 2, 2, 2)], warm_up=100)


def test_a_child_that_has_ended_counts() -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}]); print(flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        found = usage_of(psutil.Process(process.pid), memory=True)
        assert group_of(psutil.Process(process.pid)) == PYTHON
        process.stdin.close()
    assert found.cpu_seconds >= 0.29
    assert found.memory > MIB


def test_a_process_that_has_ended_has_used_nothing_itself() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        gone = psutil.Process(process.pid)
    assert usage_of(gone, memory=True) == Usage()


class Counter:
    """A variant that is one process, and whose tables get so many events at each look."""

    name = "counter"

    def __init__(self, process: psutil.Process, *commits: int) -> None:
        self.process, self.commits = process, list(commits)

    def processes(self) -> list[psutil.Process]:
        return [self.process]

    def committed(self) -> int:
        return self.commits.pop(0) if len(self.commits) > 1 else self.commits[0]


@pytest.fixture
def idle() -> Iterator[psutil.Process]:
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as process:
        yield psutil.Process(process.pid)
        process.stdin.close()


def test_a_drain_is_looked_at_from_before_the_first_commit_to_the_last_event(idle: psutil.Process, tmp_path: Path) -> None:
    run = Run("", "", {"bronze": 300}, tmp_path)
    told: list[int] = []
    samples = drain(Counter(idle, 0, 100, 100, 300), run, idle, lambda so_far: told.append(so_far[-1].committed))
    assert [sample.committed for sample in samples] == [0, 100, 300]
    assert told == [100, 300]
    assert samples[0].usage.keys() == {PYTHON, BROKER}
    assert samples[0].memory > 0


def test_a_drain_that_stands_still_is_an_error(idle: psutil.Process, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "PATIENCE_SECONDS", 0.1)
    with pytest.raises(TrunklineError, match="counter has 100 of 300 events, and no more"):
        drain(Counter(idle, 100), Run("", "", {"bronze": 300}, tmp_path), idle, lambda so_far: None)
