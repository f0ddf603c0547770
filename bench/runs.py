"""What the measurements share: a stack of their own, the SQL that runs on it, and how results are told."""

import json
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from flink_jobs.check import check
from flink_jobs.deploy import Deployer
from flink_jobs.errors import TrunklineError
from flink_jobs.local import stack
from flink_jobs.local.processes import Daemon
from flink_jobs.project import Project

Figures = Mapping[str, float]
STACK = ("formats", "stack", "jars.lock")  # what a local stack is made of


def run(main: Callable[..., None]) -> None:
    """Runs a measurement's command line; an error is its sentence and exit code 1. A TERM ends it as Ctrl-C does: with what it started."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        typer.run(main)
    except TrunklineError as error:
        sys.exit(str(error))


@contextmanager
def side_by_side(count: int) -> Iterator[tuple[ThreadPoolExecutor, Event]]:
    """So many threads, and what tells them that it is over: the body has ended, maybe by Ctrl-C."""
    over = Event()
    with ThreadPoolExecutor(count) as threads:
        try:
            yield threads, over
        finally:
            over.set()


def counts(text: str, option: str) -> list[int]:
    """The whole numbers over 0 of a list with commas; anything else is wrong use of that option."""
    try:
        found = [int(number) for number in text.split(",")]
    except ValueError:
        found = [0]
    if min(found) <= 0:
        raise typer.BadParameter(f"{text!r} is not written as 1,9,27", param_hint=option)
    return found


@contextmanager
def own_stack() -> Iterator[Project]:
    """A project without tables, its stack running."""
    with tempfile.TemporaryDirectory() as folder:
        project = linked(Project.find(), Path(folder), ("catalog", "udfs", *STACK))
        try:
            stack.up(project)
            yield project
        finally:
            stack.down(project)


def linked(here: Project, root: Path, names: Iterable[str]) -> Project:
    """A project in `root` that shares these files, and the jars, with this one."""
    project = Project(root)
    project.state.mkdir(parents=True, exist_ok=True)
    links = {root / name: here.root / name for name in names} | {project.state / "jars": here.jars.resolve()}
    for link, target in links.items():
        link.unlink(missing_ok=True)
        link.symlink_to(target)
    return project


def deploy(project: Project, files: Mapping[str, str]) -> None:
    """Writes files of `sql/telecom/`, by their paths there, and has the stack run what they say."""
    for name, text in files.items():
        path = project.root / "sql" / "telecom" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    Deployer(project).deploy(check(project))


def cpu_seconds(project: Project) -> float:
    """CPU time of Flink's processes so far."""
    times = [process.cpu_times() for name in ("JobManager", "TaskManager") for process in Daemon(project, name).family()]
    return sum(time.user + time.system for time in times)


def show(result: Any, table: Table, *, as_json: bool) -> None:  # noqa: ANN401
    """A result for a program, or its table for a person."""
    if as_json:
        print(json.dumps(result, indent=1))
    else:
        Console().print(table)


def as_table(title: str, results: Sequence[Figures]) -> Table:
    """A row for each run, with columns called like its figures."""
    table = Table(title=title)
    for name in results[0]:
        table.add_column(name.replace("_", "\n"), justify="right", no_wrap=True)
    for result in results:
        table.add_row(*(f"{figure:,.10g}" for figure in result.values()))
    return table
