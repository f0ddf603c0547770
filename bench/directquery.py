"""What Power BI waits for: queries as its DirectQuery sends them, on telecom's star in PostgreSQL with many facts."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import psutil
import psycopg
import typer
from rich.console import Console
from rich.table import Table

from bench.runs import Figures, run, show
from flink_jobs.local import postgres, stack
from flink_jobs.project import Project
from readers.model import Model, load_models
from readers.postgres import database
from readers.postgres.layout import Layout

QUERIES = Path(__file__).parents[1] / "tests" / "readers" / "powerbi" / "directquery"
ROWS = Path(__file__).with_suffix(".sql")
DOMAIN = "telecom"


def main(
    rows: Annotated[int, typer.Option(min=1000, help="How many facts, of all five tables.")] = 10_000_000,
    repeats: Annotated[int, typer.Option(min=1, help="How often each query is asked; the median counts.")] = 5,
    only: Annotated[str, typer.Option(help="Only queries with this in their names.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Fill a PostgreSQL of its own as `trunkline serve` lays it out, and time each query of tests/readers/powerbi/directquery."""
    console, files = Console(stderr=True), sorted(file for file in QUERIES.glob("*.sql") if only in file.stem)
    with own_database() as (connection, model):
        with console.status(f"filling {rows:,} facts"):
            fill(connection, model, rows)
        with console.status("asking"):
            results = [{"query": file.stem} | measure(connection, file.read_text(), repeats) for file in files]
    table = Table("query", "s", "CPU s", title=f"DirectQuery on {rows:,} facts")
    for result in results:
        table.add_row(*map(str, result.values()))
    show(results, table, as_json=as_json)


@contextmanager
def own_database() -> Iterator[tuple[psycopg.Connection, Model]]:
    """A database without rows on a server of its own, and what it is to hold."""
    here = Project.find()
    with tempfile.TemporaryDirectory(prefix="trunkline-", dir="/tmp") as folder:  # which the server's own account reaches
        project = Project(Path(folder))
        project.root.chmod(0o755)
        for name in ("catalog", "sql", "stack", "udfs"):
            (project.root / name).symlink_to(here.root / name)
        (model,) = load_models(project, DOMAIN)
        try:
            stack.start_postgres(project)
            with database.open_database(postgres.connection_string(project), DOMAIN) as connection:
                yield connection, model
        finally:
            stack.down(project)


def fill(connection: psycopg.Connection, model: Model, rows: int) -> None:
    """Makes the tables, keys and indexes that `trunkline serve` makes, with rows of their kinds."""
    layout = Layout(model)
    for target in layout.every_target:
        database.put_in_place(connection, target, database.create_aside(connection, target))
    execute(connection, ROWS, rows)
    for warning in database.add_keys(connection, layout):
        raise AssertionError(warning)
    connection.execute("VACUUM ANALYZE")


def execute(connection: psycopg.Connection, file: Path, rows: int) -> None:
    """Runs the statements of a file one by one; `:rows` is how many facts there are."""
    for statement in file.read_text().split(";\n"):
        connection.execute(statement.replace(":rows", str(rows)))


def measure(connection: psycopg.Connection, query: str, repeats: int) -> Figures:
    """The median seconds of an answer to its last row, after a first that brings what it reads into memory; and those of one process."""

    def asked(clock: Callable[[], float]) -> float:
        started = clock()
        connection.execute(query).fetchall()
        return round(clock() - started, 3)

    asked(time.perf_counter)
    seconds = statistics.median(asked(time.perf_counter) for _ in range(repeats))
    backend = psutil.Process(connection.info.backend_pid)
    connection.execute("SET max_parallel_workers_per_gather = 0")
    cpu = asked(lambda: sum(backend.cpu_times()[:2]))
    connection.execute("RESET max_parallel_workers_per_gather")
    return {"seconds": seconds, "cpu_seconds": cpu}


if __name__ == "__main__":
    run(main)
