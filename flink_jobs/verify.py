"""`trunkline verify`: what the verifier finds, as a person or a program reads it."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

from flink_jobs.environment import LOCAL
from flink_jobs.options import EnvironmentName
from flink_jobs.project import Project
from flink_jobs.results import print_whole

if TYPE_CHECKING:
    from flink_jobs.verifier import Result, Verifier

COLOURS = {"passed": "green", "failed": "red", "warning": "yellow", "skipped": "dim"}


def verify(
    domain: Annotated[str | None, typer.Argument(help="A folder of sql/; without: all.", show_default=False)] = None,
    only: Annotated[
        str, typer.Option(metavar="PATTERN", help="Only checks with this in the name; * is anything.", show_default=False)
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    environment: EnvironmentName = LOCAL,
) -> None:
    """Prove from the stored tables that every record is where it belongs, and that keys, references and values are right.

    All checks read one set of snapshots. Exit code 1 when a check failed; a warning is none. Neither Kafka nor Flink need run.
    """
    from flink_jobs.verifier import verifying

    with verifying(Project.find(), domain, environment) as verifier:
        results = list(made(verifier, only))
    if as_json:
        print(json.dumps([result.model_dump() for result in results], indent=1))
    else:
        write(results, Console())
    raise typer.Exit(1 if any(result.result == "failed" for result in results) else 0)


def made(verifier: "Verifier", only: str) -> Iterator["Result"]:
    """The results one after the other, with a progress bar where a person looks."""
    console = Console(stderr=True)
    for check in track(verifier.checks(only), "verifying", console=console, transient=True, disable=not console.is_terminal):
        yield verifier.result(check)


def write(results: list["Result"], console: Console) -> None:
    """The results as a table, and on stderr how many there are of each kind. Only a terminal folds long lines."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading in ("check", "result", "rows", "examples"):
        table.add_column(heading, justify="right" if heading == "rows" else "left", overflow="fold")
    for result in results:
        word = Text(result.result, COLOURS[result.result])
        table.add_row(Text(result.check), word, f"{result.rows:,}" if result.rows else "", details(result))
    print_whole(table, console)
    counts = Counter(str(result.result) for result in results)
    summary = ", ".join(f"{counts[outcome]} {outcome}" for outcome in COLOURS if counts[outcome])
    Console(stderr=True, highlight=False).print(f"{len(results)} checks: {summary}", style="dim")


def details(result: "Result") -> Text:
    """Why a check was not made, or a line for each example."""
    if result.reason:
        return Text(result.reason, COLOURS[result.result])
    lines = [" ".join(f"{name}={said(value)}" for name, value in example.items()) for example in result.examples]
    return Text("\n".join(lines))


def said(value: Any) -> str:  # noqa: ANN401
    """A value of an example; text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)
