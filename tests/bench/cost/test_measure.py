"""The figures that follow from looks at processes, and the looks themselves, at real processes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bench.cost import measure
from bench.cost.measure import BROKER, JVM, PYTHON, Sample, Usage, drain, figures, group_of, held, look, usage_of
from bench.cost.variant import Run
from flink_jobs.errors import TrunklineError
from tests.end_to_end.workbench import wait

MIB = 2**20


def sample(at: float, committed: int, jvm: float, python: float | None, broker: float, memory: int = 0) -> Sample:
    """A look with CPU seconds by group; the JVM has written 100 bytes an event."""
    usage = {JVM: Usage(cpu_seconds=jvm, written=100 * committed, memory=memory), BROKER: Usage(cpu_seconds=broker, memory=memory)}
    return Sample(at=at, committed=committed, usage=usage if python is None else usage | {PYTHON: Usage(cpu_seconds=python)})


def test_the_cpu_is_that_of_all_events_and_the_rate_that_until_the_last_commit_but_one() -> None:
    warming = [sample(0, 0, 5, None, 1, 100 * MIB), sample(10, 90_000, 20, 8, 2, 900 * MIB)]
    drained = [
        sample(14, 100_000, 24, 10, 2.5),
        sample(16, 150_000, 28, 12, 3),
        sample(24, 300_000, 44, 16, 3.5, 700 * MIB),
        sample(26, 300_000, 46, 17, 4),
        sample(29, 320_000, 46, 21, 4.7),
    ]
    found = figures(warming, drained)
    assert found.events == 220_000
    assert found.seconds == 10
    assert found.events_per_second == 20_000
    assert found.cpu_seconds_per_million == pytest.approx({BROKER: 10, JVM: 100, PYTHON: 50})
    assert found.cpu == pytest.approx(160)
    assert found.memory_bytes == 900 * MIB
    assert found.written_bytes_per_event == 100


def test_processes_that_come_after_the_warm_up_count_from_nothing() -> None:
    found = figures([], [sample(0, 100, 1, None, 0), sample(1, 300, 1, 2, 0)])
    assert found.cpu_seconds_per_million[PYTHON] == 10_000


def test_nothing_beyond_the_warm_up_is_an_error() -> None:
    with pytest.raises(TrunklineError, match="smaller --warm-up"):
        figures([sample(0, 0, 1, 1, 1)], [sample(1, 300, 2, 2, 2)])


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
        self.process, self.commits, self.run = process, list(commits), Run("", {"bronze": 300}, Path("run"))

    def processes(self) -> list[psutil.Process]:
        return [self.process]

    def committed(self) -> int:
        return self.commits.pop(0) if len(self.commits) > 1 else self.commits[0]


@pytest.fixture
def idle() -> Iterator[psutil.Process]:
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as process:
        yield psutil.Process(process.pid)
        process.stdin.close()


def test_a_drain_is_looked_at_from_before_the_first_commit_to_the_last_event(idle: psutil.Process) -> None:
    told: list[int] = []
    counter = Counter(idle, 0, 100, 100, 300)
    samples = drain(counter, look(counter, idle, 0, memory=True), 300, idle, lambda so_far: told.append(so_far[-1].committed))
    assert [sample.committed for sample in samples] == [0, 100, 300]
    assert told == [100, 300]
    assert samples[0].usage.keys() == {PYTHON, BROKER}
    assert samples[0].memory > 0


def test_a_drain_that_stands_still_is_an_error(idle: psutil.Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "PATIENCE_SECONDS", 0.1)
    counter = Counter(idle, 100)
    with pytest.raises(TrunklineError, match="counter has 100 of 300 events, and no more"):
        drain(counter, look(counter, idle, 0, memory=True), 300, idle, lambda so_far: None)


def test_what_is_held_stands_still_until_the_end(idle: psutil.Process) -> None:
    with pytest.raises(KeyboardInterrupt), held([idle]):
        wait(lambda: idle.status() == psutil.STATUS_STOPPED, "the process to be held", every=0.01)
        raise KeyboardInterrupt
    wait(lambda: idle.status() == psutil.STATUS_SLEEPING, "the process to go on", every=0.01)


def test_what_has_ended_can_be_held() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        gone = psutil.Process(process.pid)
    with held([gone]):
        pass
