"""How the cost of an event grows: with streams, members, the rate, the size of an event, the age of tables, parallelism; a picture each.

Everything else is as in `python -m bench.cost`: clusters of their own, the same looks at processes, the same oracle.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import product
from pathlib import Path
from typing import Annotated

import altair as alt
import typer
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from bench.aged import Aged
from bench.cost.campaign import Campaign, Home, home, show
from bench.cost.chart import plain, svg
from bench.cost.measure import Figures
from bench.cost.oracle import Expectation
from bench.cost.report import CPU, FIGURES, RATE, Finding, Spread, Target, commit, machine, shown
from bench.cost.topic import Manifest
from bench.cost.variant import LAYERS, SHIPPED_ROOT, FlinkVariant, Variant, copy
from bench.runs import run
from feeds.options import stderr
from feeds.telecom.simulation import MIX
from flink_jobs.project import Project

SHARES = {stream.topic: share / 100 for stream, _, share in MIX}
MEMBERS = {stream: f"gold/{'call' if stream == 'calls' else stream}_members" for stream in SHARES}
INSERT = re.compile(r"^  INSERT INTO telecom\.\w+\.(?:fact_)?(\w+?)(_members)? SELECT .*\n", re.MULTILINE)
SIZES = (0, 1024, 2048, 4096)  # bytes; 0 is as they are, 399 on average
MANY = (20_000, 200_000, 1_000_000)  # members who call each other
AGES = (1_000, 10_000, 80_000)  # commits
SLOTS = (1, 2, 4)
PERCENTS = (10, 30, 50, 70, 90)  # of the drain rate
TOGETHER = Target(what="all streams have at least 0.6 of the rate of calls alone", figure=RATE, of="all", to="calls", least=0.6)
AXES = {
    "streams": "streams",
    "rate": "events per second",
    "size": "bytes of an event",
    "members": "members",
    "age": "commits before",
    "parallelism": "parallelism",
}


class Point(BaseModel, frozen=True):
    """What was found at one place of the axis, each round."""

    x: float
    cpu_seconds_per_million: Spread
    events_per_second: Spread
    rates: tuple[float, ...] = ()  # of each round
    p50: float | None = None  # ages in seconds, where events came at a rate
    p99: float | None = None


class Growth(BaseModel, frozen=True):
    """The points of one axis."""

    by: str
    machine: Mapping[str, str]
    commit: str
    events: int
    warm_up: int
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Together:
    """What is expected of several streams, as of one: a layer's name is preceded by its stream's."""

    parts: Mapping[str, Expectation]

    @cached_property
    def rows(self) -> dict[str, int]:
        """Of each layer; `bronze` is the events of all streams."""
        each = {f"{stream}.{layer}": part.rows[layer] for stream, part in self.parts.items() for layer in LAYERS}
        return each | {"bronze": sum(part.rows["bronze"] for part in self.parts.values())}

    def verify(self, tables: Mapping[str, Sequence[Path]], *_: object) -> None:
        """Each stream's tables."""
        for stream, part in self.parts.items():
            part.verify({layer: tables[f"{stream}.{layer}"] for layer in LAYERS}, {})


@dataclass
class Streams(FlinkVariant):
    """The shipped jobs, less the streams that are not named here. Tables of members are written too, but not looked at."""

    streams: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.layers = [f"{stream}.{layer}" for stream in self.streams for layer in LAYERS]

    def table(self, layer: str) -> str:
        """The three-word name of a layer's table."""
        stream, layer = layer.split(".")
        return f"telecom.{layer}.{'fact_' * (layer == 'gold')}{stream}"

    def lay_out(self) -> None:
        """Writes the project."""
        super().lay_out()
        for stream in self.streams:
            copy(f"sql/telecom/{MEMBERS[stream]}.sql", self.run.folder)
            if stream != "calls":  # which is there
                for file in (*(f"{room}/{stream}" for room in ("sources", "bronze", "silver")), f"gold/fact_{stream}"):
                    copy(f"sql/telecom/{file}.sql", self.run.folder)

    def jobs(self) -> Mapping[str, str]:
        """The shipped job files with the INSERTs of these streams, those that have any."""
        shipped = {name: (SHIPPED_ROOT / f"sql/telecom/jobs/{name}.sql").read_text() for name in ("usage", "customers")}
        kept = {name: INSERT.sub(self._kept, text) for name, text in shipped.items()}
        return {name: text for name, text in kept.items() if INSERT.search(text)}

    def _kept(self, insert: re.Match[str]) -> str:
        """An INSERT, or nothing if it is of another stream."""
        stream = "calls" if insert[1] == "call" else insert[1]
        return insert[0] if stream in self.streams else ""

    def committed(self) -> int:
        """Over all streams."""
        return sum(self._committed(stream) for stream in self.streams)

    def _committed(self, stream: str) -> int:
        layers = [f"{stream}.{layer}" for layer in LAYERS]
        return min(self.stored(layer) * self.run.rows[layers[0]] // self.run.rows[layer] for layer in layers)


def together(campaigns: Mapping[str, Campaign], name: str) -> tuple[Campaign, Variant]:
    """The campaigns of some streams, calls among them, as one, and the variant that it measures."""
    recordings = [recording for campaign in campaigns.values() for recording in campaign.recordings]
    expected = Together({stream: campaign.expected for stream, campaign in campaigns.items()})
    return replace(campaigns["calls"], recordings=recordings, expected=expected), Streams(name, "", streams=list(campaigns))


@dataclass(frozen=True)
class Bench:
    """What the axes share."""

    home: Home
    seed: int
    events: int
    warm_up: int

    def campaign(self, **options: object) -> Campaign:
        """On these events, or with some that a manifest has else."""
        return self.home.campaign(Manifest(**{"seed": self.seed, "events": self.events} | options), self.warm_up)

    def streams(self) -> Iterator[tuple[float, Campaign, Variant]]:
        """As many of each stream as its share of all events."""
        campaigns = {stream: self.campaign(events=round(self.events * share), stream=stream) for stream, share in SHARES.items()}
        for count in range(1, len(campaigns) + 1):
            chosen = dict(list(campaigns.items())[:count])
            campaign, variant = together(chosen, f"streams-{count}")
            yield count, replace(campaign, warm_up=round(self.warm_up * sum(SHARES[stream] for stream in chosen))), variant

    def size(self) -> Iterator[tuple[float, Campaign, Variant]]:
        """Calls with one more field."""
        for size in SIZES:
            campaign = self.campaign(size=size)
            yield campaign.expected.mean_bytes, campaign, FlinkVariant(f"size-{size}", "")

    def members(self) -> Iterator[tuple[float, Campaign, Variant]]:
        """Calls, as shipped: the job remembers ids, and which members it has seen."""
        for count in MANY:
            yield count, *together({"calls": self.campaign(members=count)}, f"members-{count}")

    def age(self) -> Iterator[tuple[float, Campaign, Variant]]:
        """Calls, in tables that had so many commits before."""
        campaign = self.campaign()
        for commits in AGES:
            yield commits, campaign, Aged(f"age-{commits}", "", commits=commits)

    def parallelism(self) -> Iterator[tuple[float, Campaign, Variant]]:
        """Calls, in so many slots of one TaskManager."""
        campaign = self.campaign()
        for slots in SLOTS:
            yield slots, campaign, FlinkVariant(f"parallelism-{slots}", "", options={"parallelism.default": str(slots)})


def main(
    by: Annotated[str, typer.Option(help=f"One of {', '.join(AXES)}.")],
    rounds: Annotated[int, typer.Option(min=1, help="How often each point is measured, by turns; by rate, once.")] = 3,
    events: Annotated[int, typer.Option(min=1000, help="Events; of all together, for streams.")] = 4_000_000,
    warm_up: Annotated[int, typer.Option(min=0, help="Events that do not count.")] = 1_000_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same events.")] = 7,
) -> None:
    """Measure along an axis: events a second, and CPU seconds per million events.

    Example: just bench-growth --by streams --rounds 1
    """
    if by not in AXES:
        raise typer.BadParameter(f"it must be one of {', '.join(AXES)}", param_hint="--by")
    here = Project.find()
    with home(here, f"-{by}") as at:
        bench = Bench(at, seed, events, warm_up)
        points = tuple(by_rate(bench) if by == "rate" else drained(list(getattr(bench, by)()), rounds))
    growth = Growth(by=by, machine=machine(), commit=commit(here.root), events=events, warm_up=warm_up, points=points)
    (at.results / "results.json").write_text(growth.model_dump_json(indent=1) + "\n")
    (at.results / "results.svg").write_text(svg(chart(growth)))
    Console().print(as_table(growth))
    if by == "streams":
        ratios = [last / first for first, last in zip(growth.points[0].rates, growth.points[-1].rates, strict=True)]
        Console().print(str(Finding(target=TOGETHER, ratio=Spread.of(ratios))))
    for file in sorted(at.results.iterdir()):
        Console().print(str(file), soft_wrap=True, highlight=False)


def drained(places: Sequence[tuple[float, Campaign, Variant]], rounds: int) -> Iterator[Point]:
    """Measures each place, by turns."""
    figures: list[list[Figures]] = [[] for _ in places]
    console = stderr()
    for number, turn in product(range(1, rounds + 1), range(len(places))):
        place = (number - 1 + turn) % len(places)  # each follows another one in each round
        _, campaign, variant = places[place]
        title = f"{number}/{rounds} {variant.name}"
        with console.status(f"{title} starts") as status:
            found = campaign.drain(variant, number, partial(show, status, title, campaign.expected.rows["bronze"])).figures
        console.print(f"{title}: {found.cpu:.1f} CPU s a million events, {found.events_per_second:,.0f} a second, the oracle agrees")
        figures[place].append(found)
    for found, (x, *_) in zip(figures, places, strict=True):
        cpu, rate = (Spread.of([FIGURES[name](each) for each in found]) for name in (CPU, RATE))
        rates = tuple(each.events_per_second for each in found)
        yield Point(x=x, cpu_seconds_per_million=cpu, events_per_second=rate, rates=rates)


def by_rate(bench: Bench) -> Iterator[Point]:
    """Measures the drain rate once, then events that come at shares of it."""
    ((_, campaign, variant), *_) = bench.parallelism()
    with stderr().status("the drain rate") as status:
        rate = campaign.drain(variant, 1, partial(show, status, "the drain rate", bench.events)).figures.events_per_second
        for fresh in campaign.fresh(variant, rate, PERCENTS):
            cpu, events = (Spread.of([figure]) for figure in (fresh.cpu_seconds_per_million, fresh.events_per_second))
            yield Point(x=fresh.events_per_second, cpu_seconds_per_million=cpu, events_per_second=events, p50=fresh.p50, p99=fresh.p99)


def as_table(growth: Growth) -> Table:
    """The points for a person."""
    table = Table(AXES[growth.by], "CPU s a million", "events/s", "p50 (s)", "p99 (s)", title=f"{growth.events - growth.warm_up:,} events")
    for point in growth.points:
        ages = ("" if age is None else f"{age:.2f}" for age in (point.p50, point.p99))
        table.add_row(f"{point.x:,.0f}", shown(point.cpu_seconds_per_million, ".1f"), shown(point.events_per_second, ",.0f"), *ages)
    return table


def chart(growth: Growth) -> alt.HConcatChart:
    """Medians: what an event costs, and how many a second there are or, where they came at a rate, how old they are."""
    rows = [
        {"x": p.x, CPU: p.cpu_seconds_per_million.median, RATE: p.events_per_second.median, "age in seconds (p50)": p.p50}
        for p in growth.points
    ]
    data = alt.Data(values=rows)

    def line(name: str) -> alt.Chart:
        x = alt.X("x:Q", title=AXES[growth.by], axis=alt.Axis(format="~s", tickMinStep=1))
        y = alt.Y(f"{name}:Q", title=name, scale=alt.Scale(zero=True), axis=alt.Axis(titlePadding=16))
        return alt.Chart(data, width=280, height=200).mark_line(point=True, color="#3b82c4").encode(x=x, y=y)

    return plain(line(CPU) | line("age in seconds (p50)" if growth.by == "rate" else RATE))


if __name__ == "__main__":
    run(main)
