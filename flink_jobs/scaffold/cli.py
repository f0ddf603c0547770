"""`trunkline new-domain` and `trunkline new-table`: the files to begin from."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from flink_jobs.domains import LAYERS
from flink_jobs.project import Project

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say which files would be written, and write none.")]
Json = Annotated[bool, typer.Option("--json", help="Print the files as JSON.")]


def new_domain(
    name: Annotated[str, typer.Argument(help="The new folder of sql/, and the catalog of its tables.")],
    stream: Annotated[str, typer.Option(help="What its first topic carries.")] = "events",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Write a domain that works: a topic through bronze and silver into a fact, a job, a check, a view, test data.

    No file that is there is changed. Change the fields, then deploy.
    """
    from flink_jobs.scaffold.drafts import draft_domain

    project = Project.find()
    finish(project, draft_domain(project, name, stream), name, dry_run, as_json)


def new_table(
    name: Annotated[str, typer.Argument(metavar="DOMAIN.LAYER.TABLE", help="Its layer is bronze, silver or gold.")],
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Write a table that works, and what it is made of as far as that is missing: source, lower layers, job, test data.

    A gold table takes the accepted rows of the silver table of its name, without `fact_`.
    """
    from flink_jobs.scaffold.drafts import draft_table

    project = Project.find()
    finish(project, draft_table(project, name), name.partition(".")[0], dry_run, as_json)


def finish(project: Project, drafts: Mapping[Path, str], domain: str, dry_run: bool, as_json: bool) -> None:
    """Writes the files, unless it is a dry run, and says which, and what to do next."""
    from flink_jobs.scaffold.drafts import write

    console = Console(highlight=False, soft_wrap=True)
    kinds = {str(project.relative(file)): "changed" if file.exists() else "new" for file in sorted(drafts)}
    if not dry_run:
        write(drafts)
    if as_json:
        print(json.dumps(kinds, indent=1))
        return
    for name, kind in kinds.items():
        console.print(f"[{'green' if kind == 'new' else 'yellow'}]{kind:8}[/]{name}")
    if not dry_run:
        steps = "\n".join(next_steps(drafts, domain))
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"\n[bold]What next[/]\n{steps}")


def next_steps(drafts: Mapping[Path, str], domain: str) -> Iterator[str]:
    """The commands that bring the new files to life."""
    yield f"  [cyan]trunkline check {domain}[/]"
    yield f"  [cyan]trunkline deploy {domain}[/]"
    for records in (file for file in drafts if file.suffix == ".csv"):
        file = f"tests/sql/{domain}/{records.name}"
        yield f"  [cyan]trunkline feed csv {file} --topic {domain}-{records.stem}[/]  rows to begin with"
    for table in (file for file in drafts if file.parent.name in LAYERS):
        yield f'  [cyan]trunkline query "from {domain}.{table.parent.name}.{table.stem}"[/]'
