"""`trunkline doctor`: what a checkup finds, as a person or a program reads it."""

import json
from collections.abc import Collection
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flink_jobs.environment import LOCAL
from flink_jobs.options import EnvironmentName
from flink_jobs.project import Project
from flink_jobs.results import print_whole

if TYPE_CHECKING:
    from flink_jobs.checkup import Finding


def doctor(
    environment: EnvironmentName = LOCAL,
    workers: Annotated[bool, typer.Option("--workers", help="Also run a small job that says which Python Flink's workers have.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Look whether each part of an environment is there and can be used, and say what to do. Nothing is changed.

    Exit code 1 when something is wrong.
    """
    from flink_jobs.checkup import Checkup

    console = Console(stderr=True)
    with console.status("looking"):
        checkup = Checkup(Project.find(), environment)
        findings = checkup.findings()
        if workers:
            findings = [checkup.ask_worker() if finding.part == "python" else finding for finding in findings]
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=1))
    else:
        show(findings)
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)


def show(findings: Collection["Finding"]) -> None:
    """A line for each part. Only a terminal folds long ones."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for finding in findings:
        word = Text("ok", "green") if finding.ok else Text("wrong", "red")
        table.add_row(word, finding.part, Text(finding.says))
    print_whole(table, Console())
