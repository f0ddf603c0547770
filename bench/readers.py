"""How long an analyst's questions take in DuckDB through Iceberg, with a commit a second behind them, and on one compacted Parquet copy.

The lake is one of its own, under `.trunkline/bench-readers/`, filled without Kafka and Flink, and kept for the next time.
"""

import itertools
import multiprocessing
import re
import shutil
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.population import Population
from bench.runs import run
from flink_jobs.lake import open_duckdb, quoted
from flink_jobs.project import Project
from flink_jobs.reader import Reader
from flink_jobs.serving import create_views

DAYS = 10
COMPACTED = 60  # commits, as the jobs do
VIEW = re.compile(r"^\| .* \| `(\w+)` \|$", re.MULTILINE)


def main(
    facts: Annotated[int, typer.Option(min=1000, help="Gold facts that are there before the first question.")] = 10_000_000,
    rate: Annotated[int, typer.Option(min=100, help="Events of each commit.")] = 1000,
    rounds: Annotated[int, typer.Option(min=1, help="How often each question is asked of both, by turns.")] = 5,
    quiet: Annotated[bool, typer.Option("--quiet", help="No commits meanwhile.")] = False,
) -> None:
    """Fill, copy, ask, compare."""
    project = bench_project(Project.find(), facts)
    population = fill(project, facts)
    copy = compacted_copy(project, population)
    questions = VIEW.findall((project.root / "docs" / "questions.md").read_text())
    reader, times = Reader(population.lake), {question: ([], []) for question in questions}
    with nullcontext() if quiet else commits(project, rate):
        for question in questions:  # once to warm up: the files come into memory
            ask(reader, copy, question)
        for _ in track(range(rounds), "asking", console=Console(stderr=True)):
            for question in questions:
                for found, taken in zip(times[question], ask(reader, copy, question), strict=True):
                    found.append(taken)
    report(times)


def bench_project(project: Project, facts: int) -> Project:
    """The same SQL over a lake of its own."""
    root = project.state / "bench-readers" / str(facts)
    root.mkdir(parents=True, exist_ok=True)
    for name in ("catalog", "docs", "sql", "udfs"):
        if not (root / name).exists():
            (root / name).symlink_to(project.root / name)
    return Project(root)


def population_of(project: Project) -> Population:
    """What fills its lake, up to today."""
    return Population(project, datetime.now(UTC).date() - timedelta(days=DAYS))


def fill(project: Project, facts: int) -> Population:
    """What fills the lake, which has its facts: made now, unless all were there; the rows of a day are one commit."""
    filled = project.state / "filled"
    if filled.exists():
        return population_of(project)
    shutil.rmtree(project.state, ignore_errors=True)  # of a run that was interrupted
    project.state.mkdir()
    population = population_of(project)
    population.create()
    for day in track(range(DAYS), "filling", console=Console(stderr=True)):
        population.add(day, 0, facts // DAYS, facts // DAYS)
    filled.touch()
    return population


def compacted_copy(project: Project, population: Population) -> duckdb.DuckDBPyConnection:
    """A DuckDB in which each table is one Parquet file, and the views are the same."""
    folder = project.state / "copy"
    folder.mkdir(parents=True, exist_ok=True)
    lake = population.lake
    copy = open_duckdb()
    with lake.connect() as stored:
        for table in track(lake.moment().tables, "copying", console=Console(stderr=True)):
            file = folder / f"{table.name}.parquet"
            if not file.exists():
                stored.execute(f"COPY {quoted(table.name)} TO '{file}.new' (COMPRESSION zstd, FORMAT parquet)")
                Path(f"{file}.new").rename(file)
            schema = quoted(table.name.rpartition(".")[0])
            copy.execute(f"ATTACH IF NOT EXISTS ':memory:' AS {table.catalog}; CREATE SCHEMA IF NOT EXISTS {schema}")
            copy.execute(f"CREATE VIEW {quoted(table.name)} AS FROM '{file}'")
    copy.execute("CREATE SCHEMA telecom.serving")
    create_views(copy, [file for file in lake.serving if file.parts[-3] == "telecom"])
    return copy


@contextmanager
def commits(project: Project, rate: int) -> Iterator[None]:
    """Has another process commit while the body runs."""
    spawn = multiprocessing.get_context("spawn")
    stopped = spawn.Event()
    writer = spawn.Process(target=commit_each_second, args=(project, rate, stopped))
    writer.start()
    try:
        yield
    finally:
        stopped.set()
        writer.join()


def commit_each_second(project: Project, rate: int, stopped: Event) -> None:
    """Commits events of today, a little every second, and compacts what was committed as the jobs do."""
    population, began = population_of(project), time.monotonic()
    for done in itertools.count():
        if stopped.wait(max(0.0, began + done - time.monotonic())):
            return
        if done and done % COMPACTED == 0:
            population.compact(DAYS)
        population.add(DAYS, done * rate, rate, rate * 86_400)


def ask(reader: Reader, copy: duckdb.DuckDBPyConnection, question: str) -> tuple[float, float]:
    """How long a view's answer takes through Iceberg, finding the moment included, and from the copy (s)."""
    sql = f"FROM telecom.serving.{question}"
    began = time.perf_counter()
    for result in reader.results(sql):
        list(result.rows)
    answered = time.perf_counter()
    copy.execute(sql).fetchall()
    return answered - began, time.perf_counter() - answered


def report(times: dict[str, tuple[list[float], list[float]]]) -> None:
    """The medians."""
    table = Table("question", "Iceberg (s)", "slowest", "copy (s)", "ratio")
    over = Counter()
    for question, (iceberg, copy) in times.items():
        ratio = statistics.median(one / other for one, other in zip(iceberg, copy, strict=True))
        over += Counter({"1 s": statistics.median(iceberg) > 1, "1.5 times": ratio > 1.5})
        row = (statistics.median(iceberg), max(iceberg), statistics.median(copy), ratio)
        table.add_row(question, *(f"{number:.2f}" for number in row))
    Console().print(table)
    print(f"over 1 s: {over['1 s']}, over 1.5 times the copy: {over['1.5 times']}")


if __name__ == "__main__":
    run(main)
