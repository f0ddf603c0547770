"""Jobs over three TaskManagers at parallelism four: one is killed, then they are made narrower and wider, against the oracles.

Two of the three find no Python of the project on their disk, as on another machine: what they run has come with the jobs.
"""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pytest

from flink_jobs.local import flink
from flink_jobs.local.processes import Daemon
from tests.end_to_end.prices import FACT, send_all_prices, wrong_tables
from tests.end_to_end.workbench import REPOSITORY, Workbench, interrupt, wait
from tests.oracle import books, telecom
from tests.oracle.topic import read_topic

pytestmark = [pytest.mark.environments, pytest.mark.needs("unshare")]

BOOKS = "books.bronze.sensor_stream"
SLOTS = 5  # of each; those of two are enough for all jobs at parallelism four
OTHERS = ("TaskManager-2", "TaskManager-3")


@pytest.fixture
def bench(workbench: Workbench) -> Iterator[Workbench]:
    """Whose stack has three TaskManagers."""
    workbench.keep_only("books", "stocks")
    workbench.environment["TRUNKLINE_TASK_SLOTS"] = str(SLOTS)
    workbench.configure_flink("parallelism.default", "4")
    workbench.trunkline("up")
    with ExitStack() as running:
        for name in OTHERS:
            daemon = Daemon(workbench.project, name)
            command = [*flink.taskmanager_command(workbench.project), "-D", f"taskmanager.resource-id={name}"]
            daemon.start(without_udfs(workbench, command), workbench.environment | flink.environment(workbench.project))
            running.callback(daemon.stop)
        wait(lambda: len(workbench.taskmanagers) == 1 + len(OTHERS), "three TaskManagers")
        yield workbench


def test_jobs_go_on_over_several_taskmanagers_whatever_becomes_of_one(bench: Workbench) -> None:
    bench.trunkline("deploy")
    sellers = ("feed", "csv", "feeds/books/best_sellers.csv", "--topic", "sensor_stream", "--delay", "2")
    feeds = [bench.start("trunkline", *sellers), bench.start("trunkline", "feed", "stocks", "--days-per-second", "0.1")]
    wait_for_more(bench)
    busy = busy_hosts(bench)
    assert len(busy) > 1

    victim = next(name for name in OTHERS if name in busy)
    os.kill(Daemon(bench.project, victim).process().pid, signal.SIGKILL)
    wait(lambda: len(bench.taskmanagers) == len(OTHERS), "a TaskManager less", every=0.1)
    wait_for_more(bench)
    assert bench.restarts()

    for parallelism, kept in ((2, True), (1, True), (4, True), (3, False)):
        bench.configure_flink("parallelism.default", str(parallelism))
        if not kept:  # state is shared out by it
            bench.configure_flink("pipeline.max-parallelism", "64")
        said = bench.trunkline("deploy")
        assert kept or "books-books begins where its tables end: its state can't be restored: " in said
        assert bench.widths() == {"books-books": parallelism, "stocks-companies": parallelism, "stocks-prices": 1}
        wait_for_more(bench)

    for feed in feeds:
        interrupt(feed)
    send_all_prices(bench)
    bench.wait_until_caught_up(BOOKS, "sensor_stream")
    records = read_topic(bench.bootstrap, "sensor_stream")
    assert wrong_tables(bench) == []
    accepted = books.accepted(bench.stored("books.silver.stg_books").to_pylist())
    assert telecom.differences(books.stored_tables(books.expected(records, accepted)), bench.stored) == []


def without_udfs(bench: Workbench, command: Sequence[str]) -> list[str]:
    """A command that runs where the folders of Python functions are empty: the repository's, the project's, and those of its releases."""
    releases = bench.project.state / "jobs"
    releases.mkdir(exist_ok=True)
    hide = [f"mount -t tmpfs none '{folder}'" for folder in (REPOSITORY / "udfs", bench.project.root / "udfs", releases)]
    return ["unshare", "--map-root-user", "--mount", "sh", "-c", " && ".join([*hide, 'exec "$@"']), "sh", *command]


def wait_for_more(bench: Workbench) -> None:
    """Waits for new rows of each feed."""
    for table, rows in ((BOOKS, 5), (FACT, 50)):
        bench.wait_for_rows(table, bench.rows(table) + rows)


def busy_hosts(bench: Workbench) -> set[str]:
    """Those that a part of a job runs on."""
    jobs = bench.cluster
    vertices = [(job.id, vertex["id"]) for job in jobs.jobs() if not job.ended for vertex in jobs.get(f"/jobs/{job.id}")["vertices"]]
    shares = [jobs.get(f"/jobs/{job}/vertices/{vertex}/taskmanagers")["taskmanagers"] for job, vertex in vertices]
    return {share["taskmanager-id"] for of_vertex in shares for share in of_vertex}
