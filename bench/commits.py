"""What a commit costs: one job that feeds many tables, each committing at every checkpoint, as the tables of a catalog file do."""

import time
from itertools import product
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bench.runs import as_table, counts, cpu_seconds, deploy, own_stack, run, show
from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake
from flink_jobs.project import Project

ROWS_PER_SECOND = 3000  # over all tables, as 1,000 events in three layers are
WARM_UP_SECONDS = 45
COMMITS = 3  # that are measured at least
LOOK_SECONDS = 5  # a file is there for longer: each table keeps the metadata of twenty commits

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
    every: Annotated[str, typer.Option(help="Seconds between commits, comma-separated: each with each number of tables.")] = "2",
    seconds: Annotated[int, typer.Option(min=10, help=f"How long to measure each; at least {COMMITS} commits.")] = 60,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Measure commits a second and CPU a commit, on a stack of its own: none may run on the same ports."""
    results, intervals, numbers = [], counts(every, "--every"), counts(tables, "--tables")
    with own_stack() as project:
        for interval, count in product(intervals, numbers):
            with Console(stderr=True).status(f"{count} tables, a commit each {interval} s"):
                deploy(project, domain(count, interval))
                time.sleep(WARM_UP_SECONDS)
                figures = measure(project, max(seconds, COMMITS * interval))
                results.append({"tables": count, "every_seconds": interval} | figures)
    show(results, as_table("A commit at each checkpoint to every table", results), as_json=as_json)


def domain(count: int, interval: int) -> dict[str, str]:
    """The files of a source, a job with a checkpoint each `interval` seconds, and the tables between."""
    setting = f"SET 'execution.checkpointing.interval' = '{interval} s';\nSET 'execution.checkpointing.min-pause' = '0 s';\n"
    inserts = "\n".join(f"  INSERT INTO telecom.bronze.ticks_{n} SELECT * FROM ticks_{n};" for n in range(count))  # noqa: S608
    files = {"sources/ticks.sql": SOURCE, "jobs/ticks.sql": f"{setting}EXECUTE STATEMENT SET BEGIN\n{inserts}\nEND;\n"}
    return files | {f"bronze/ticks_{n}.sql": TABLE.format(number=n, tables=count) for n in range(count)}


def measure(project: Project, seconds: int) -> dict[str, float]:
    """Commits a second over all tables (compactions and expirations among them), what they write, CPU of JobManager and TaskManager."""
    lake = Lake.of(project)
    begin, commits, cpu, files = time.monotonic(), committed(lake), cpu_seconds(project), written(project)
    seen = set(files)
    while (left := begin + seconds - time.monotonic()) > 0:
        time.sleep(min(left, LOOK_SECONDS))
        seen |= written(project)
    elapsed = time.monotonic() - begin
    commits, cpu = committed(lake) - commits, cpu_seconds(project) - cpu
    if not commits:
        raise TrunklineError("nothing was committed", "see the dashboard")
    figures = {
        "commits_per_second": commits / elapsed,
        "cores": cpu / elapsed,
        "cpu_ms_per_commit": 1000 * cpu / commits,
        "files_per_commit": len(seen - files) / commits,
    }
    return {name: round(figure, 2) for name, figure in figures.items()}


def written(project: Project) -> set[Path]:
    """The files of the lake."""
    return {file for file in project.lake.rglob("*") if file.is_file()}


def committed(lake: Lake) -> int:
    """Snapshots that were ever committed, of all tables."""
    return sum(table.iceberg.metadata.last_sequence_number for table in lake.tables())


if __name__ == "__main__":
    run(main)
