"""What it costs to remember ids: the rule `duplicate` over random ids, first as fast as they come, then at a steady rate."""

import time
from enum import StrEnum
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from bench.runs import as_table, counts, cpu_seconds, deploy, own_stack, run, show
from flink_jobs.cluster import Cluster
from flink_jobs.errors import TrunklineError
from flink_jobs.local import flink, stack
from flink_jobs.project import Project
from flink_jobs.releases import Store

IDS_PER_SECOND = 1_000
IDS_PER_DAY = IDS_PER_SECOND * 86_400
POLL_SECONDS = 0.5

SQL = {
    "sources/fill.sql": """
CREATE TEMPORARY TABLE fill (
  id BIGINT NOT NULL
) WITH (
  'connector' = 'datagen',
  'rows-per-second' = '1000000',
  'number-of-rows' = '{ids}',
  'fields.id.min' = '0'
);
""",
    "sources/steady.sql": f"""
CREATE TEMPORARY TABLE steady (
  id BIGINT NOT NULL
) WITH (
  'connector' = 'datagen',
  'rows-per-second' = '{IDS_PER_SECOND}',
  'fields.id.min' = '0'
);
""",
    "bronze/repeats.sql": """
CREATE TEMPORARY VIEW counted AS
SELECT
  id,
  COUNT(*) OVER (PARTITION BY MD5(CAST(id AS STRING)) ORDER BY PROCTIME()) AS arrivals
FROM (SELECT id FROM fill UNION ALL SELECT id FROM steady);

CREATE TEMPORARY VIEW repeats AS
SELECT
  0 AS kafka_partition,
  id AS kafka_offset
FROM counted
WHERE arrivals > 1;

CREATE TABLE IF NOT EXISTS telecom.bronze.repeats (
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL
);
""",
    "jobs/duplicates.sql": """
SET 'table.exec.state.ttl' = '24 h';
SET 'state.backend.type' = '{backend}';

EXECUTE STATEMENT SET BEGIN
  INSERT INTO telecom.bronze.repeats SELECT * FROM repeats;
END;
""",
}


class Backend(StrEnum):
    """Where Flink keeps state."""

    rocksdb = "rocksdb"
    hashmap = "hashmap"


def main(
    ids: Annotated[str, typer.Option(help="How many ids are remembered, comma-separated: each number is one run.")] = "1000000,10000000",
    backend: Annotated[Backend, typer.Option(help="Where Flink keeps them.")] = Backend.rocksdb,
    seconds: Annotated[int, typer.Option(min=10, help="How long to measure each.")] = 60,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Measure state and checkpoints at 1,000 ids a second, on a stack of its own: none may run on the same ports."""
    results, numbers = [], counts(ids, "--ids")
    with own_stack() as project:
        for count in numbers:
            with Console(stderr=True).status(f"{count:,} ids"):
                deploy(project, {name: text.format(ids=count, backend=backend) for name, text in SQL.items()})
                job = Store(project).get("telecom-duplicates").job_id
                wait_until_filled(project, job)
                results.append({"ids": count} | measure(project, job, seconds))
    show(results, with_a_day(as_table(f"Ids remembered, {IDS_PER_SECOND:,} more each second", results), results), as_json=as_json)


def wait_until_filled(project: Project, job: str) -> None:
    """Returns when the job's bounded source has ended."""
    cluster = Cluster(flink.url(project))
    while not any(vertex["status"] == "FINISHED" for vertex in cluster.get(f"/jobs/{job}")["vertices"]):
        cluster.wait_until_running(job)
        time.sleep(POLL_SECONDS)


def measure(project: Project, job: str, seconds: int) -> dict[str, float]:
    """Size and duration of the checkpoints of so many seconds, and what Flink takes meanwhile."""
    begin, cpu = time.monotonic(), cpu_seconds(project)
    cluster, completed = Cluster(flink.url(project)), {}
    while time.monotonic() - begin < seconds:
        checkpoint = cluster.get(f"/jobs/{job}/checkpoints")["latest"]["completed"]
        completed |= {checkpoint["id"]: checkpoint} if checkpoint else {}
        time.sleep(POLL_SECONDS)
    cores = (cpu_seconds(project) - cpu) / (time.monotonic() - begin)
    if not completed:
        raise TrunklineError("no checkpoint was completed", "see the dashboard")
    memory = next(process.memory for process in stack.processes(project) if process.name == "TaskManager")
    return summary(list(completed.values())) | {"cores": round(cores, 2), "taskmanager_mib": round(memory / 2**20)}


def summary(checkpoints: list[dict[str, Any]]) -> dict[str, float]:
    """Their number, the whole state, what one adds to it, and how long one takes."""
    p50, p99 = np.percentile([checkpoint["end_to_end_duration"] for checkpoint in checkpoints], [50, 99])
    return {
        "checkpoints": len(checkpoints),
        "state_mib": round(max(checkpoint["state_size"] for checkpoint in checkpoints) / 2**20, 1),
        "written_kib_mean": round(float(np.mean([checkpoint["checkpointed_size"] for checkpoint in checkpoints])) / 2**10),
        "p50_ms": round(float(p50)),
        "p99_ms": round(float(p99)),
    }


def with_a_day(table: Table, results: list[dict[str, float]]) -> Table:
    """The table, and what the largest run says of a day."""
    largest = max(results, key=lambda result: result["ids"])
    day = largest["state_mib"] / largest["ids"] * IDS_PER_DAY / 2**10
    table.caption = f"a day of {IDS_PER_SECOND:,} ids a second: {IDS_PER_DAY:,} ids, {day:,.1f} GiB at the bytes an id of the largest run"
    return table


if __name__ == "__main__":
    run(main)
