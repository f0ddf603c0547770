"""`trunkline powerbi`: the Power BI project of a domain."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from flink_jobs.project import Project
from readers.powerbi.source import Mode, Source


def powerbi(
    domain: Annotated[str | None, typer.Argument(help="A folder of sql/; without: all.", show_default=False)] = None,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", file_okay=False, help="Where the projects are written.")] = Path("powerbi"),
    server: Annotated[str, typer.Option(metavar="HOST:PORT", help="The PostgreSQL that `trunkline serve` fills.")] = "127.0.0.1:5432",
    mode: Annotated[Mode, typer.Option(help="Ask PostgreSQL each time, or keep a copy.")] = Mode.directquery,
    masked: Annotated[bool, typer.Option("--masked", help="Read the schema masked, which shows no person.")] = False,
    report: Annotated[bool, typer.Option("--report", help="Write the report anew too; else one that exists stays as it is.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Write a Power BI project from the contracts: tables, relationships, measures and a report.

    Only files that differ are written. Measures and pages stand in sql/<domain>/powerbi.yaml.
    """
    from flink_jobs.domains import chosen, load_domains
    from readers.powerbi.project import project_files, write

    project, source = Project.find(), Source(server, mode, masked)
    projects = {found.name: project_files(project, found, source) for found in chosen(load_domains(project), domain)}
    done = [write(files, to, name, report) for name, files in projects.items()]
    if as_json:
        print(json.dumps([asdict(one) for one in done], indent=1))
        return
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for one in done:
        console.print(f"[green]{to / one.domain}.pbip[/]: {one.files} files, {len(one.written)} written, {len(one.removed)} removed")
