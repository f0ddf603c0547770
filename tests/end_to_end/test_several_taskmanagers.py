"""Jobs over three TaskManagers at parallelism four: one is killed, then the jobs are made narrower and wider, against the oracle."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from flink_jobs.cluster import Cluster
from flink_jobs.local import flink
from flink_jobs.local.processes import Daemon
from flink_jobs.project import Project
from tests.end_to_end.prices import FACT, assert_tables_are_right, send_all_prices
from tests.end_to_end.workbench import Workbench, interrupt, wait

pytestmark = pytest.mark.environments

SLOTS = 4
OTHERS = ("TaskManager-2", "TaskManager-3")


@pytest.fixture
def bench(workbench: Workbench) -> Iterator[Workbench]:
    """Whose stack has three TaskManagers."""
    workbench.keep_only("stocks")
    workbench.environment["TRUNKLINE_TASK_SLOTS"] = str(SLOTS)
    set_parallelism(workbench, 4)
    workbench.trunkline("up")
    with ExitStack() as running:
        for name in OTHERS:
            daemon = Daemon(workbench.project, name)
            command = [*flink.taskmanager_command(workbench.project), "-D", f"taskmanager.resource-id={name}"]
            daemon.start(command, workbench.environment | flink.environment(workbench.project))
            running.callback(daemon.stop)
        wait(lambda: len(hosts(workbench)) == 1 + len(OTHERS), "three TaskManagers")
        yield workbench


def test_jobs_go_on_over_several_taskmanagers_whatever_becomes_of_one(bench: Workbench) -> None:
    bench.trunkline("deploy")
    feed = bench.start("trunkline", "feed", "stocks", "--days-per-second", "0.5")
    bench.wait_for_rows(FACT, 50)
    assert len(busy_hosts(bench)) > 1

    os.kill(Daemon(bench.project, OTHERS[0]).process().pid, signal.SIGKILL)
    wait(lambda: len(hosts(bench)) == len(OTHERS), "a TaskManager less", every=0.1)
    bench.wait_for_rows(FACT, bench.rows(FACT) + 50)

    for parallelism in (1, 3):
        set_parallelism(bench, parallelism)
        bench.trunkline("deploy")
        wait(lambda: widths(bench) == {parallelism}, f"jobs at parallelism {parallelism}")  # noqa: B023
        bench.wait_for_rows(FACT, bench.rows(FACT) + 50)

    interrupt(feed)
    send_all_prices(bench)
    assert_tables_are_right(bench)


def set_parallelism(bench: Workbench, parallelism: int) -> None:
    """Writes it into the configuration of the cluster."""
    file = bench.project.root / "stack" / "flink.yaml"
    kept = [line for line in file.read_text().splitlines() if not line.startswith("parallelism.default")]
    file.write_text("\n".join([*kept, f"parallelism.default: {parallelism}", ""]))


def cluster(project: Project) -> Cluster:
    """The project's."""
    return Cluster(flink.url(project))


def hosts(bench: Workbench) -> set[str]:
    """The TaskManagers that the JobManager knows."""
    return {manager["id"] for manager in cluster(bench.project).get("/taskmanagers")["taskmanagers"]}


def busy_hosts(bench: Workbench) -> set[str]:
    """Those that a part of a job runs on."""
    jobs = cluster(bench.project)
    vertices = [(job.id, vertex["id"]) for job in jobs.jobs() if not job.ended for vertex in jobs.get(f"/jobs/{job.id}")["vertices"]]
    shares = [jobs.get(f"/jobs/{job}/vertices/{vertex}/taskmanagers")["taskmanagers"] for job, vertex in vertices]
    return {share["taskmanager-id"] for of_vertex in shares for share in of_vertex}


def widths(bench: Workbench) -> set[int]:
    """The parallelism of each running job's sources."""
    jobs = cluster(bench.project)
    running = [jobs.get(f"/jobs/{job.id}") for job in jobs.jobs() if job.state == "RUNNING"]
    return {vertex["parallelism"] for job in running for vertex in job["vertices"] if vertex["name"].startswith("Source:")}
