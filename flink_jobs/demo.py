"""`trunkline demo`: everything once, from nothing to an answer, on this machine."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import duckdb
from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table

from flink_jobs.check import check
from flink_jobs.deploy import Deployer, Step
from flink_jobs.domains import LAYERS
from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake
from flink_jobs.local import flink, stack
from flink_jobs.planner import start_jvm
from flink_jobs.project import Project
from flink_jobs.reader import Reader
from flink_jobs.results import Format, write
from flink_jobs.snapshots import StoredTable
from flink_jobs.topics import Topics

PATIENCE_SECONDS = 240
REFRESH_SECONDS = 2  # each looks into every table
REASONS_SHOWN = 6


def demo(project: Project, domain: str, seconds: int, feed_options: Sequence[str], environment: str) -> None:
    """Starts everything, feeds it, shows rows arrive for a while, and asks the question of `sql/<domain>/demo.sql`."""
    console = Console(highlight=False)
    question = project.root / "sql" / domain / "demo.sql"
    if not question.exists():
        raise TrunklineError(f"{project.relative(question)} does not exist", "name a domain that has one")
    started = time.monotonic()
    deployer = Deployer(project, environment)
    steps = deploy(deployer, domain, console)
    lake = deployer.lake
    sent = Sent(deployer, steps)
    with feeding(project, domain, [*feed_options, "--env", environment]) as insist:
        watch(lake, sent, insist, domain, console, seconds, started)
    deployer.finish(steps)
    text = question.read_text()
    console.print(f"\n[bold]{text.splitlines()[0].removeprefix('-- ')}[/]")
    for answer in Reader(lake).results(text):
        write(answer, Format.table, sys.stdout)
    console.print(NEXT.format(feed=f"{domain:7}", domain=f"{domain + '/':17}", dashboard=flink.url(project)))


def deploy(deployer: Deployer, domain: str, console: Console) -> list[Step]:
    """Checks the domain while Kafka and Flink start, then deploys it."""
    project, environment = deployer.project, deployer.environment.name
    start_jvm(project, environment)
    with ThreadPoolExecutor(1) as pool:
        checking = pool.submit(check, project, environment, domain)
        up = stack.up(project, environment=environment)
        console.print(f"[green]started[/] {', '.join(up)}" if up else "Kafka and Flink run already")
        with console.status("checking the SQL with Flink's planner"):
            checked = checking.result()
    with console.status("deploying the jobs"):
        steps = deployer.deploy(checked)
    for what in deployer.begun_anew.values():
        console.print(what, style="yellow", markup=False)
    console.print(f"[green]running[/] {', '.join(step.job for step in steps)}  {flink.url(project)}")
    return steps


class Sent:
    """How many records are in the topics that the jobs read."""

    def __init__(self, deployer: Deployer, steps: list[Step]) -> None:
        self.topics = Topics(deployer.environment.kafka)
        self.names = sorted({topic for step in steps for topic in step.release.sources.values()})

    def count(self) -> dict[str, int]:
        """Records by topic, those that Kafka has dropped by age counted too."""
        return {name: sum(self.topics.bounds(name).values()) for name in self.names}


@contextmanager
def feeding(project: Project, domain: str, options: Sequence[str]) -> Iterator[Callable[[], None]]:
    """Runs the domain's feed meanwhile; the function raises a TrunklineError once it has failed."""
    log = project.logs / "feed.log"
    command = [sys.executable, "-m", "flink_jobs", "feed", domain, *options]
    with log.open("w") as output:
        feed = subprocess.Popen(command, cwd=project.root, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)

    def insist() -> None:
        if feed.poll():
            said = log.read_text().splitlines()[-1:] or [f"exit code {feed.returncode}"]
            raise TrunklineError(f"the feed has failed: {said[0]}", f"see {project.relative(log)}")

    try:
        yield insist
    finally:
        feed.send_signal(signal.SIGINT)
        feed.wait()


def watch(lake: Lake, sent: Sent, insist: Callable[[], None], domain: str, console: Console, seconds: int, started: float) -> None:
    """Shows rows arrive, for so many seconds from the first gold row on, while the feed runs."""
    first: float | None = None
    with Live(console=console, auto_refresh=False) as live:
        while first is None or time.monotonic() - first < seconds:
            insist()
            with suppress(duckdb.IOException):  # a snapshot that expired while it was read
                tables = [t for t in lake.tables() if t.catalog == domain and "kafka_timestamp" in t.columns]
                if first is None and any(table.database == "gold" and table.rows for table in tables):
                    first = time.monotonic()
                live.update(view(lake, sent, tables, first and first - started), refresh=True)
            if first is None and time.monotonic() - started > PATIENCE_SECONDS:
                raise TrunklineError("no gold row yet", "look at `trunkline status` and the dashboard")
            time.sleep(REFRESH_SECONDS)


def view(lake: Lake, sent: Sent, tables: list[StoredTable], first_row_seconds: float | None) -> RenderableType:
    """Records in Kafka, rows of each layer with the newest row's age, and what was rejected, by reason."""
    layers = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading in ("", "rows", "newest row"):
        layers.add_column(heading, justify="right" if heading else "left")
    records = sent.count()
    layers.add_row(f"Kafka, {len(records)} topics", f"{sum(records.values()):,}", "")
    for layer in LAYERS:
        filled = [table for table in tables if table.database == layer and table.rows]
        newest = max((lake.select(table, "max(kafka_timestamp)").fetchone()[0] for table in filled), default=None)
        age = f"{(datetime.now(UTC) - newest).total_seconds():.1f} s old" if newest else ""
        layers.add_row(f"{layer}, {len(filled)} tables", f"{sum(table.rows for table in filled):,}", age)
    arrived = f"first gold row after {first_row_seconds:.0f} s" if first_row_seconds else "waiting for the first gold row"
    shown = Group("", f"[dim]{arrived}[/]", layers)
    if not (rejections := reasons(lake, tables)):
        return shown
    rejected = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    rejected.add_column("rejected because of")
    rejected.add_column("rows", justify="right")
    for reason, rows in rejections:
        rejected.add_row(reason, f"{rows:,}")
    return Group(shown, "", rejected)


def reasons(lake: Lake, tables: list[StoredTable]) -> list[tuple[str, int]]:
    """The most frequent rejection reasons with their rows."""
    counts: dict[str, int] = {}
    for table in tables:
        if table.rows and "rejection_reason" in table.columns:
            found = lake.select(table, "rejection_reason, count(*)", "WHERE is_rejected GROUP BY ALL").fetchall()
            counts |= {reason: counts.get(reason, 0) + rows for reason, rows in found}
    return sorted(counts.items(), key=lambda item: -item[1])[:REASONS_SHOWN]


NEXT = """
[bold]What next[/]
  [cyan]{dashboard}[/]  Flink's dashboard: the jobs, their checkpoints, their load
  [cyan]just query[/]             a prompt on the tables; try: show all tables;
  [cyan]trunkline feed {feed}[/] more events; [cyan]just status[/] shows how they fare
  [cyan]sql/{domain}[/] edit a file, then [cyan]just deploy-jobs[/]
  [cyan]just down[/]              stops everything; [cyan]just up[/] goes on where it ended
"""
