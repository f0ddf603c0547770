"""`trunkline status`: the monitor's look, as a person or a program reads it."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flink_jobs.environment import LOCAL
from flink_jobs.options import EnvironmentName
from flink_jobs.project import Project

if TYPE_CHECKING:
    from flink_jobs.monitor import Status

LATE = timedelta(seconds=10)
LOOK_EVERY_SECONDS = 1.0
HEALTHY = {"RUNNING", "FINISHED"}


def status(
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Look again every second, until Ctrl-C.")] = False,
    environment: EnvironmentName = LOCAL,
) -> None:
    """Show processes, jobs, tables and how far behind Kafka they are. Exit code 1 when something is down."""
    from flink_jobs.monitor import Monitor

    if as_json and watch:
        raise typer.BadParameter("give either --json or --watch")
    monitor = Monitor(Project.find(), environment)
    if watch:
        follow(monitor.look)
        return
    look = monitor.look()
    if as_json:
        print(look.model_dump_json(indent=1))
    else:
        Console().print(render(look))
    raise typer.Exit(1 if look.problems else 0)


def follow(look: Callable[[], "Status"]) -> None:
    """Shows look after look on the whole terminal until Ctrl-C."""
    with Live(screen=True, auto_refresh=False) as live:
        try:
            while True:
                live.update(render(look()), refresh=True)
                time.sleep(LOOK_EVERY_SECONDS)
        except KeyboardInterrupt:
            return


def render(status: "Status") -> RenderableType:
    """The look as tables. Green is fine, yellow is late or lagging, red is down."""
    parts: list[RenderableType] = []
    if status.processes:
        parts.append(_processes(status))
    if status.jobs:
        parts.append(_jobs(status))
    parts.append(_tables(status) if status.tables else Text("no table is stored yet", "dim"))
    if status.topics:
        parts.append(_topics(status))
    if status.served:
        parts.append(_served(status))
    parts += [Text(problem, "red") for problem in status.problems]
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts))


def _processes(status: "Status") -> Table:
    table = _table("process", "", "pid>", "memory>", "since>")
    for process in status.processes:
        state = Text("up", "green") if process.running else Text("down", "red")
        memory = f"{process.memory / 2**20:,.0f} MiB" if process.memory else ""
        table.add_row(process.name, state, str(process.pid or ""), memory, ago(status.at, process.since))
    return table


def _jobs(status: "Status") -> Table:
    table = _table("job", "", "since>", "restarts>", "checkpoint>")
    for job in status.jobs:
        colour = "green" if job.state in HEALTHY else "red" if job.is_down else "yellow"
        restarts = Text(str(job.restarts), "yellow" if job.restarts else "") if job.restarts is not None else ""
        table.add_row(job.name, Text(job.state, colour), ago(status.at, job.since), restarts, ago(status.at, job.checkpoint_at))
    return table


def _tables(status: "Status") -> Table:
    table = _table("table", "rows>", "newest row>", "last commit>", "rejected>")
    for stored in status.tables:
        newest = Text(ago(status.at, stored.newest_at), "yellow" if _is_late(status, stored.newest_at) else "green")
        rejected = f"{stored.rejected / stored.rows:.2%}" if stored.rejected is not None and stored.rows else ""
        table.add_row(stored.name, f"{stored.rows:,}", newest, ago(status.at, stored.committed_at), rejected)
    return table


def _topics(status: "Status") -> Table:
    table = _table("topic", "behind>", "in")
    newest = {stored.name: stored.newest_at for stored in status.tables}
    for topic in status.topics:
        if topic.behind is None:
            behind = Text("not in Kafka", "red")
        else:
            behind = Text(f"{topic.behind:,}", "yellow" if topic.behind and _is_late(status, newest[topic.table]) else "green")
        table.add_row(topic.name, behind, topic.table)
    return table


def _served(status: "Status") -> Table:
    table = _table("PostgreSQL", "behind>", "newest commit>")
    for served in status.served:
        colour = "yellow" if served.behind_seconds > LATE.total_seconds() else "green"
        table.add_row(served.domain, Text(f"{served.behind_seconds:.1f} s", colour), ago(status.at, served.reached_at))
    return table


def _table(*headings: str) -> Table:
    """A table with these headings, those that end in `>` over numbers."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading in headings:
        table.add_column(heading.removesuffix(">"), justify="right" if heading.endswith(">") else "left")
    return table


def _is_late(status: "Status", moment: datetime | None) -> bool:
    return moment is None or status.at - moment > LATE


def ago(now: datetime, then: datetime | None) -> str:
    """How long ago, in the largest unit that fits."""
    if then is None:
        return ""
    seconds = max((now - then).total_seconds(), 0)
    if seconds < 10:
        return f"{seconds:.1f} s ago"
    for unit, size, limit in (("s", 1, 120), ("min", 60, 120 * 60), ("h", 3600, 48 * 3600)):
        if seconds < limit:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{seconds / 86400:.0f} d ago"
