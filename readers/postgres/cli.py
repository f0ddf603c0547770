"""`trunkline serve`: gold in PostgreSQL, kept in step with the lake."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from flink_jobs.environment import LOCAL
from flink_jobs.errors import TrunklineError, interrupts
from flink_jobs.options import EnvironmentName
from flink_jobs.project import Project

if TYPE_CHECKING:
    from readers.postgres.serving import Step, Told

FROM_VARIABLE = "env:"
PROGRESS_FROM = 100_000  # rows


def serve(
    domain: Annotated[str | None, typer.Argument(help="A folder of sql/; without: all.", show_default=False)] = None,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="A PostgreSQL server, as libpq takes it, or env:NAME that holds it.", show_default="one of its own"
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Bring it to the newest moment, and end.")] = False,
    every: Annotated[float, typer.Option(min=0.1, metavar="SECONDS", help="How often to look for new rows.")] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print each transaction as a line of JSON.")] = False,
    environment: EnvironmentName = LOCAL,
) -> None:
    """Keep a PostgreSQL database for each domain in step with its gold tables, for Power BI and others, until Ctrl-C.

    A transaction takes it from one moment of the lake to the next, so that no reader sees half of one, and no row is lost or repeated.
    Without --to, a PostgreSQL is started on this machine; `trunkline down` ends it.
    """
    from readers.postgres.service import Service

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell's background command is started with SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    try:
        with interrupts(), ExitStack() as open_things:
            told = open_things.enter_context(progress(console))
            service = open_things.enter_context(Service(Project.find(), domain, environment, address(to), console.print, told))
            console.print(service.greeting)
            while True:
                started = time.monotonic()
                for step in service.step():
                    report(step, console, as_json)
                if once:
                    return
                time.sleep(max(0.0, started + every - time.monotonic()))
    except KeyboardInterrupt:
        console.print("ended; the next `trunkline serve` goes on from here")


def address(given: str | None) -> str | None:
    """The connection string that --to gives. A password may not stand in it: every user of the machine can see the commands that run."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    if given is None:
        return None
    text = given
    if given.startswith(FROM_VARIABLE):
        name = given.removeprefix(FROM_VARIABLE)
        if name not in os.environ:
            raise TrunklineError(f"the environment variable {name} is not set", f"set {name} to a connection string")
        text = os.environ[name]
    try:
        parts = conninfo_to_dict(text)
    except ProgrammingError:  # its words may hold the password
        example = "--to postgresql://user@host:5432 or --to 'host=... user=...'"
        raise TrunklineError("--to is no connection string of PostgreSQL", f"write it like {example}") from None
    if "password" in parts and text is given:
        raise typer.BadParameter("a password in --to can be seen by others; set PGPASSWORD, use a password file, or --to env:NAME")
    return text


def report(step: "Step", console: Console, as_json: bool) -> None:
    """Says what a transaction brought: on stdout as JSON, or on stderr for a person."""
    for warning in step.warnings:
        console.print(f"[yellow]warning[/] {warning}")
    if as_json:
        print(json.dumps(asdict(step)), flush=True)
    elif step.rows:
        rows = sum(step.rows.values())
        console.print(
            f"{time.strftime('%H:%M:%S')} {step.domain}: {rows:,} rows of {len(step.rows)} tables ({step.seconds:.2f} s)", style="dim"
        )


@contextmanager
def progress(console: Console) -> Iterator["Told"]:
    """Shows on a terminal how far a large table has come."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        tasks: dict[str, int] = {}

        def told(table: str, rows: int, of: int) -> None:
            if of < PROGRESS_FROM:
                return
            if table not in tasks:
                tasks[table] = shown.add_task(table, total=of)
            shown.update(tasks[table], completed=rows, visible=rows < of)

        yield told
