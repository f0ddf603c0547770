"""What the feeds have in common on the command line and on the terminal."""

from collections.abc import Mapping
from typing import Annotated, Protocol

import typer
from rich.console import Console
from rich.progress import Progress, ProgressColumn

from feeds.records import Record
from flink_jobs.environment import load_environment
from flink_jobs.project import Project

INTERRUPTED = 130  # the exit code of what Ctrl-C ends before its end

Bootstrap = Annotated[str | None, typer.Option(help="Kafka's address, host:port, without a login.", show_default="the environment's Kafka")]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Write to stdout instead of to Kafka: topic, key and value as they are, between tabs, a line each."),
]
Json = Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")]


class Target(Protocol):
    """Where records go."""

    def send(self, record: Record) -> None:
        """Takes a record."""

    def flush(self) -> None:
        """Returns when all records are there."""


class Lines:
    """A dry run: topic, key and value on stdout, as Kafka's own console tools write and read them."""

    def __init__(self) -> None:
        self._stdout = typer.get_binary_stream("stdout")

    def __str__(self) -> str:
        return "stdout"

    def send(self, record: Record) -> None:
        """Writes a line."""
        self._stdout.write(b"\t".join((record.topic.encode(), record.key or b"", record.value or b"")) + b"\n")
        self._stdout.flush()

    def flush(self) -> None:
        """Returns at once."""


def kafka_options(bootstrap: str | None, environment: str) -> Mapping[str, str]:
    """The address that was given, else how the environment reaches Kafka; a TrunklineError where there is no project."""
    return {"bootstrap.servers": bootstrap} if bootstrap else load_environment(Project.find(), environment).kafka


def stderr() -> Console:
    """Where progress and summaries go: not to stdout, which is for results."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def progress(*columns: ProgressColumn, hidden: bool = False) -> Progress:
    """A progress display that is gone at the end; nothing where there is no terminal."""
    console = stderr()
    return Progress(
        *columns,
        console=console,
        transient=True,
        refresh_per_second=5,
        speed_estimate_period=3,
        disable=hidden or not console.is_terminal,
    )
