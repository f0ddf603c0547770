"""What runs say together: each variant's figures, ratios to others of the same round, and whether the targets hold."""

import os
import platform
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from math import inf
from pathlib import Path
from statistics import median

import psutil
from pydantic import BaseModel
from rich.table import Table

from bench.cost.freshness import Fresh
from bench.cost.measure import GROUPS, Figures


class Drained(BaseModel, frozen=True):
    """A run that the oracle found right."""

    variant: str
    round: int
    figures: Figures
    start_seconds: float  # until the job was submitted, and CPU seconds of the clients meanwhile
    start_cpu_seconds: float
    stored_bytes: Mapping[str, int]  # by layer, of the files that are live at the end


class Spread(BaseModel, frozen=True):
    """A figure over the rounds."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, figures: Sequence[float]) -> "Spread":
        """Of at least one."""
        return cls(median=median(figures), least=min(figures), most=max(figures))


class Target(BaseModel, frozen=True):
    """What must hold: a figure of one variant is so many times that of another."""

    what: str
    figure: str  # of FIGURES, or AGE
    of: str
    to: str
    least: float
    most: float = inf


class Finding(BaseModel, frozen=True):
    """What was found about a target."""

    target: Target
    ratio: Spread

    @property
    def holds(self) -> bool:
        """By the median of the rounds; of ages, at each share of the drain rate."""
        ratios = (self.ratio.least, self.ratio.most) if self.target.figure == AGE else (self.ratio.median,)
        return all(self.target.least <= ratio <= self.target.most for ratio in ratios)

    def __str__(self) -> str:
        return f"{'holds' if self.holds else 'FAILS'}: {self.target.what}: {shown(self.ratio, '.2f')}"


FIGURES: Mapping[str, Callable[[Figures], float]] = {
    "CPU seconds per million events": lambda figures: figures.cpu,
    "events per second": lambda figures: figures.events_per_second,
}
CPU, RATE = FIGURES
AGE = "age p50"
TARGETS = (
    Target(what="the naive PyFlink job costs at least 3 times as much", figure=CPU, of="naive", to="python-stateless", least=3),
    Target(what="Spark with Python functions costs at least twice as much", figure=CPU, of="spark-python", to="python-stateless", least=2),
    Target(what="Python has at least 0.6 of the rate of built-ins", figure=RATE, of="python-stateless", to="builtins", least=0.6),
    Target(
        what="Python has at least 0.6 of the rate of built-ins, each in two slots",
        figure=RATE,
        of="python-two-slots",
        to="builtins-two-slots",
        least=0.6,
    ),
    Target(what="built-ins have at least 1.5 times the rate of the prototype", figure=RATE, of="builtins", to="prototype", least=1.5),
    Target(
        what="built-ins in two slots have at least 1.5 times the rate of the prototype",
        figure=RATE,
        of="builtins-two-slots",
        to="prototype",
        least=1.5,
    ),
    Target(
        what="on what is shipped, the prototype's work has 1.5 times its rate",
        figure=RATE,
        of="prototype-shipped",
        to="prototype",
        least=1.5,
    ),
    Target(
        what="Spark's rows are as old as ours, within a fifth", figure=AGE, of="spark-python", to="python-stateless", least=0.8, most=1.2
    ),
)


class Results(BaseModel, frozen=True):
    """All runs of one invocation."""

    machine: Mapping[str, str]
    commit: str
    events: int
    warm_up: int
    seed: int
    commit_seconds: float | None = None  # None: as often as each variant does by itself
    intents: Mapping[str, str] = {}  # of each variant
    runs: tuple[Drained, ...] = ()
    fresh: tuple[Fresh, ...] = ()

    @property
    def variants(self) -> list[str]:
        """In the order of their first runs."""
        return list(dict.fromkeys(run.variant for run in self.runs))

    def of(self, variant: str) -> list[Drained]:
        """The runs of a variant, by round."""
        return sorted((run for run in self.runs if run.variant == variant), key=lambda run: run.round)

    def spread(self, variant: str, figure: Callable[[Figures], float]) -> Spread:
        """A figure of a variant over the rounds."""
        return Spread.of([figure(run.figures) for run in self.of(variant)])

    def ratios(self, variant: str, other: str, figure: Callable[[Figures], float]) -> list[float]:
        """A figure of a variant to that of another, in each round that both have run."""
        others = {run.round: run for run in self.of(other)}
        return [figure(run.figures) / figure(others[run.round].figures) for run in self.of(variant) if run.round in others]

    def ratios_of_ages(self, variant: str, other: str) -> list[float]:
        """The age of a variant's rows to that of another's, at each share of their drain rates that both were fed at."""
        others = {fresh.percent: fresh.p50 for fresh in self.fresh if fresh.variant == other}
        return [fresh.p50 / others[fresh.percent] for fresh in self.fresh if fresh.variant == variant and fresh.percent in others]

    def findings(self) -> Iterator[Finding]:
        """About the targets for which there are figures of both variants."""
        for target in TARGETS:
            ratios = self.ratios_of_ages if target.figure == AGE else partial(self.ratios, figure=FIGURES[target.figure])
            if found := ratios(target.of, target.to):
                yield Finding(target=target, ratio=Spread.of(found))

    def table(self) -> Table:
        """Medians with spread, for a person; ratios are to the first variant."""
        first, counted = self.variants[0], f"{self.events - self.warm_up:,} events after {self.warm_up:,} to warm up"
        rounds = max(run.round for run in self.runs)
        table = Table(title=f"{counted}, {rounds} round{'s' * (rounds > 1)}")
        table.add_column("variant", no_wrap=True)
        groups = " + ".join(GROUPS)
        for name in (f"CPU s a million\n{groups}", "ratio", "events/s", "ratio", "memory\nMiB", "written\nB/event", "stored\nB/event"):
            table.add_column(name, justify="right", no_wrap=True)
        for variant in self.variants:
            parts = [self.spread(variant, lambda f, g=group: f.cpu_seconds_per_million[g]).median for group in GROUPS]
            table.add_row(
                variant,
                f"{shown(self.spread(variant, FIGURES[CPU]), '.1f')}\n{' + '.join(f'{part:.1f}' for part in parts)}",
                f"{median(self.ratios(variant, first, FIGURES[CPU])):.2f}",
                shown(self.spread(variant, FIGURES[RATE]), ",.0f"),
                f"{median(self.ratios(variant, first, FIGURES[RATE])):.2f}",
                f"{self.spread(variant, lambda f: f.memory_bytes).median / 2**20:,.0f}",
                f"{self.spread(variant, lambda f: f.written_bytes_per_event).median:,.0f}",
                f"{median(sum(run.stored_bytes.values()) for run in self.of(variant)) / self.events:,.0f}",
            )
        return table

    def ages(self) -> Table:
        """How old events are, by rate, for a person."""
        table = Table("variant", title="Age of an event when all tables hold it")
        for name in ("% of the\ndrain rate", "events/s", "p50 (s)", "p99 (s)", "CPU s\na million"):
            table.add_column(name, justify="right")
        for f in self.fresh:
            row = (f"{f.percent:g}", f"{f.events_per_second:,.0f}", f"{f.p50:.2f}", f"{f.p99:.2f}", f"{f.cpu_seconds_per_million:.1f}")
            table.add_row(f.variant, *row)
        return table


def shown(spread: Spread, form: str) -> str:
    """A median, and in which range the figures lie if there are several."""
    text = format(spread.median, form)
    return text if spread.least == spread.most else f"{text} ({spread.least:{form}} to {spread.most:{form}})"


def machine() -> dict[str, str]:
    """What was measured on."""
    cpu = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "")
    return {
        "cores": str(os.cpu_count()),
        "processor": cpu or platform.processor(),
        "memory_gib": f"{psutil.virtual_memory().total / 2**30:.0f}",
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def commit(root: Path) -> str:
    """The commit that was measured; empty outside git."""
    asked = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=root, capture_output=True, text=True)
    return asked.stdout.strip()
