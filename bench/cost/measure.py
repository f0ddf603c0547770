"""What a run costs: its processes looked at while they drain the topic, and the figures that follow.

CPU time is that of processes and of their ended children, as the kernel counts it. What counts begins when the warm-up is in all tables
and what follows it in the topic: until it is, the processes are held. It ends for CPU time when all tables have all, for the rate when they
have what the last commit but one brought: the last one waits, with little in it.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

import psutil
from pydantic import BaseModel

from bench.cost.variant import Variant
from flink_jobs.errors import TrunklineError

POLL_SECONDS, MEMORY_SECONDS = 0.25, 2.0
PATIENCE_SECONDS = 180
ENOUGH = 0.999  # of the warm-up: how many rows of a layer stand for an event is known on the average only
BROKER, JVM, PYTHON = GROUPS = ("broker", "JVM", "Python")


class Usage(BaseModel, frozen=True):
    """What the processes of a group have used: CPU seconds and bytes written to disk so far, and bytes of memory now."""

    cpu_seconds: float = 0
    written: int = 0
    memory: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            cpu_seconds=self.cpu_seconds + other.cpu_seconds, written=self.written + other.written, memory=self.memory + other.memory
        )


class Sample(BaseModel, frozen=True):
    """One look: when (seconds of a clock that only goes on), the events in all tables, and what each group has used."""

    at: float
    committed: int
    usage: Mapping[str, Usage]

    @property
    def memory(self) -> int:
        """Bytes of all groups but the broker."""
        return sum(usage.memory for group, usage in self.usage.items() if group != BROKER)


class Figures(BaseModel, frozen=True):
    """What a run costs. Memory is its largest sum over all processes but the broker, at any time of the run."""

    events: int
    seconds: float  # until the last commit but one
    events_per_second: float
    cpu_seconds_per_million: Mapping[str, float]  # by group
    memory_bytes: int
    written_bytes_per_event: float

    @property
    def cpu(self) -> float:
        """CPU seconds per million events, of every process."""
        return sum(self.cpu_seconds_per_million.values())


def group_of(process: psutil.Process) -> str:
    """The group of one of a variant's processes."""
    return JVM if process.name().startswith("java") else PYTHON


def usage_of(process: psutil.Process, *, memory: bool) -> Usage:
    """What a process and its ended children have used; nothing of one that has ended itself, whose parent has it then.

    Memory is its proportional set size: pages that several processes share count once over all.
    """
    try:
        with process.oneshot():
            cpu = sum(process.cpu_times()[:4])  # user, system, and both of ended children
            written = process.io_counters().write_bytes
        return Usage(cpu_seconds=cpu, written=written, memory=process.memory_full_info().pss if memory else 0)
    except psutil.Error:
        return Usage()


def look(variant: Variant, broker: psutil.Process, committed: int, *, memory: bool) -> Sample:
    """Looks at all processes."""
    at = time.monotonic()
    usage: dict[str, Usage] = defaultdict(Usage)
    for process in variant.processes():
        try:
            group = group_of(process)
        except psutil.NoSuchProcess:
            continue
        usage[group] += usage_of(process, memory=memory)
    usage[BROKER] = usage_of(broker, memory=memory)
    return Sample(at=at, committed=committed, usage=usage)


@contextmanager
def held(processes: Sequence[psutil.Process]) -> Iterator[None]:
    """Meanwhile, none of these does anything."""
    try:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.suspend()
        yield
    finally:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.resume()


def drain(variant: Variant, begin: Sample, events: int, broker: psutil.Process, shown: Callable[[Sequence[Sample]], None]) -> list[Sample]:
    """Looks at a variant until it has so many events: at each commit, and often enough for memory. `shown` is told all looks so far."""
    samples = [begin]
    looked, advanced = begin.at, time.monotonic()
    while samples[-1].committed < events:
        time.sleep(POLL_SECONDS)
        now, committed = time.monotonic(), variant.committed()
        due = now - looked >= MEMORY_SECONDS
        if committed > samples[-1].committed:
            advanced = now
        elif now - advanced > PATIENCE_SECONDS:
            what = f"{variant.name} has {committed:,} of {events:,} events, and no more for {PATIENCE_SECONDS} s"
            raise TrunklineError(what, f"see {variant.run.folder}")
        if due or advanced == now:
            samples.append(look(variant, broker, committed, memory=due))
            looked = now if due else looked
            shown(samples)
    return samples


def figures(warming: Sequence[Sample], drained: Sequence[Sample]) -> Figures:
    """What the events of a drain cost, by its looks; memory also by those before it."""
    begin, end = drained[0], drained[-1]
    commits = sorted({sample.committed for sample in drained if sample.committed > begin.committed})
    if not commits:
        raise TrunklineError("all events were there when the warm-up was", "take more --events, or a smaller --warm-up")
    events, settled = end.committed - begin.committed, first(drained, commits[-2:][0])
    used = {group: end.usage[group].cpu_seconds - begin.usage.get(group, Usage()).cpu_seconds for group in end.usage}
    written = sum(end.usage[group].written - begin.usage.get(group, Usage()).written for group in end.usage if group != BROKER)
    return Figures(
        events=events,
        seconds=settled.at - begin.at,
        events_per_second=(settled.committed - begin.committed) / (settled.at - begin.at),
        cpu_seconds_per_million={group: used.get(group, 0.0) / events * 1e6 for group in GROUPS},
        memory_bytes=max(sample.memory for sample in (*warming, *drained)),
        written_bytes_per_event=written / events,
    )


def first(samples: Iterable[Sample], committed: int) -> Sample:
    """The first look that found so many events."""
    return next(sample for sample in samples if sample.committed >= committed)
