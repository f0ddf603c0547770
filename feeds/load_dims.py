"""`trunkline load-dims`: sends what is new of the dimension members in JSON files."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from feeds.dimensions import Members, find_dimensions
from feeds.members import Dimension, read_members
from feeds.options import INTERRUPTED, Bootstrap, kafka_options, stderr
from feeds.pacing import interruptible
from flink_jobs.environment import LOCAL, load_environment
from flink_jobs.errors import Problem
from flink_jobs.options import EnvironmentName
from flink_jobs.project import Project

FILES = "JSON: an array of objects, or one object a line."


@dataclass
class Loaded:
    """What became of a file's records: how many were sent, unchanged and refused, and what is wrong with these."""

    file: Path
    topic: str
    sent: int = 0
    unchanged: int = 0
    refused: int = 0
    problems: list[Problem] = field(default_factory=list)
    interrupted: bool = False

    def as_json(self) -> dict[str, object]:
        """For programs."""
        return {**vars(self), "file": str(self.file), "problems": [problem.as_json() for problem in self.problems]}


def load_dims(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, readable=True, metavar="FILE...", help=FILES)],
    topic: Annotated[str | None, typer.Option(help="Kafka topic of all the files.", show_default="each file's name without .json")] = None,
    bootstrap: Bootstrap = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write what would be sent to stdout, one value a line.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    environment: EnvironmentName = LOCAL,
) -> None:
    """Send dimension members from JSON files to Kafka: what is new or has changed, and nothing twice.

    users.json goes to the topic users: every field must fit its source in sql/, whose first column is the key.

    A bad record is reported with its place and not sent; the others are, and the exit code is 1.
    """
    project, console = Project.find(), stderr()
    catalog = load_environment(project, environment)
    dimensions = find_dimensions(project, catalog, files, topic)
    kafka = kafka_options(bootstrap, environment)
    with console.status("reading topics"):
        topics = {dimension.topic for dimension in dimensions.values()}  # several files may be of one
        members = {name: Members(name, kafka) for name in topics}
    loads: list[Loaded] = []
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=dry_run or not console.is_terminal) as progress:
        for file, dimension in dimensions.items():
            loads.append(load(file, dimension, members[dimension.topic], dry_run, progress))
            if not as_json:
                report(loads[-1], dry_run, console)
            if loads[-1].interrupted:
                break
    if as_json:
        typer.echo(json.dumps([loaded.as_json() for loaded in loads], indent=1), err=dry_run)
    if loads[-1].interrupted:
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(1 if any(loaded.refused for loaded in loads) else 0)


def load(file: Path, dimension: Dimension, members: Members, dry_run: bool, progress: Progress) -> Loaded:
    """Sends what is new in a file. Ctrl-C ends it between two records, and those that were sent have arrived."""
    task = progress.add_task(file.name, total=None)
    found, loaded = list(read_members(file, dimension)), Loaded(file, dimension.topic)
    with interruptible() as stopped:
        for each in progress.track(found, task_id=task):
            if stopped():
                break
            if isinstance(each, list):
                loaded.refused += 1
                loaded.problems += each
            elif members.hold(each):
                loaded.unchanged += 1
            else:
                members.change(each, dry_run)
                loaded.sent += 1
                if dry_run:
                    typer.echo(each.value)
        members.sender.flush()
        loaded.interrupted = stopped()
    return loaded


def report(loaded: Loaded, dry_run: bool, console: Console) -> None:
    """What is wrong with a file, and its numbers in a line."""
    for problem in loaded.problems:
        console.print(str(problem), style="red", markup=False)
    sent = f"{loaded.sent:,} {'to send' if dry_run else 'sent'}"
    end = "; interrupted: run it again for the rest" if loaded.interrupted else ""
    console.print(f"{loaded.file.name}: {sent}, {loaded.unchanged:,} unchanged, {loaded.refused:,} refused{end}", markup=False)
