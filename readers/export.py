"""`trunkline export`: gold and serving as Parquet files."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.filesize import decimal
from rich.progress import track
from rich.table import Table

from flink_jobs.environment import LOCAL
from flink_jobs.options import EnvironmentName
from flink_jobs.project import Project
from flink_jobs.query import AsOf
from flink_jobs.results import print_whole

if TYPE_CHECKING:
    from readers.parquet import Outcome


def export(
    tables: Annotated[
        list[str] | None, typer.Argument(metavar="TABLE_OR_DOMAIN", help="What to export; without: gold and serving of all domains.")
    ] = None,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", file_okay=False, help="The folder; it may hold an earlier export.")] = ...,
    as_of: AsOf = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written, and do nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    environment: EnvironmentName = LOCAL,
) -> None:
    """Write tables to Parquet files: a folder a table, a file a day, all of one moment.

    Only days that have changed since the last export are written. Readers see each file as it was or as it is now, never a part of it.
    """
    from flink_jobs.lake import Lake
    from readers.parquet import Folder, Lakeside, plan
    from readers.parquet import export as write

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    lake = Lake.of(Project.find(), environment)
    lakeside, folder = Lakeside(lake, lake.moment(as_of)), Folder(to)
    for doubt in lakeside.doubts(lakeside.chosen(tables or ())):
        console.print(f"note: {doubt}", style="yellow")
    if dry_run:
        due = [part for parts in plan(lakeside, tables or (), folder).values() for part in folder.due(parts)]
        print(json.dumps([str(part.path) for part in due], indent=1) if as_json else "\n".join(str(part.path) for part in due))
        return
    outcomes = write(
        lakeside,
        tables or (),
        folder,
        lambda parts: track(parts, "exporting", console=console, transient=True, disable=not console.is_terminal),
    )
    if as_json:
        print(json.dumps([asdict(outcome) for outcome in outcomes], indent=1))
    else:
        print_whole(rendered(outcomes), Console())
    written, files = sum(outcome.written for outcome in outcomes), sum(outcome.files for outcome in outcomes)
    console.print(
        f"{written:,} of {files:,} files written to {to}; they have {decimal(sum(outcome.bytes for outcome in outcomes))}", style="dim"
    )


def rendered(outcomes: list["Outcome"]) -> Table:
    """A line a table."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading in ("table", "files", "written", "removed", "rows", "size"):
        table.add_column(heading, justify="left" if heading == "table" else "right")
    for one in outcomes:
        changed = [f"{count:,}" if count else "" for count in (one.written, one.removed)]
        table.add_row(one.table, f"{one.files:,}", *changed, f"{one.rows:,}", decimal(one.bytes))
    return table
