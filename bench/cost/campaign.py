"""One invocation: the broker's topic, the variants that are measured on it by turns, and what is kept of it."""

import resource
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.status import Status

from bench.cost import oracle, topic
from bench.cost.broker import Broker, broker
from bench.cost.freshness import ENOUGH, Feeder, Fresh, measure, watch
from bench.cost.measure import Sample, drain, figures
from bench.cost.oracle import Expectation
from bench.cost.profile import Profiler
from bench.cost.report import Drained
from bench.cost.topic import Manifest
from bench.cost.variant import Run, Variant
from flink_jobs.errors import TrunklineError
from flink_jobs.project import Project
from flink_jobs.topics import Topics

FRESH_SECONDS = 60
RATE_SECONDS = 10


@dataclass(frozen=True)
class Home:
    """Where topics, what is expected of them, and results are kept, with the broker that has the topics."""

    kafka: Broker
    folder: Path
    results: Path

    def campaign(self, wanted: Manifest, warm_up: int, commit_seconds: float | None = None, *, profile: bool = False) -> "Campaign":
        """Runs on a topic; this and what is expected of it are made unless they are there."""
        folder = self.folder / "topics" / wanted.topic
        manifest = topic.kept(self.kafka.bootstrap, folder, wanted)
        expected = oracle.expectation(self.kafka.bootstrap, manifest, folder)
        return Campaign(self.kafka, manifest, expected, self.folder, self.results, warm_up, commit_seconds, profile)


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
    """What all runs on a topic share. `results` is where profiles go."""

    kafka: Broker
    manifest: Manifest
    expected: Expectation
    folder: Path
    results: Path
    warm_up: int
    commit_seconds: float | None = None
    profile: bool = False

    def drain(self, variant: Variant, number: int, shown: Callable[[Sequence[Sample]], None]) -> Drained:
        """Measures one variant in a round, and has the oracle look at its tables."""
        run = self.run_of(variant, self.manifest.topic)
        profiler = Profiler(variant, run, self.warm_up)

        def told(samples: Sequence[Sample]) -> None:
            shown(samples)
            if self.profile:
                profiler.watch(samples)

        began, clients = time.monotonic(), clients_cpu()
        try:
            variant.start(run)
            seconds, clients = time.monotonic() - began, clients_cpu() - clients
            samples = drain(variant, run, self.kafka.process, told)
            profiler.stop()
        finally:
            variant.stop()
        tables = variant.tables()
        try:
            self.expected.verify({layer: tables.get(layer, ()) for layer in variant.layers}, variant.aside, variant.unjudged)
        except TrunklineError as error:
            raise TrunklineError(f"{variant.name}: {error}", f"its run is in {run.folder}") from None
        for file in profiler.files():
            shutil.move(file, self.results / f"{variant.name}-{number}-{file.name}")
        drained = Drained(
            variant=variant.name,
            round=number,
            figures=figures(samples, self.warm_up),
            start_seconds=seconds,
            start_cpu_seconds=clients,
            stored_bytes={layer: sum(file.stat().st_size for file in files) for layer, files in tables.items()},
        )
        shutil.rmtree(run.folder)
        return drained

    def fresh(self, variant: Variant, rate: float, percents: Sequence[float]) -> list[Fresh]:
        """Ages of events at shares of the rate at which a variant drained the topic."""
        seconds = min(FRESH_SECONDS, (self.manifest.events - self.warm_up) / (rate * sum(percents) / 100))
        run = self.run_of(variant, f"{self.manifest.topic}-fresh")
        topic.create(Topics({"bootstrap.servers": self.kafka.bootstrap}), run.topic)
        with closing(Feeder(self.kafka.bootstrap, self.manifest.topic, run.topic)) as feeder:
            try:
                variant.start(run)
                feeder.send(self.warm_up, 0)
                watch(variant, lambda committed: committed >= ENOUGH * feeder.sent)
                found = [measure(variant, feeder, self.kafka.process, percent, rate * percent / 100, seconds) for percent in percents]
            finally:
                variant.stop()
        shutil.rmtree(run.folder)
        return found

    def run_of(self, variant: Variant, topic: str) -> Run:
        """A run in an empty folder."""
        folder = self.folder / "runs" / variant.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return Run(self.kafka.bootstrap, topic, self.expected.rows, folder, self.commit_seconds, self.profile)


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
