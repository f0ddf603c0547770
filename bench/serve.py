"""How old an event is, by its Kafka timestamp, when a session of PostgreSQL first sees it in gold, while `trunkline serve` runs."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Annotated

import numpy as np
import psycopg
import typer
from rich.console import Console

from bench.freshness import PATIENCE_SECONDS, POLL_SECONDS, as_table, feed, summary
from bench.runs import run, show, side_by_side
from flink_jobs.errors import TrunklineError
from flink_jobs.local import postgres
from flink_jobs.project import Project
from flink_jobs.topics import reached_offset
from readers.model import load_models

DOMAIN = "telecom"


def main(
    rate: Annotated[int, typer.Option(min=1, help="Events a second that are sent meanwhile.")] = 1000,
    seconds: Annotated[int, typer.Option(min=1, help="How long to measure.")] = 60,
    warm_up: Annotated[int, typer.Option(min=0, help="Seconds of events before that, which do not count.")] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Measure the time from Kafka to PostgreSQL, over all facts. The stack must be up and the domain deployed."""
    project = Project.find()
    (model,) = load_models(project, DOMAIN)
    tables = [table.name for table in model.tables.values() if table.is_fact and not table.is_view]
    with (
        serving(project),
        feed(rate),
        side_by_side(len(tables)) as (threads, over),
        Console(stderr=True).status(f"measuring {len(tables)} tables for {warm_up + seconds} s"),
    ):
        begin = time.time() + warm_up
        found = threads.map(lambda name: measure(project, name, begin, begin + seconds, over), tables)
        ages = np.concatenate(list(found))
    result = summary(ages, seconds) | {"tables": tables, "asked_rate": rate}
    show(result, as_table(result, "Kafka to PostgreSQL"), as_json=as_json)


@contextmanager
def serving(project: Project) -> Iterator[None]:
    """Runs `trunkline serve` until the body ends; the body begins when PostgreSQL has what was stored before."""
    trunkline = Path(sys.executable).with_name("trunkline")
    subprocess.run([trunkline, "serve", DOMAIN, "--once"], cwd=project.root, check=True)
    process = subprocess.Popen([trunkline, "serve", DOMAIN], cwd=project.root, stderr=subprocess.DEVNULL)
    try:
        yield
        if process.poll() is not None:
            raise TrunklineError(f"`trunkline serve` ended with exit code {process.returncode}", "run it to see why")
    finally:
        process.terminate()
        process.wait()


def measure(project: Project, name: str, begin: float, end: float, over: Event) -> np.ndarray:
    """The age in seconds, when it was first seen, of each row whose Kafka timestamp is in [begin, end) (Unix seconds)."""
    ages: list[np.ndarray] = []
    seen: dict[int, int] = {}
    newest, reached = begin, None
    with psycopg.connect(postgres.connection_string(project), dbname=DOMAIN, autocommit=True) as connection:
        while newest < end and time.time() < end + PATIENCE_SECONDS and not over.is_set():
            time.sleep(POLL_SECONDS)
            # The rows are asked for when there can be new ones, for that reads the whole table.
            newest_snapshot = "SELECT snapshot_id FROM trunkline.reached WHERE table_name = %s"
            before, reached = reached, connection.execute(newest_snapshot, [name]).fetchone()
            if reached == before or time.time() < begin:
                continue
            rows = connection.execute(
                f"""SELECT kafka_partition, kafka_offset, extract(epoch FROM kafka_timestamp)::float8 FROM {name.partition(".")[2]}
                WHERE kafka_timestamp >= to_timestamp(%s) AND kafka_offset > {reached_offset(seen)}""",  # noqa: S608
                [begin],
            ).fetchall()
            visible = time.time()
            written = np.array([at for *_, at in rows])
            if rows:
                ages.append(visible - written[written < end])
                newest = written.max()
            for partition, offset, _ in rows:
                seen[partition] = max(seen.get(partition, -1), offset)
    return np.concatenate(ages) if ages else np.empty(0)


if __name__ == "__main__":
    run(main)
