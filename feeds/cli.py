"""`trunkline feed ...`: what fills Kafka."""

import json
import random
import time
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Protocol

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TimeElapsedColumn
from rich.text import Text

from feeds.kafka import Sender
from feeds.pacing import Sent, bursts, interruptible, send
from feeds.records import Record
from feeds.telecom.simulation import TOPICS, simulate
from flink_jobs.errors import nearest, sentence
from flink_jobs.project import Project

app = typer.Typer(no_args_is_help=True)

Rate = Annotated[float, typer.Option(min=0, help="Events a second; 0 is as fast as possible.")]
Bad = Annotated[float, typer.Option(min=0, max=1, help="Share of bad records: of every kind that a rule rejects.")]
Duplicates = Annotated[float, typer.Option(min=0, max=1, help="Share of good events sent again, unchanged, at once or a while later.")]
Late = Annotated[float, typer.Option(min=0, max=1, help="Share of events that are hours or days old.")]
Seed = Annotated[int | None, typer.Option(help="The same seed makes the same events, ids included.", show_default="a new one")]
Count = Annotated[int | None, typer.Option(min=1, help="Events to send, repeated ones included.", show_default="until Ctrl-C")]
Bootstrap = Annotated[str | None, typer.Option(help="Kafka's address, host:port.", show_default="the project's Kafka")]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Write to stdout instead of to Kafka: topic, key and value as they are, between tabs, a line each."),
]
Json = Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")]


@app.callback(epilog="Example: trunkline feed telecom --rate 1000")
def feed() -> None:
    """Fill Kafka with events, until Ctrl-C."""


def _topics(text: str) -> list[str]:
    """The topics of a list with commas, each once; anything else is wrong use."""
    names = list(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in names:
        if name not in TOPICS:
            what = f"{name!r} is no topic of this feed, which are {', '.join(TOPICS)}"
            raise typer.BadParameter(sentence(what, nearest(name, TOPICS)), param_hint="--only")
    return names


@app.command(epilog="Example: trunkline feed telecom --rate 1000 --bad 0.02 --duplicates 0.01 --late 0.01 --count 60000")
def telecom(
    rate: Rate = 1000,
    bad: Bad = 0.02,
    duplicates: Duplicates = 0.0,
    late: Late = 0.0,
    seed: Seed = None,
    count: Count = None,
    only: Annotated[
        str, typer.Option(help="Topics to send to, with commas; they get the records that they get among all.", show_default="all")
    ] = ",".join(TOPICS),
    bootstrap: Bootstrap = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Simulate a mobile network: calls, sms, payment, recharge, support, and the users, devices, cell_sites and agents that they are about.

    20,000 subscribers in 13 cities call and write to their friends, pay, and complain. Every run begins with the same people and places.

    Rate and count are those of events. Members go first, but for a few that are never sent, and some change while events flow.
    """
    seed = random.randrange(2**32) if seed is None else seed  # noqa: S311
    topics = _topics(only)
    target = _Lines() if dry_run else Sender(bootstrap or Project.find().variables["KAFKA_BOOTSTRAP_SERVERS"], topics)
    steps = islice(simulate(seed, bad, duplicates, late, topics), count)
    started = time.monotonic()
    sent = _run(steps, target, rate, count, hidden=dry_run)
    _report(sent, time.monotonic() - started, str(target), seed, as_json, err=dry_run)


class _Target(Protocol):
    def send(self, record: Record) -> None: ...

    def flush(self) -> None: ...


class _Lines:
    """A dry run: topic, key and value on stdout, as Kafka's own console tools write and read them."""

    def __init__(self) -> None:
        self._stdout = typer.get_binary_stream("stdout")

    def __str__(self) -> str:
        return "stdout"

    def send(self, record: Record) -> None:
        self._stdout.write(b"\t".join((record.topic.encode(), record.key, record.value or b"")) + b"\n")
        self._stdout.flush()

    def flush(self) -> None:
        self._stdout.flush()


class _Numbers(ProgressColumn):
    """Events sent, how many of how many; their rate over the last seconds; the bad share of all records."""

    def render(self, task: Task) -> Text:
        of = f" of {task.total:,.0f}" if task.total else ""
        return Text(f"{task.completed:,.0f}{of} sent   {task.speed or 0:,.0f}/s   {task.fields['bad']:.1%} bad")


def _run(steps: Iterator[list[Record]], target: _Target, rate: float, total: int | None, hidden: bool) -> Sent:
    """Take all steps at the rate, until Ctrl-C, with a progress display on a terminal."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), *([BarColumn()] if total else []), _Numbers(), TimeElapsedColumn())
    shown = Progress(
        *columns, console=console, transient=True, refresh_per_second=5, speed_estimate_period=3, disable=hidden or not console.is_terminal
    )
    sent = Sent()
    with interruptible() as stopped, shown:
        task = shown.add_task("", total=total, bad=0)
        for sent in send(steps, target.send, bursts(rate, stopped)):
            shown.update(task, completed=sent.steps, bad=sent.bad_share)
        target.flush()
    return sent


def _report(sent: Sent, seconds: float, target: str, seed: int, as_json: bool, err: bool) -> None:
    """The summary: as JSON on stdout, unless `err` says that events are there, or as a sentence on stderr."""
    speed, records = sent.steps / seconds, sent.records.total()
    if as_json:
        summary = {"target": target, "seed": seed, "events": sent.steps, "records": records, "seconds": round(seconds, 3)}
        summary |= {"rate": round(speed, 1), "bad_share": round(sent.bad_share, 4)}
        summary |= {"records_by_topic": dict(sent.records.most_common()), "bad_by_reason": dict(sent.bad.most_common())}
        typer.echo(json.dumps(summary), err=err)
    else:
        pace = f"in {seconds:,.1f} s: {sent.steps:,} events ({speed:,.0f}/s), {sent.bad_share:.1%} bad"
        typer.echo(f"Sent {records:,} records to {target} {pace}; --seed {seed} makes the same ones.", err=True)
