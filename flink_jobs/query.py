"""`trunkline query`: DuckDB over the stored tables, in one go or at a prompt."""

import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from flink_jobs.environment import LOCAL
from flink_jobs.errors import TrunklineError
from flink_jobs.options import EnvironmentName
from flink_jobs.project import Project
from flink_jobs.results import Format, write
from flink_jobs.times import TIME, past_time

if TYPE_CHECKING:
    from flink_jobs.reader import Reader
    from readers.masked import MaskedLake


def _past_time(text: str) -> datetime:
    try:
        return past_time(text)
    except TrunklineError as error:
        raise typer.BadParameter(str(error)) from None


AsOf = Annotated[
    datetime | None,
    typer.Option(parser=_past_time, metavar="TIME", help="Read all as it was: now, -5m (or s, h, d), ISO 8601.", show_default=False),
]


def query(
    sql: Annotated[str | None, typer.Argument(help="One or more statements; without: stdin, or a prompt.", show_default=False)] = None,
    output: Annotated[Format, typer.Option("--format", help="How the result is written.")] = Format.table,
    file: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="A file with the statements.", show_default=False)] = None,
    as_of: AsOf = None,
    environment: EnvironmentName = LOCAL,
) -> None:
    """Ask the stored tables in DuckDB's SQL, by their names catalog.database.table.

    Each text sees one moment: of every job the tables as of one checkpoint. Nothing can be changed.
    """
    from flink_jobs.lake import Lake
    from flink_jobs.prompt import prompt
    from flink_jobs.reader import Reader

    if sql is not None and file:
        raise typer.BadParameter("give either SQL or --file")
    project = Project.find()
    lake = Lake.of(project, environment)

    def masked() -> "MaskedLake":
        from readers.masked import MaskedLake

        return MaskedLake.of(lake, project, environment)

    reader = Reader(lake, as_of, masked)
    text = file.read_text() if file else sql
    if text is None and not sys.stdin.isatty():
        text = sys.stdin.read()
    if text is None:
        prompt(reader, project.state / "query_history", lambda statement: answer(reader, statement, output))
    else:
        answer(reader, text, output)


def answer(reader: "Reader", sql: str, output: Format) -> None:
    """Writes the results to stdout, and to stderr how many rows in what time, of what moment."""
    started = time.perf_counter()
    notes = Console(stderr=True, highlight=False, soft_wrap=True)
    for result in reader.results(sql):
        rows = write(result, output, sys.stdout)
        sys.stdout.flush()
        moment = f", as of {reader.moment.at:{TIME}}" if reader.moment.at else ""
        notes.print(f"{rows} ({time.perf_counter() - started:.2f} s){moment}", style="dim")
        started = time.perf_counter()
    for doubt in reader.doubts(sql):
        notes.print(f"these tables may differ by a checkpoint: {doubt}", style="yellow")
