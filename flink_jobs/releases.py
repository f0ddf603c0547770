"""What is deployed of each job, so that `up` resumes just that, whatever the project's files say by then."""

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

from py4j.protocol import Py4JJavaError
from pydantic import BaseModel, ConfigDict

from flink_jobs import functions
from flink_jobs.domains import Insert, Job
from flink_jobs.environment import LOCAL, Environment
from flink_jobs.errors import ProjectError
from flink_jobs.local import formats
from flink_jobs.planner import duration
from flink_jobs.project import Project
from flink_jobs.statements import Statement, restated
from flink_jobs.topics import Offsets

STATE_TTL = "table.exec.state.ttl"


class Line(BaseModel):
    """A statement as it stood in its file, secrets and addresses still by reference."""

    file: Path
    line: int
    column: int
    text: str

    @classmethod
    def of(cls, statement: Statement) -> "Line":
        """The statement with its place."""
        return cls(file=statement.file, line=statement.line, column=statement.column, text=statement.text)

    @property
    def statement(self) -> Statement:
        """The statement at its place again."""
        return restated(self.text, self.file, self.line, self.column)


class Table(BaseModel):
    """A table that a job writes: the view that fills it, and the topic whose coordinates its rows carry, if any."""

    name: str
    view: str
    overwrite: bool
    topic: str | None


class Release(BaseModel):
    """One version of a job, complete in itself but for the Python files beside it."""

    model_config = ConfigDict(frozen=True)

    job: str
    environment: str
    batch: bool
    fingerprint: str
    statements: list[Line]
    tables: list[Table]
    sources: dict[str, str]  # Kafka source table -> topic
    state_ttl: timedelta = timedelta()  # how long the job remembers what it has read

    @property
    def domain(self) -> str:
        """The catalog of its tables."""
        return self.tables[0].name.partition(".")[0]

    def tables_of(self, topic: str) -> list[Table]:
        """The tables that hold rows of a topic."""
        return [table for table in self.tables if table.topic == topic]


class Deployment(BaseModel):
    """A release, where its job began to read, and how to find its job again.

    `job_id` is chosen before submission, so a submission that was cut off is found again, never repeated.
    """

    release: Release
    job_id: str
    restore: str | None = None  # the savepoint or checkpoint that the job began from
    starts: dict[str, Offsets] = {}  # source table -> where to begin without one
    reached: dict[str, Offsets] = {}  # table -> the last offsets that it held then, where it was ahead of its source's start
    stopped: bool = False  # with the savepoint to restore: all its tables hold the same records, and it has not run since
    stopping: bool = False  # told to stop, and nobody saw how that ended: no checkpoint from before can be trusted
    finished: bool = False  # a batch that has ended well
    options: str = ""  # a hash of those that it was submitted with to a Flink elsewhere, where that is known


class Store:
    """What is deployed to an environment: `<job>.json`, and `<job>/<fingerprint>/udfs` with the Python files.

    It is in `.trunkline/jobs`, and in `.trunkline/<env>/jobs` for an environment other than `local`.
    """

    def __init__(self, project: Project, environment: str = LOCAL) -> None:
        self.project = project
        self.folder = project.state / ("" if environment == LOCAL else environment) / "jobs"

    def __iter__(self) -> Iterator[Deployment]:
        return (Deployment.model_validate_json(file.read_text()) for file in sorted(self.folder.glob("*.json")))

    def get(self, job: str) -> Deployment | None:
        """What is deployed of a job."""
        file = self.folder / f"{job}.json"
        return Deployment.model_validate_json(file.read_text()) if file.exists() else None

    def save(self, deployment: Deployment) -> None:
        """Records a deployment, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{deployment.release.job}.json"
        new = file.with_suffix(".new")
        new.write_text(deployment.model_dump_json(indent=1))
        new.replace(file)

    def remove(self, job: str) -> None:
        """Forgets a job. Its tables stay."""
        (self.folder / f"{job}.json").unlink()
        shutil.rmtree(self.folder / job, ignore_errors=True)

    def python_path(self, release: Release) -> Path:
        """The folder from which the release's Python workers import."""
        return self.folder / release.job / release.fingerprint[:16]

    def keep_python(self, release: Release) -> None:
        """Copies the project's Python files beside the release."""
        target = self.python_path(release)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.project.root / "udfs", target / "udfs", ignore=shutil.ignore_patterns("__pycache__"))

    def forget_python(self, job: str) -> None:
        """Removes the Python files of a job's earlier releases."""
        current = self.python_path(self.get(job).release)
        for folder in current.parent.iterdir():
            if folder != current:
                shutil.rmtree(folder)


def release(project: Project, environment: Environment, job: Job) -> Release:
    """The job as the project's files declare it now."""
    topics = {name: topic for name, source in job.sources.items() if (topic := environment.topic(source))}
    tables = [Table(name=i.table, view=i.view, overwrite=i.overwrite, topic=topic_of(job, i, topics)) for i in job.inserts]
    lines = [Line.of(s) for s in (*needed(environment, job), *job.settings, *job.definitions, job.statement_set)]
    return Release(
        job=job.name,
        environment=environment.name,
        batch=job.is_batch,
        fingerprint=fingerprint(project, lines, job, bool(topics)),
        statements=lines,
        tables=tables,
        sources=topics,
        state_ttl=state_ttl(line.statement for line in lines),
    )


def state_ttl(statements: Iterable[Statement]) -> timedelta:
    """How long state is kept by the last SET of Flink's option for it; zero without one. A ProjectError if that is no duration."""
    found = [s for s in statements if s.kind == "SET" and s.setting[0] == STATE_TTL]
    if not found:
        return timedelta()
    _, value = found[-1].setting
    try:
        return duration(value)
    except Py4JJavaError:
        problem = found[-1].problem(f"{STATE_TTL} can't be '{value}'", "write a duration, such as 24 h", found[-1].tokens[3])
        raise ProjectError([problem]) from None


def needed(environment: Environment, job: Job) -> list[Statement]:
    """What a job needs of its environment: settings, its tables' catalogs and namespaces, and what its sources are LIKE."""
    catalogs = {insert.table.partition(".")[0] for insert in job.inserts}
    bases = {base.declares for source in job.sources.values() for base in environment.bases_of(source)}
    return [s for s in environment.written if s.kind == "SET" or (s.name[0] in (bases if s.kind == "CREATE TEMPORARY TABLE" else catalogs))]


def topic_of(job: Job, insert: Insert, topics: dict[str, str]) -> str | None:
    """The one topic that a table's rows come from."""
    found = {topics[name] for name in job.origins[insert.view] if name in topics}
    return found.pop() if found else None


def fingerprint(project: Project, lines: list[Line], job: Job, decodes: bool) -> str:
    """A hash of all that the job is made of: its SQL without comments, its Python, the format's jar."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.statement.normal.encode() + b"\0")
    for function in job.functions:
        path = next(token.value for token in function.tokens if token.kind == "string")
        for module, syntax in sorted(functions.sources(project.root, path).items()):
            digest.update(f"{module}\0{syntax}\0".encode())
    if decodes:
        digest.update(formats.build(project).read_bytes())
    return digest.hexdigest()
