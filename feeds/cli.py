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

from feeds.kafka import Topic
from feeds.pacing import Sent, bursts, interruptible, send
from feeds.records import Record
from feeds.telecom.calls import calls
from flink_jobs.project import Project

app = typer.Typer(no_args_is_help=True)

Rate = Annotated[float, typer.Option(min=0, help="Events a second; 0 is as fast as possible.")]
Bad = Annotated[float, typer.Option(min=0, max=1, help="Share of bad events: of every kind that a rule rejects.")]
Seed = Annotated[int | None, typer.Option(help="The same seed makes the same events, ids included.", show_default="a new one")]
Count = Annotated[int | None, typer.Option(min=1, help="Events to send.", show_default="until Ctrl-C")]
Bootstrap = Annotated[str | None, typer.Option(help="Kafka's address, host:port.", show_default="the project's Kafka")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Write the values to stdout, one a line, instead of to Kafka.")]
Json = Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")]


@app.callback(epilog="Example: trunkline feed telecom --rate 1000")
def feed() -> None:
    """Fill Kafka with events, until Ctrl-C."""


@app.command(epilog="Example: trunkline feed telecom --rate 1000 --bad 0.02 --count 60000")
def telecom(
    rate: Rate = 1000,
    bad: Bad = 0.02,
    seed: Seed = None,
    count: Count = None,
    topic: Annotated[str, typer.Option(help="Kafka topic; `trunkline deploy` makes it.")] = "calls",
    bootstrap: Bootstrap = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Simulate the phone calls of a mobile network.

    20,000 subscribers in 13 cities call their friends, mostly near ones; people, phones and cell sites are the same in every run.

    The hour of the day decides where people are, how long they talk and how many do not answer.
    """
    seed = random.randrange(2**32) if seed is None else seed  # noqa: S311
    target = _Lines() if dry_run else Topic(topic, bootstrap or Project.find().variables["KAFKA_BOOTSTRAP_SERVERS"])
    records = islice(calls(seed, bad), count)
    started = time.monotonic()
    sent = _run(records, target, rate, count, hidden=dry_run)
    _report(sent, time.monotonic() - started, str(target), seed, as_json, err=dry_run)


class _Target(Protocol):
    def send(self, record: Record) -> None: ...

    def flush(self) -> None: ...


class _Lines:
    """A dry run: values on stdout as they are, one a line."""

    def __init__(self) -> None:
        self._stdout = typer.get_binary_stream("stdout")

    def __str__(self) -> str:
        return "stdout"

    def send(self, record: Record) -> None:
        self._stdout.write((record.value or b"") + b"\n")
        self._stdout.flush()

    def flush(self) -> None:
        self._stdout.flush()


class _Numbers(ProgressColumn):
    """Records sent, how many of how many; their rate over the last seconds; the bad share."""

    def render(self, task: Task) -> Text:
        of = f" of {task.total:,.0f}" if task.total else ""
        bad = task.fields["bad"] / max(1, task.completed)
        return Text(f"{task.completed:,.0f}{of} sent   {task.speed or 0:,.0f}/s   {bad:.1%} bad")


def _run(records: Iterator[Record], target: _Target, rate: float, total: int | None, hidden: bool) -> Sent:
    """Send all records at the rate, until Ctrl-C, with a progress display on a terminal."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), *([BarColumn()] if total else []), _Numbers(), TimeElapsedColumn())
    shown = Progress(
        *columns, console=console, transient=True, refresh_per_second=5, speed_estimate_period=3, disable=hidden or not console.is_terminal
    )
    sent = Sent()
    with interruptible() as stopped, shown:
        task = shown.add_task("", total=total, bad=0)
        for sent in send(records, target.send, bursts(rate, stopped)):
            shown.update(task, completed=sent.records, bad=sent.bad.total())
        target.flush()
    return sent


def _report(sent: Sent, seconds: float, target: str, seed: int, as_json: bool, err: bool) -> None:
    """The summary: as JSON on stdout, unless `err` says that events are there, or as a sentence on stderr."""
    speed, share = sent.records / seconds, sent.bad.total() / max(1, sent.records)
    if as_json:
        summary = {"target": target, "seed": seed, "records": sent.records, "seconds": round(seconds, 3), "rate": round(speed, 1)}
        typer.echo(json.dumps(summary | {"bad_share": round(share, 4), "bad_by_reason": dict(sent.bad.most_common())}), err=err)
    else:
        pace = f"in {seconds:,.1f} s ({speed:,.0f}/s), {share:.1%} bad"
        typer.echo(f"Sent {sent.records:,} records to {target} {pace}; --seed {seed} makes the same ones.", err=True)
