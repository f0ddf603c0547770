"""What runs, what it has stored, and how far behind Kafka that is: one look at a time."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property

import duckdb
from pydantic import BaseModel

from flink_jobs.cluster import Cluster, RunningJob
from flink_jobs.environment import LOCAL, load_environment
from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake
from flink_jobs.local import flink, postgres, stack
from flink_jobs.local.processes import Status as Process
from flink_jobs.project import Project
from flink_jobs.releases import Store
from flink_jobs.snapshots import StoredTable
from flink_jobs.topics import Offsets, Topics

NOT_RUNNING = "NOT RUNNING"
DOWN = {NOT_RUNNING, "FAILED", "FAILING", "CANCELED"}


class JobStatus(BaseModel):
    """A job; `state` is Flink's, or NOT RUNNING for a deployed job that the cluster does not know."""

    name: str
    state: str
    since: datetime | None = None
    restarts: int | None = None
    checkpoint_at: datetime | None = None

    @property
    def is_down(self) -> bool:
        """Whether it needs a person."""
        return self.state in DOWN


class TableStatus(BaseModel):
    """A stored table. `newest_at` is the highest Kafka timestamp; None for a table that is empty or has no such column."""

    name: str
    rows: int
    committed_at: datetime | None
    newest_at: datetime | None = None
    rejected: int | None = None


class TopicStatus(BaseModel):
    """How many records of a topic its bronze table does not hold yet; None when Kafka has no such topic."""

    name: str
    table: str
    behind: int | None


class ServedStatus(BaseModel):
    """A domain in the local PostgreSQL: when the newest rows that it has were committed, and how much earlier than the lake's that was."""

    domain: str
    reached_at: datetime
    behind_seconds: float


class Status(BaseModel):
    """One look at everything; `problems` are sentences for a person. Times are in UTC, sizes in bytes."""

    at: datetime
    processes: list[Process]
    jobs: list[JobStatus]
    tables: list[TableStatus]
    topics: list[TopicStatus]
    served: list[ServedStatus] = []
    problems: list[str]


class Monitor:
    """Looks at a project again and again over the same connections."""

    def __init__(self, project: Project, environment: str = LOCAL) -> None:
        self.project = project
        self.environment = load_environment(project, environment)
        self.store = Store(project, environment)
        self.cluster = Cluster(self.environment.flink or flink.url(project))
        self.lake = Lake.of(project, environment)

    def look(self) -> Status:
        """Everything as it is now. What can't be seen is left out and said in `problems`."""
        status = self.running()
        with _noting(status.problems):
            stored = self.lake.tables()
            status.tables = [self.table(table) for table in stored]
            if all(process.running for process in status.processes if process.name == "Kafka"):
                fed = self.fed()
                status.topics = [topic for table in stored if table.database == "bronze" for topic in self.lag(table, fed.get(table.name))]
            if any(process.name == stack.POSTGRES.name for process in status.processes):
                status.served = list(self.served(stored))
        return status.model_copy(update={"at": datetime.now(UTC)})

    def running(self) -> Status:
        """The processes and the jobs as they are now, without tables and topics: a small part of a look."""
        problems: list[str] = []
        processes = stack.processes(self.project) if not self.environment.flink else []
        down = [process.name for process in processes if not process.running]
        if down:
            problems.append(f"{'the stack' if len(down) == len(processes) else ', '.join(down)} is down; start it with `trunkline up`")
        jobs: list[JobStatus] = []
        if "JobManager" not in down:
            with _noting(problems):
                jobs = list(self.jobs())
        problems += [
            f"job {job.name} is {job.state}; see {self.cluster.url}, and resume it with `trunkline up`" for job in jobs if job.is_down
        ]
        return Status(at=datetime.now(UTC), processes=processes, jobs=jobs, tables=[], topics=[], problems=problems)

    def jobs(self) -> Iterator[JobStatus]:
        """The newest job of each name, and the deployed ones that the cluster does not know."""
        running = {job.name: job for job in reversed(self.cluster.jobs())}
        for _, job in sorted(running.items()):
            yield self.job(job)
        for deployment in self.store:
            if deployment.release.job not in running and not deployment.finished:
                yield JobStatus(name=deployment.release.job, state=NOT_RUNNING)

    def job(self, job: RunningJob) -> JobStatus:
        """How a job of the cluster fares."""
        restarts = {metric["id"]: metric["value"] for metric in self.cluster.get(f"/jobs/{job.id}/metrics?get=numRestarts")}
        checkpoint = None
        with suppress(TrunklineError):  # Flink refuses this of a job without checkpoints, such as a batch
            checkpoint = self.cluster.get(f"/jobs/{job.id}/checkpoints")["latest"]["completed"]
        return JobStatus(
            name=job.name,
            state=job.state,
            since=job.start,
            restarts=restarts.get("numRestarts"),
            checkpoint_at=checkpoint and datetime.fromtimestamp(checkpoint["latest_ack_timestamp"] / 1000, UTC),
        )

    def table(self, table: StoredTable) -> TableStatus:
        """What a table holds."""
        status = TableStatus(name=table.name, rows=table.rows, committed_at=table.committed_at)
        asked = {"newest_at": ("kafka_timestamp", "max(kafka_timestamp)"), "rejected": ("is_rejected", "count_if(is_rejected)")}
        asked = {field: sql for field, (column, sql) in asked.items() if column in table.columns}
        if not (table.rows and asked):
            return status
        answer = self.lake.select(table, ", ".join(asked.values())).fetchone()
        return status.model_copy(update=dict(zip(asked, answer, strict=True)))

    def fed(self) -> dict[str, str]:
        """The topic that each table of the deployed jobs is filled from."""
        return {table.name: table.topic for deployment in self.store for table in deployment.release.tables if table.topic}

    def lag(self, table: StoredTable, topic: str | None = None) -> Iterator[TopicStatus]:
        """How far a bronze table is behind each topic that it holds, and behind that of its job, of which it may hold nothing yet."""
        if not {"kafka_topic", "kafka_partition", "kafka_offset"} <= set(table.columns):
            return
        held: dict[str, Offsets] = {topic: {}} if topic else {}
        newest = self.lake.select(table, "kafka_topic, kafka_partition, max(kafka_offset)", "GROUP BY ALL")
        for name, partition, offset in newest.fetchall():
            held.setdefault(name, {})[partition] = offset
        for name, reached in held.items():
            first, end = self.topics.bounds(name, earliest=True), self.topics.bounds(name)
            behind = sum(end[partition] - max(first[partition], reached.get(partition, -1) + 1) for partition in end) if end else None
            yield TopicStatus(name=name, table=table.name, behind=behind)

    def served(self, stored: Iterable[StoredTable]) -> Iterator[ServedStatus]:
        """How far the local PostgreSQL is behind the gold tables of each domain that it serves."""
        newest: dict[str, datetime] = {}
        for table in stored:
            if table.database == "gold" and table.committed_at:
                newest[table.catalog] = max(table.committed_at, newest.get(table.catalog, table.committed_at))
        for domain, at in postgres.reached(self.project).items():
            behind = newest[domain] - at if domain in newest else timedelta()
            yield ServedStatus(domain=domain, reached_at=at, behind_seconds=max(behind.total_seconds(), 0))

    @cached_property
    def topics(self) -> Topics:
        """Kafka, where the environment says it is."""
        return Topics(self.environment.kafka)


@contextmanager
def _noting(problems: list[str]) -> Iterator[None]:
    try:
        yield
    except (TrunklineError, duckdb.IOException) as error:  # IOException: a snapshot expired while it was read
        problems.append(str(error))
