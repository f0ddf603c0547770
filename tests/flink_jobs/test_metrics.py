"""What Prometheus is told, over HTTP."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from flink_jobs.cluster import RunningJob
from flink_jobs.exporter import Look
from flink_jobs.monitor import Monitor
from flink_jobs.project import Project
from tests.end_to_end.workbench import free_ports
from tests.flink_jobs.lakes import NOON, SILVER, append, make_project, make_table

LEDGER = Path(__file__).parent / "ledger"


class Jobs:
    """Flink's answer for two jobs, one of which has failed."""

    url = "http://flink"

    def jobs(self) -> list[RunningJob]:
        return [RunningJob(name, name, state, NOON, timedelta(0)) for name, state in (("a", "RUNNING"), ("b", "FAILED"))]

    def get(self, path: str) -> object:
        return [] if "metrics" in path else {"latest": {"completed": None}}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path, "shop")


def seen(monitor: Monitor) -> dict[tuple[str, ...], float]:
    """Each sample by its name and labels."""
    registry = CollectorRegistry()
    registry.register(Look(monitor))
    return samples(generate_latest(registry).decode())


def samples(text: str) -> dict[tuple[str, ...], float]:
    """The samples of a page in Prometheus' format."""
    return {
        (sample.name, *sample.labels.values()): sample.value for family in text_string_to_metric_families(text) for sample in family.samples
    }


def test_tables_and_jobs(project: Project) -> None:
    monitor = Monitor(project)
    monitor.cluster = Jobs()
    table = make_table(monitor.lake, "shop.silver.orders", SILVER)
    make_table(monitor.lake, "shop.gold.empty", SILVER)
    append(table, 40)
    committed = table.refresh().current_snapshot().timestamp_ms / 1000
    assert seen(monitor) == {
        ("trunkline_up", "flink"): 1,
        ("trunkline_up", "catalog"): 1,
        ("trunkline_job_running", "a"): 1,
        ("trunkline_job_running", "b"): 0,
        ("trunkline_table_rows", "shop.silver.orders"): 40,
        ("trunkline_table_rows", "shop.gold.empty"): 0,
        ("trunkline_table_committed_timestamp_seconds", "shop.silver.orders"): pytest.approx(committed),
    }


def test_where_nothing_says_what_is_deployed_the_streams_of_the_files_are_missed(project: Project) -> None:
    shutil.copytree(LEDGER / "sql", project.root / "sql", dirs_exist_ok=True)
    monitor = Monitor(project)
    monitor.cluster = Jobs()
    in_flink = {("trunkline_job_running", "a"): 1, ("trunkline_job_running", "b"): 0}
    missed = {("trunkline_job_running", "shop-customers"): 0, ("trunkline_job_running", "shop-orders"): 0}
    parts = {("trunkline_up", "flink"): 1, ("trunkline_up", "catalog"): 1}
    assert seen(monitor) == in_flink | missed | parts
    monitor.store.folder.mkdir(parents=True)
    assert seen(monitor) == in_flink | parts


def test_a_part_that_does_not_answer_is_told_and_the_other_is_shown(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUNKLINE_FLINK_PORT", str(free_ports(1)[0]))
    assert seen(Monitor(project)) == {("trunkline_up", "flink"): 0, ("trunkline_up", "catalog"): 1}
    (project.lake / "catalog.db").parent.mkdir(parents=True, exist_ok=True)
    (project.lake / "catalog.db").write_text("no database, but as long as one is at least, or SQLite takes it for an empty one" * 9)
    assert seen(Monitor(project)) == {("trunkline_up", "flink"): 0, ("trunkline_up", "catalog"): 0}


@contextmanager
def serving(project: Project, port: int) -> Iterator[subprocess.Popen]:
    """`trunkline metrics` in a process of its own."""
    command = [Path(sys.executable).with_name("trunkline"), "metrics", "--port", str(port)]
    with subprocess.Popen(command, cwd=project.root, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_the_page_until_it_is_told_to_end(project: Project) -> None:
    (port,) = free_ports(1)
    with serving(project, port) as process:
        address = re.match(r"http://\S+", process.stderr.readline()).group()
        assert address == f"http://127.0.0.1:{port}/metrics"
        with urlopen(address, timeout=10) as page:  # noqa: S310
            assert samples(page.read().decode())["trunkline_up", "catalog"] == 1
        with serving(project, port) as other:
            assert f"nothing can listen on 127.0.0.1:{port}: Address already in use; choose another --port" in other.communicate()[1]
            assert other.returncode == 1
        process.terminate()
        assert process.wait(10) == 0
