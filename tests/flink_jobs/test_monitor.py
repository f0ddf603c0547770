"""One look at jobs, tables and topics."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from flink_jobs.cluster import RunningJob
from flink_jobs.errors import TrunklineError
from flink_jobs.monitor import NOT_RUNNING, JobStatus, Monitor
from flink_jobs.project import Project
from flink_jobs.releases import Deployment, Release, Store, Table
from tests.flink_jobs.lakes import BRONZE, FIXED, NOON, SILVER, append, make_project, make_table


class FakeTopics:
    """Kafka with what it holds: topic -> partition -> earliest and end offset."""

    def __init__(self, held: dict[str, dict[int, tuple[int, int]]]) -> None:
        self.held = held

    def bounds(self, topic: str, earliest: bool = False) -> dict[int, int]:
        return {partition: offsets[0 if earliest else 1] for partition, offsets in self.held.get(topic, {}).items()}


class FakeCluster:
    """Flink's answers for two runs of the job `a`, and one of `b`."""

    url = "http://flink"

    def jobs(self) -> list[RunningJob]:
        def job(number: int, name: str, state: str) -> RunningJob:
            return RunningJob(str(number), name, state, NOON + timedelta(hours=number), timedelta(0))

        return [job(3, "a", "RUNNING"), job(2, "b", "FAILED"), job(1, "a", "CANCELED")]

    def get(self, path: str) -> Any:  # noqa: ANN401
        if "numRestarts" in path:
            return [{"id": "numRestarts", "value": "2"}]
        if path.startswith("/jobs/2/"):
            raise TrunklineError("Checkpointing has not been enabled.")
        return {"latest": {"completed": {"latest_ack_timestamp": NOON.timestamp() * 1000}}}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path, "shop")


def deploy(project: Project, job: str, finished: bool = False, fills: Mapping[str, str | None] = MappingProxyType({})) -> None:
    """Records a job as deployed, with the tables that it fills and their topics."""
    tables = [Table(name=name, view="v", overwrite=False, topic=topic) for name, topic in fills.items()]
    release = Release(job=job, environment="local", batch=finished, fingerprint="f", statements=[], tables=tables, sources={})
    Store(project).save(Deployment(release=release, job_id=job, finished=finished))


def test_tables(project: Project) -> None:
    monitor = Monitor(project)
    append(make_table(monitor.lake, "shop.silver.orders", SILVER), 40)
    append(make_table(monitor.lake, "shop.gold.hours", FIXED), 3)
    make_table(monitor.lake, "shop.bronze.orders", BRONZE)
    bronze, hours, silver = monitor.look().tables
    assert (silver.rows, silver.rejected, silver.newest_at) == (40, 4, NOON + timedelta(milliseconds=39))
    assert (hours.rows, hours.rejected, hours.newest_at) == (3, None, None)
    assert (bronze.rows, bronze.committed_at, bronze.newest_at) == (0, None, None)
    assert abs(silver.committed_at - datetime.now(UTC)) < timedelta(minutes=10)


def test_lag_counts_what_kafka_holds_and_bronze_does_not(project: Project) -> None:
    monitor = Monitor(project)
    table = make_table(monitor.lake, "shop.bronze.orders", BRONZE)
    append(table, 10)  # offsets 0 to 4 of partitions 0 and 1; partition 2 begins at 30 in Kafka by now
    monitor.topics = FakeTopics({"things": {0: (0, 20), 1: (0, 5), 2: (30, 37)}})
    (lag,) = monitor.lag(monitor.lake.find("shop.bronze.orders"))
    assert (lag.name, lag.table, lag.behind) == ("things", "shop.bronze.orders", 15 + 0 + 7)


def test_a_table_that_holds_nothing_yet_is_behind_the_topic_of_its_job(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(project, "orders", fills={"shop.bronze.orders": "things", "shop.silver.orders": "things", "shop.bronze.hours": None})
    monkeypatch.setattr("flink_jobs.local.stack.processes", lambda _: [])
    monitor = Monitor(project)
    monitor.cluster, monitor.topics = FakeCluster(), FakeTopics({"things": {0: (3, 20)}})
    for name in ("bronze.orders", "bronze.hours", "silver.orders"):
        make_table(monitor.lake, f"shop.{name}", BRONZE)
    (lag,) = monitor.look().topics
    assert (lag.name, lag.table, lag.behind) == ("things", "shop.bronze.orders", 17)


def test_a_topic_that_kafka_does_not_have_is_not_called_caught_up(project: Project) -> None:
    monitor = Monitor(project)
    append(make_table(monitor.lake, "shop.bronze.orders", BRONZE), 10)
    monitor.topics = FakeTopics({})
    assert [topic.behind for topic in monitor.lag(monitor.lake.find("shop.bronze.orders"))] == [None]


def test_a_table_without_coordinates_has_no_lag(project: Project) -> None:
    monitor = Monitor(project)
    append(make_table(monitor.lake, "shop.bronze.hours", FIXED), 3)
    assert list(monitor.lag(monitor.lake.find("shop.bronze.hours"))) == []


def test_jobs_are_the_newest_of_each_name_and_the_deployed_that_do_not_run(project: Project) -> None:
    for name in ("a", "lost"):
        deploy(project, name)
    deploy(project, "calendar", finished=True)
    monitor = Monitor(project)
    monitor.cluster = FakeCluster()
    assert list(monitor.jobs()) == [
        JobStatus(name="a", state="RUNNING", since=NOON + timedelta(hours=3), restarts=2, checkpoint_at=NOON),
        JobStatus(name="b", state="FAILED", since=NOON + timedelta(hours=2), restarts=2),
        JobStatus(name="lost", state=NOT_RUNNING),
    ]


def test_a_job_that_failed_or_is_not_there_is_a_problem(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(project, "lost")
    monkeypatch.setattr("flink_jobs.local.stack.processes", lambda _: [])
    monitor = Monitor(project)
    monitor.cluster = FakeCluster()
    resume = "see http://flink, and resume it with `trunkline up`"
    assert monitor.look().problems == [f"job b is FAILED; {resume}", f"job lost is NOT RUNNING; {resume}"]


def test_what_does_not_answer_is_a_problem_and_the_rest_is_shown(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent:
        def bounds(self, topic: str, earliest: bool = False) -> dict[int, int]:
            raise TrunklineError("Kafka does not answer")

    monkeypatch.setattr("flink_jobs.local.stack.processes", lambda _: [])
    monitor = Monitor(project)
    append(make_table(monitor.lake, "shop.bronze.orders", BRONZE), 10)
    monitor.cluster, monitor.topics = FakeCluster(), Silent()
    look = monitor.look()
    assert [table.rows for table in look.tables] == [10]
    assert look.topics == []
    assert "Kafka does not answer" in look.problems
