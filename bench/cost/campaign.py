"""One invocation: the broker, the variants that are measured by turns, each on a topic that was filled for it, and what is kept of it."""

import os
import re
import resource
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from rich.status import Status

from bench.cost import oracle
from bench.cost.broker import Broker, broker
from bench.cost.freshness import Fresh, measure, watch
from bench.cost.measure import ENOUGH, Sample, drain, figures, held, look
from bench.cost.oracle import Expectation
from bench.cost.profile import Profiler
from bench.cost.report import Drained
from bench.cost.topic import Feeder, Manifest, Recording, recorded
from bench.cost.variant import Run, Variant
from flink_jobs.errors import TrunklineError
from flink_jobs.project import Project

FRESH_SECONDS = 60
RATE_SECONDS = 10


@dataclass(frozen=True)
class Home:
    """Where recordings, what is expected of them, and results are kept, with the broker that has the topics."""

    kafka: Broker
    folder: Path
    results: Path

    def campaign(self, wanted: Manifest, warm_up: int, commit_seconds: float | None = None, *, profile: bool = False) -> "Campaign":
        """Runs on some events; these and what is expected of them are made unless they are there."""
        recording = recorded(self.folder / "events" / wanted.name, wanted)
        expected = oracle.expectation(recording)
        return Campaign(self.kafka, [recording], expected, self.folder, self.results, warm_up, commit_seconds, profile)


@contextmanager
def home(here: Project, name: str = "") -> Iterator[Home]:
    """That of a project while the body runs, with a new folder for its results, whose name ends so."""
    folder = here.state / "bench-cost"
    results = folder / "results" / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}{name}"
    results.mkdir(parents=True)
    with broker(here, folder / "broker") as kafka:
        yield Home(kafka, folder, results)


@dataclass(frozen=True)
class Campaign:
    """What all runs on the same events share. `results` is where profiles go."""

    kafka: Broker
    recordings: Sequence[Recording]
    expected: Expectation
    folder: Path
    results: Path
    warm_up: int
    commit_seconds: float | None = None
    profile: bool = False

    @property
    def events(self) -> int:
        """Of all recordings."""
        return sum(recording.manifest.events for recording in self.recordings)

    def drain(self, variant: Variant, number: int, shown: Callable[[Sequence[Sample]], None]) -> Drained:
        """Measures one variant in a round, and has the oracle look at its tables."""
        run, profiler = self.run_of(variant, self.expected), Profiler(variant)
        feeders = [Feeder(self.kafka.bootstrap, recording) for recording in self.recordings]
        self.feed(feeders, self.warm_up)
        with ended(variant, run):
            began, clients = time.monotonic(), clients_cpu()
            variant.start(run)
            seconds, clients = time.monotonic() - began, clients_cpu() - clients
            warming = drain(variant, self.look(variant, 0), round(ENOUGH * self.warm_up), self.kafka.process, shown)
            with held(variant.processes()):
                self.feed(feeders, self.events)
                begin = self.look(variant, self.warm_up)
            if self.profile:
                profiler.start()
            drained = drain(variant, begin, run.events, self.kafka.process, shown)
            profiler.stop()
        tables = self.verified(variant, self.expected)
        for file in profiler.files():
            shutil.move(file, self.results / f"{file_name(variant)}-{number}-{file.name}")
        found = Drained(
            variant=variant.name,
            round=number,
            figures=figures(warming, drained),
            start_seconds=seconds,
            start_cpu_seconds=clients,
            stored_bytes={layer: sum(file.stat().st_size for file in files) for layer, files in tables.items()},
        )
        shutil.rmtree(run.folder)
        return found

    def fresh(self, variant: Variant, rate: float, percents: Sequence[float]) -> list[Fresh]:
        """Ages of events at shares of the rate at which a variant drained the topic; the oracle looks at its tables, too."""
        (recording,) = self.recordings
        seconds = min(FRESH_SECONDS, (self.events - self.warm_up) / (rate * sum(percents) / 100))
        plan = [(percent, int(rate * percent / 100 * seconds)) for percent in percents]
        events = self.warm_up + sum(count for _, count in plan)
        expected = replace(self.expected, ends=recording.ends(events))
        run, feeder = self.run_of(variant, expected), Feeder(self.kafka.bootstrap, recording)
        with ended(variant, run):
            variant.start(run)
            feeder.send(self.warm_up)
            watch(variant, lambda committed: committed >= ENOUGH * self.warm_up)
            found = [measure(variant, feeder, self.kafka.process, percent, count, seconds) for percent, count in plan]
            watch(variant, lambda committed: committed >= events)
        self.verified(variant, expected)
        shutil.rmtree(run.folder)
        return found

    def feed(self, feeders: Sequence[Feeder], events: int) -> None:
        """Has so many events of all recordings be in their topics, of each its share, and on disk."""
        for feeder, recording in zip(feeders, self.recordings, strict=True):
            feeder.send(events * recording.manifest.events // self.events - feeder.sent)
        os.sync()

    def look(self, variant: Variant, committed: int) -> Sample:
        """Looks at all processes and their memory."""
        return look(variant, self.kafka.process, committed, memory=True)

    def verified(self, variant: Variant, expected: Expectation) -> Mapping[str, Sequence[Path]]:
        """The files of a variant that has ended, by layer. A TrunklineError if they hold anything but what is expected."""
        tables = variant.tables()
        try:
            expected.verify({layer: tables.get(layer, ()) for layer in variant.layers}, variant.aside, variant.unjudged)
        except TrunklineError as error:
            raise TrunklineError(f"{variant.name}: {error}", f"its run is in {variant.run.folder}") from None
        return tables

    def run_of(self, variant: Variant, expected: Expectation) -> Run:
        """A run in an empty folder."""
        folder = self.folder / "runs" / file_name(variant)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return Run(self.kafka.bootstrap, expected.rows, folder, self.commit_seconds, self.profile)


@contextmanager
def ended(variant: Variant, run: Run) -> Iterator[None]:
    """Stops a variant after the body; a run that was interrupted leaves no files, one that failed leaves them to be looked at."""
    try:
        try:
            yield
        finally:
            variant.stop()
    except KeyboardInterrupt:
        shutil.rmtree(run.folder, ignore_errors=True)
        raise


def file_name(variant: Variant) -> str:
    """A variant's name, of which a blank, a slash or a colon would end a path or a class path."""
    return re.sub(r"[^\w.=-]", "_", variant.name)


def clients_cpu() -> float:
    """CPU seconds so far of the programs that this process has run to their end, such as those that submit jobs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def show(status: Status, title: str, events: int, samples: Sequence[Sample]) -> None:
    """How far a run has come, and its rate over the last seconds."""
    now = samples[-1]
    before = next(sample for sample in samples if now.at - sample.at <= RATE_SECONDS)
    rate = (now.committed - before.committed) / max(now.at - before.at, 1)
    status.update(f"{title}: {now.committed:,} of {events:,} events, {rate:,.0f}/s")
