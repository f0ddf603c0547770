"""How old an event is, by its Kafka timestamp, when a DuckDB query first answers with it."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from bench.runs import run, show, side_by_side
from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake
from flink_jobs.project import Project
from flink_jobs.snapshots import StoredTable
from flink_jobs.topics import reached_offset

POLL_SECONDS = 0.05
PATIENCE_SECONDS = 30


def main(
    table: Annotated[
        list[str] | None, typer.Option(help="A stored table with Kafka coordinates; again for more.", show_default="all facts")
    ] = None,
    rate: Annotated[int, typer.Option(min=1, help="Events a second that are sent meanwhile.")] = 1000,
    seconds: Annotated[int, typer.Option(min=1, help="How long to measure.")] = 60,
    warm_up: Annotated[int, typer.Option(min=0, help="Seconds of events before that, which do not count.")] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Measure the time from Kafka to DuckDB. The stack must be up and the table's job deployed."""
    project = Project.find()
    stored = [found.name for found in Lake.of(project).tables()]
    tables = table or [name for name in stored if ".gold.fact_" in name]
    if not tables or set(tables) - set(stored):
        raise TrunklineError(f"no table {', '.join(tables) or 'of facts'} is stored", "run `trunkline up` and `trunkline deploy` first")
    console = Console(stderr=True)
    with (
        feed(rate),
        side_by_side(len(tables)) as (threads, over),
        console.status(f"measuring {len(tables)} tables for {warm_up + seconds} s"),
    ):
        begin = time.time() + warm_up
        found = threads.map(lambda name: measure(Lake.of(project), name, begin, begin + seconds, over), tables)
        ages = np.concatenate(list(found))
    result = summary(ages, seconds) | {"tables": tables, "asked_rate": rate}
    show(result, as_table(result), as_json=as_json)


@contextmanager
def feed(rate: int) -> Iterator[None]:
    """Sends events at `rate` a second, over all streams, while the body runs."""
    command = [Path(sys.executable).with_name("trunkline"), "feed", "telecom", "--rate", str(rate)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
        if process.poll() is not None:
            raise TrunklineError(f"the feed ended with exit code {process.returncode}", "run `trunkline feed telecom` to see why")
    finally:
        process.terminate()
        process.wait()


def measure(lake: Lake, name: str, begin: float, end: float, over: Event) -> np.ndarray:
    """The age in seconds, when a query's answer first held it, of each row whose Kafka timestamp is in [begin, end) (Unix seconds)."""
    ages: list[np.ndarray] = []
    seen: dict[int, int] = {}
    location, newest = "", begin
    while newest < end and time.time() < end + PATIENCE_SECONDS and not over.is_set():
        table = lake.find(name)
        if table.metadata_location == location or time.time() < begin:
            time.sleep(POLL_SECONDS)
            continue
        location = table.metadata_location
        partitions, offsets, written = new_rows(lake, table, begin, seen)
        visible = time.time()
        if len(written):
            ages.append(visible - written[written < end])
            newest = written.max()
            seen |= {int(p): int(offsets[partitions == p].max()) for p in np.unique(partitions)}
    return np.concatenate(ages) if ages else np.empty(0)


def new_rows(lake: Lake, table: StoredTable, begin: float, seen: dict[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Partition, offset and Kafka timestamp (Unix seconds) of the rows since `begin` beyond the offsets seen."""
    rows = lake.select(
        table,
        "kafka_partition, kafka_offset, epoch(kafka_timestamp) AS written",
        f"WHERE kafka_timestamp >= make_timestamptz({round(begin * 1e6)}) AND kafka_offset > {reached_offset(seen)}",
    ).fetchnumpy()
    return rows["kafka_partition"], rows["kafka_offset"], rows["written"]


def summary(ages: np.ndarray, seconds: float) -> dict[str, float]:
    """Rows, rows a second, and percentiles of the ages in seconds."""
    if not len(ages):
        raise TrunklineError("no row became visible", "see `trunkline status`")
    p50, p90, p99 = np.percentile(ages, [50, 90, 99])
    figures = {"p50": p50, "p90": p90, "p99": p99, "max": ages.max(), "rate": len(ages) / seconds}
    return {"rows": len(ages)} | {name: round(float(figure), 3) for name, figure in figures.items()}


def as_table(result: dict[str, float], way: str = "Kafka to DuckDB") -> Table:
    """The summary for a person."""
    table = Table(title=f"{way}, {len(result['tables'])} tables (seconds)")
    for name in ("p50", "p90", "p99", "max", "rows", "rate"):
        table.add_column(name, justify="right")
    table.add_row(*(f"{result[name]:.2f}" for name in ("p50", "p90", "p99", "max")), f"{result['rows']:,}", f"{result['rate']:,.0f}/s")
    return table


if __name__ == "__main__":
    run(main)
