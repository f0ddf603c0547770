"""`trunkline feed telecom`: a simulated mobile network, for as long as one likes."""

import json
import random
import time
from collections.abc import Iterator
from itertools import islice
from typing import Annotated

import typer
from rich.progress import BarColumn, ProgressColumn, SpinnerColumn, Task, TimeElapsedColumn
from rich.text import Text

from feeds.kafka import Sender
from feeds.options import Bootstrap, DryRun, Json, Lines, Target, kafka_options, progress
from feeds.pacing import Sent, bursts, interruptible, send
from feeds.records import Record
from feeds.telecom.simulation import TOPICS, simulate
from flink_jobs.environment import LOCAL
from flink_jobs.errors import nearest, sentence
from flink_jobs.options import EnvironmentName

Rate = Annotated[float, typer.Option(min=0, help="Events a second; 0 is as fast as possible.")]
Bad = Annotated[float, typer.Option(min=0, max=1, help="Share of bad records: of every kind that a rule rejects.")]
Duplicates = Annotated[float, typer.Option(min=0, max=1, help="Share of good events sent again, unchanged, at once or a while later.")]
Late = Annotated[float, typer.Option(min=0, max=1, help="Share of events that are hours or days old.")]
Seed = Annotated[int | None, typer.Option(help="The same seed makes the same events, ids included.", show_default="a new one")]
Count = Annotated[int | None, typer.Option(min=1, help="Events to send, repeated ones included.", show_default="until Ctrl-C")]


def _topics(text: str) -> list[str]:
    """The topics of a list with commas, each once; anything else is wrong use."""
    names = list(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in names:
        if name not in TOPICS:
            what = f"{name!r} is no topic of this feed, which are {', '.join(TOPICS)}"
            raise typer.BadParameter(sentence(what, nearest(name, TOPICS)), param_hint="--only")
    return names


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
    environment: EnvironmentName = LOCAL,
) -> None:
    """Simulate a mobile network: calls, sms, payment, recharge, support, and the users, devices, cell_sites and agents that they are about.

    20,000 subscribers in 13 cities call and write to their friends, pay, and complain. Every run begins with the same people and places.

    Rate and count are those of events. Members go first, but for a few that are never sent, and some change while events flow.
    """
    seed = random.randrange(2**32) if seed is None else seed  # noqa: S311
    topics = _topics(only)
    target = Lines() if dry_run else Sender(kafka_options(bootstrap, environment), topics)
    steps = islice(simulate(seed, bad, duplicates, late, topics), count)
    started = time.monotonic()
    sent = _run(steps, target, rate, count, hidden=dry_run)
    _report(sent, time.monotonic() - started, str(target), seed, as_json, err=dry_run)


class _Numbers(ProgressColumn):
    """Events sent, how many of how many; their rate over the last seconds; the bad share of all records."""

    def render(self, task: Task) -> Text:
        of = f" of {task.total:,.0f}" if task.total else ""
        return Text(f"{task.completed:,.0f}{of} sent   {task.speed or 0:,.0f}/s   {task.fields['bad']:.1%} bad")


def _run(steps: Iterator[list[Record]], target: Target, rate: float, total: int | None, hidden: bool) -> Sent:
    """Take all steps at the rate, until Ctrl-C, with a progress display on a terminal."""
    columns = (SpinnerColumn(), *([BarColumn()] if total else []), _Numbers(), TimeElapsedColumn())
    sent = Sent()
    with interruptible() as stopped, progress(*columns, hidden=hidden) as shown:
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
