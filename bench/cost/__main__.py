"""What an event costs: variants of the same work drain the same topic, by turns, and the oracle looks at what they wrote."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bench.cost.campaign import Campaign, home, show
from bench.cost.chart import chart, svg
from bench.cost.report import FIGURES, RATE, TARGETS, Results, commit, machine
from bench.cost.topic import Manifest
from bench.cost.variant import INTERVAL, PAUSE, FlinkVariant, Variant
from bench.cost.variants import VARIANTS, tuned
from bench.runs import run
from feeds.options import stderr
from flink_jobs.errors import nearest, sentence
from flink_jobs.project import Project

OF_TARGETS = [name for name in VARIANTS if any(name in (target.of, target.to) for target in TARGETS)]
OF_COMMITS = (INTERVAL, PAUSE)
WIDTH = 120  # of the table, also where the output is no terminal


def main(
    variants: Annotated[str, typer.Option(help="Which, with commas; the others are compared with the first.")] = ",".join(OF_TARGETS),
    rounds: Annotated[int, typer.Option(min=1, help="How often each runs, by turns.")] = 3,
    events: Annotated[int, typer.Option(min=1000, help="Events, which are made once and kept.")] = 4_000_000,
    warm_up: Annotated[int, typer.Option(min=0, help="Events that do not count: Java compiles meanwhile.")] = 1_000_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same events.")] = 7,
    commit_seconds: Annotated[
        float | None, typer.Option(min=0.1, help="How often all commit.", show_default="as each does by itself")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Where the results go.", show_default=".trunkline/bench-cost/results/")
    ] = None,
    fresh: Annotated[
        str, typer.Option(help="Then feed each at these percentages of its drain rate: how old is an event?", show_default="not measured")
    ] = "",
    options: Annotated[
        list[str] | None, typer.Option("--option", metavar="NAME=VALUE", help="Also the first with this option of Flink; again for others.")
    ] = None,
    properties: Annotated[
        list[str] | None, typer.Option("--property", metavar="NAME=VALUE", help="Also the first with this property of all tables.")
    ] = None,
    profile: Annotated[bool, typer.Option("--profile", help="Record TaskManagers with JFR and Python workers with py-spy.")] = False,
    list_them: Annotated[bool, typer.Option("--list", help="Show the variants, and do nothing.")] = False,
) -> None:
    """Measure CPU seconds per million events, and events a second.

    Example: just bench --variants python-stateless,bronze --events 500000 --warm-up 250000 --rounds 1

    Example: just bench --variants python-stateless,spark-python --fresh 10,50,90

    Example: just bench --variants python-stateless --property write.parquet.compression-level=3
    """
    if list_them:
        Console().print(of_variants())
        return
    if warm_up >= events:
        raise typer.BadParameter("it must be less than --events", param_hint="--warm-up")
    if json_file and not json_file.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {json_file.parent}", param_hint="--json")
    chosen, percents = choose(variants), shares(fresh)
    if commit_seconds:
        refuse_own_intervals(chosen, options or ())
    chosen += tune(chosen[0], options or (), properties or ())
    empty = Results(
        machine=machine(),
        commit=commit(Project.find().root),
        events=events,
        warm_up=warm_up,
        seed=seed,
        commit_seconds=commit_seconds,
        intents={variant.name: variant.intent for variant in chosen},
    )
    with home(Project.find()) as at:
        campaign = at.campaign(Manifest(seed=seed, events=events), warm_up, commit_seconds, profile=profile)
        for found in measured(campaign, empty, chosen, rounds, percents):
            (json_file or at.results / "results.json").write_text(found.model_dump_json(indent=1) + "\n")
    (at.results / "results.svg").write_text(svg(chart(found)))
    tell(found, at.results)


def measured(campaign: Campaign, found: Results, chosen: Sequence[Variant], rounds: int, percents: Sequence[float]) -> Iterator[Results]:
    """Runs the variants by turns, then at percentages of their drain rates; what is found so far, after each run."""
    console = stderr()
    for number, turn in product(range(1, rounds + 1), range(len(chosen))):
        variant = chosen[(number - 1 + turn) % len(chosen)]  # each follows another one in each round
        title = f"{number}/{rounds} {variant.name}"
        with console.status(f"{title} starts") as status:
            drained = campaign.drain(variant, number, partial(show, status, title, found.events))
        console.print(f"{title}: {drained.figures.cpu:.1f} CPU s a million events, the oracle agrees")
        found = found.model_copy(update={"runs": (*found.runs, drained)})
        yield found
    for variant in chosen if percents else ():
        rate = found.spread(variant.name, FIGURES[RATE]).median
        with console.status(f"{variant.name}: how old an event is"):
            fresh = campaign.fresh(variant, rate, percents)
        found = found.model_copy(update={"fresh": (*found.fresh, *fresh)})
        yield found


def choose(names: str) -> list[Variant]:
    """The variants of a list with commas, each once; anything else is wrong use."""
    chosen = list(dict.fromkeys(name.strip() for name in names.split(",")))
    for name in chosen:
        if name not in VARIANTS:
            raise typer.BadParameter(sentence(f"there is no variant {name!r}", nearest(name, VARIANTS)), param_hint="--variants")
    return [VARIANTS[name] for name in chosen]


def shares(percents: str) -> list[float]:
    """The numbers of a list with commas; any that is no share of a rate in percent is wrong use."""
    try:
        found = [float(percent) for percent in percents.split(",") if percent]
    except ValueError:
        found = [0.0]
    if not all(0 < percent <= 100 for percent in found):  # NaN too
        raise typer.BadParameter(f"{percents!r} is not written as 10,50,90", param_hint="--fresh")
    return found


def refuse_own_intervals(chosen: Sequence[Variant], options: Sequence[str]) -> None:
    """A variant whose program, or an option that says how often it commits would not do so as often as the others."""
    if any(option.partition("=")[0] in OF_COMMITS for option in options):
        raise typer.BadParameter("it and --option both say how often a variant commits", param_hint="--commit-seconds")
    for variant in chosen:
        if isinstance(variant, FlinkVariant) and variant.settles(INTERVAL):
            raise typer.BadParameter(f"the program of {variant.name} says how often it commits", param_hint="--commit-seconds")


def tune(variant: Variant, options: Sequence[str], properties: Sequence[str]) -> list[Variant]:
    """The variant with each of the options, then with each of the properties; anything that is not `name=value` is wrong use."""
    for given in (*options, *properties):
        if not re.fullmatch(r"[\w.-]+=[^'\n]+", given):
            raise typer.BadParameter(f"{given!r} is not written NAME=VALUE")
        if not isinstance(variant, FlinkVariant):
            raise typer.BadParameter(f"{variant.name} is not on Flink; name another variant first", param_hint="--variants")
        if variant.settles(given.partition("=")[0], of_tables=given in properties):
            raise typer.BadParameter(f"{given!r} would change nothing: {variant.name} or the settings of this machine say what it is")
    return [*tuned(variant, "options", options), *tuned(variant, "properties", properties)]


def of_variants() -> Table:
    """Each variant and its intent."""
    table = Table("variant", "intent", box=None)
    for variant in VARIANTS.values():
        table.add_row(variant.name, variant.intent)
    return table


def tell(found: Results, results: Path) -> None:
    """The results for a person, and where they are."""
    console = Console(width=max(Console().width, WIDTH))
    console.print(found.table())
    if found.fresh:
        console.print(found.ages())
    for finding in found.findings():
        console.print(str(finding))
    for file in sorted(results.iterdir()):
        console.print(str(file), soft_wrap=True, highlight=False)


if __name__ == "__main__":
    run(main)
