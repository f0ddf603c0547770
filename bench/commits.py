"""What a commit costs: one job that feeds many tables, each committing at every checkpoint, as the tables of a catalog file do."""

import time
from typing import Annotated

import typer
from rich.console import Console

from bench.runs import as_table, cpu_seconds, deploy, own_stack, run, show
from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake
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
                deploy(project, domain(count))
                time.sleep(WARM_UP_SECONDS)
                results.append({"tables": count} | measure(project, seconds))
    show(results, as_table("A commit at each checkpoint to every table", results), as_json=as_json)


def domain(count: int) -> dict[str, str]:
    """The files of a source, a job, and the tables between."""
    inserts = "\n".join(f"  INSERT INTO telecom.bronze.ticks_{n} SELECT * FROM ticks_{n};" for n in range(count))  # noqa: S608
    files = {"sources/ticks.sql": SOURCE, "jobs/ticks.sql": f"EXECUTE STATEMENT SET BEGIN\n{inserts}\nEND;\n"}
    return files | {f"bronze/ticks_{n}.sql": TABLE.format(number=n, tables=count) for n in range(count)}


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


if __name__ == "__main__":
    run(main)
