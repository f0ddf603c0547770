"""What a commit costs: one job that feeds many tables, each committing at every checkpoint, as the tables of a catalog file do."""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from flink_jobs.check import check
from flink_jobs.deploy import Deployer
from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake
from flink_jobs.local import stack
from flink_jobs.local.processes import Daemon
from flink_jobs.project import Project

ROWS_PER_SECOND = 3000  # over all tables, as 1,000 events in three layers are
WARM_UP_SECONDS = 45

SOURCE = f"""
CREATE TEMPORARY TABLE ticks (
  tick BIGINT NOT NULL,
  text STRING NOT NULL
) WITH (
  'connector' = 'datagen',
  'rows-per-second' = '{ROWS_PER_SECOND}',
  'fields.tick.min' = '0',
  'fields.text.length' = '200'
);
"""
TABLE = """
CREATE TEMPORARY VIEW ticks_{number} AS
SELECT
  text,
  0 AS kafka_partition,
  tick AS kafka_offset
FROM ticks
WHERE MOD(tick, {tables}) = {number};

CREATE TABLE IF NOT EXISTS telecom.bronze.ticks_{number} (
  text STRING NOT NULL,
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL
);
"""


def main(
    tables: Annotated[str, typer.Option(help="How many tables, comma-separated: each number is one run.")] = "1,9,27",
    seconds: Annotated[int, typer.Option(min=10, help="How long to measure each.")] = 60,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Measure commits a second and CPU a commit, on a stack of its own: none may run on the same ports."""
    results = []
    with own_stack() as project:
        for count in map(int, tables.split(",")):
            with Console(stderr=True).status(f"{count} tables"):
                write_domain(project.root / "sql" / "telecom", count)
                Deployer(project).deploy(check(project))
                time.sleep(WARM_UP_SECONDS)
                results.append({"tables": count} | measure(project, seconds))
    if as_json:
        print(json.dumps(results, indent=1))
    else:
        Console().print(as_table(results))


@contextmanager
def own_stack() -> Iterator[Project]:
    """A project without tables, its stack running."""
    here = Project.find()
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder))
        for name in ("catalog", "formats", "stack", "udfs", "jars.lock"):
            (project.root / name).symlink_to(here.root / name)
        project.state.mkdir()
        (project.state / "jars").symlink_to(here.jars)
        try:
            stack.up(project)
            yield project
        finally:
            stack.down(project)


def write_domain(folder: Path, count: int) -> None:
    """A source, a job, and the tables between."""
    inserts = "\n".join(f"  INSERT INTO telecom.bronze.ticks_{n} SELECT * FROM ticks_{n};" for n in range(count))  # noqa: S608
    files = {"sources/ticks.sql": SOURCE, "jobs/ticks.sql": f"EXECUTE STATEMENT SET BEGIN\n{inserts}\nEND;\n"}
    files |= {f"bronze/ticks_{n}.sql": TABLE.format(number=n, tables=count) for n in range(count)}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def measure(project: Project, seconds: int) -> dict[str, float]:
    """Commits a second over all tables (compactions and expirations among them), and CPU of the JobManager and TaskManager."""
    lake = Lake.of(project)
    begin, commits, cpu = time.monotonic(), committed(lake), cpu_seconds(project)
    time.sleep(seconds)
    elapsed = time.monotonic() - begin
    commits, cpu = committed(lake) - commits, cpu_seconds(project) - cpu
    if not commits:
        raise TrunklineError("nothing was committed", "see the dashboard")
    figures = {"commits_per_second": commits / elapsed, "cores": cpu / elapsed, "cpu_ms_per_commit": 1000 * cpu / commits}
    return {name: round(figure, 2) for name, figure in figures.items()}


def committed(lake: Lake) -> int:
    """Snapshots that were ever committed, of all tables."""
    return sum(table.iceberg.metadata.last_sequence_number for table in lake.tables())


def cpu_seconds(project: Project) -> float:
    """CPU time of Flink's processes so far."""
    times = [process.cpu_times() for name in ("JobManager", "TaskManager") for process in Daemon(project, name).family()]
    return sum(time.user + time.system for time in times)


def as_table(results: list[dict[str, float]]) -> Table:
    """The results for a person."""
    table = Table(title="A commit a second to every table")
    for name in results[0]:
        table.add_column(name.replace("_", " "), justify="right")
    for result in results:
        table.add_row(*(f"{figure:g}" for figure in result.values()))
    return table


if __name__ == "__main__":
    try:
        typer.run(main)
    except TrunklineError as error:
        sys.exit(str(error))
