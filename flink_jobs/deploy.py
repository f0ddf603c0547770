"""`trunkline deploy`: makes the cluster run what the project's files say, with no record lost or repeated.

A table is where it is by what it holds: each stored row has its Kafka coordinates. A changed job begins at the earliest record
that one of its tables lacks, and each table takes only what lies beyond its own last offsets. So it does not matter how the old job
ended, and a table that is new to a job is filled from the beginning of its topic.
"""

import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from urllib.parse import urlparse
from uuid import uuid4

from flink_jobs.check import Checked
from flink_jobs.cluster import Cluster, NoSavepointError
from flink_jobs.contracts import Evolution, evolution
from flink_jobs.diagnosis import RestoreError
from flink_jobs.domains import Job
from flink_jobs.environment import LOCAL, load_environment
from flink_jobs.errors import Problem, ProjectError, TrunklineError
from flink_jobs.lake import Lake
from flink_jobs.local import flink, stack
from flink_jobs.planner import Planner, cluster_of, kill_jvm, start_jvm
from flink_jobs.project import Project
from flink_jobs.releases import Deployment, Release, Store, release
from flink_jobs.submit import submit
from flink_jobs.topics import Offsets, Topics

KEEP, START, CHANGE, RESUME, RUN, REMOVE = "unchanged", "start", "change", "resume", "run", "remove"


@dataclass
class Step:
    """What a deploy does with one job."""

    action: str
    job: str
    release: Release
    deployed: Deployment | None
    alive: bool
    evolutions: dict[str, Evolution] = field(default_factory=dict)

    @property
    def submits(self) -> bool:
        """Whether the job is submitted anew."""
        return self.action in (START, CHANGE, RESUME, RUN)

    @property
    def reads_back(self) -> str:
        """For a person: how far a changed job goes back in its topics to know again what it had in mind."""
        hours = self.release.state_ttl.total_seconds() / 3600
        return f"reads back {hours:g} h for its state" if hours and self.action == CHANGE else ""


class Deployer:
    """A project, its cluster and its lake."""

    def __init__(self, project: Project, environment: str = LOCAL) -> None:
        self.project = project
        self.store = Store(project, environment)
        self.environment = load_environment(project, environment)
        self.cluster = Cluster(self.environment.flink or flink.url(project))
        self.lake = Lake.of(project, environment)
        self.begun_anew: dict[str, str] = {}  # job -> what to tell of it, for its state could not be restored

    def plan(self, checked: Checked) -> list[Step]:
        """What would be done; every stored table that can't become what its contract says, as one ProjectError."""
        alive = {job.id for job in self.cluster.jobs() if not job.ended}
        problems: list[Problem] = []
        steps = [self.step(release(self.project, self.environment, job), alive) for job in checked.jobs]
        for step, job in zip(steps, checked.jobs, strict=True):
            try:
                step.evolutions = dict(self.evolutions(checked, job))
            except ProjectError as error:
                problems += error.problems
        if problems:
            raise ProjectError(problems)
        names = {job.name for job in checked.jobs}
        gone = [d for d in self.store if d.release.job not in names and checked.domain in (None, d.release.domain)]
        return steps + [Step(REMOVE, d.release.job, d.release, d, d.job_id in alive) for d in gone]

    def step(self, new: Release, alive: set[str]) -> Step:
        """What becomes of one job."""
        old = self.store.get(new.job)
        running = old is not None and old.job_id in alive
        same = old is not None and old.release.fingerprint == new.fingerprint
        if new.batch:
            action = KEEP if old and same and old.finished and not any(self.is_empty(t.name) for t in new.tables) else RUN
        elif same:
            action = KEEP if running and old.options in ("", self.options) else RESUME
        else:
            action = CHANGE if old else START
        return Step(action, new.job, new, old, running)

    @cached_property
    def options(self) -> str:
        """A hash of what jobs on a Flink elsewhere are submitted with. One here is started anew when that changes."""
        return flink.job_options(self.project) if self.environment.flink else ""

    def is_empty(self, table: str) -> bool:
        """Whether nothing is stored in a table."""
        stored = self.lake.find(table)
        return stored is None or stored.rows == 0

    def evolutions(self, checked: Checked, job: Job) -> Iterable[tuple[str, Evolution]]:
        """How the stored tables of a job must change."""
        problems: list[Problem] = []
        for name, contract in job.contracts.items():
            stored = self.lake.find(name)
            try:
                if stored and (changes := evolution(contract, checked.tables[name], stored.iceberg)):
                    yield name, changes
            except ProjectError as error:
                problems += error.problems
        if problems:
            raise ProjectError(problems)

    def deploy(self, checked: Checked) -> list[Step]:
        """Does what `plan` says, until the streams run; a local Flink with another format or configuration is started anew first."""
        steps = self.plan(checked)
        if not self.environment.flink and stack.flink_is_stale(self.project, self.environment.name):
            self.stop_all()
            stack.restart_flink(self.project, self.environment.name)
            steps = self.plan(checked)
        self.apply(steps)
        return steps

    def apply(self, steps: list[Step]) -> None:
        """Does what the steps say. Ended at any moment, the next `deploy` or `up` goes on from there."""
        topics = Topics(self.environment.kafka)
        topics.create({topic for step in steps for topic in step.release.sources.values() if step.submits})
        for step in steps:
            if step.action != KEEP and step.alive:
                step.deployed = self.stop(step.deployed)
            if step.action == REMOVE:
                self.store.remove(step.job)
        fresh = [self.fresh(step.release, topics, step.deployed) for step in steps if step.action in (START, CHANGE, RUN)]
        for deployment in fresh:
            self.store.keep_python(deployment.release)
            self.store.save(deployment)
        for step in steps:
            for table, changes in step.evolutions.items():
                changes.apply(self.lake.find(table).iceberg)
        resumed = [self.resumed(step.deployed, topics) for step in steps if step.action == RESUME]
        self.start([*fresh, *resumed], {step.job: step.deployed for step in steps if step.action == RESUME})
        for step in steps:
            if step.action == CHANGE:
                self.forget(step.deployed)

    def fresh(self, new: Release, topics: Topics, old: Deployment | None = None) -> Deployment:
        """A deployment that begins where the tables of its job end, or before that, as far back as its state reaches."""
        starts: dict[str, Offsets] = {}
        reached: dict[str, Offsets] = {}
        for source, topic in new.sources.items():
            held = self.held(new, topic, old)
            starts[source] = start = start_of(topic, held, topics)
            if new.state_ttl:
                since = topics.since(topic, datetime.now(UTC) - new.state_ttl)
                starts[source] = start = {p: min(offset, since.get(p, offset)) for p, offset in start.items()}
            ahead = {table: {p: o for p, o in offsets.items() if o >= start.get(p, 0)} for table, offsets in held.items()}
            reached |= {table: offsets for table, offsets in ahead.items() if offsets}
        return Deployment(release=new, job_id=uuid4().hex, starts=starts, reached=reached, options=self.options)

    def held(self, new: Release, topic: str, old: Deployment | None) -> dict[str, Offsets]:
        """How far each table of a release that holds rows of a topic has come."""
        held = {table.name: self.reached(table.name) for table in new.tables_of(topic)}
        if old and old.stopped:  # as far as the one with most rows, though few records become rows of some
            level = {table.name for table in old.release.tables_of(topic)} & held.keys()
            held |= dict.fromkeys(level, furthest(held[table] for table in level))
        return held

    def reached(self, table: str) -> Offsets:
        """The last offset of each partition that a stored table holds."""
        stored = self.lake.find(table)
        return (self.lake.reached(stored) or {}) if stored and stored.rows else {}

    def resumed(self, old: Deployment, topics: Topics) -> Deployment:
        """The same release as a new job: from the old job's last checkpoint or what that began from, else from where its tables end."""
        restore = None if old.stopping else self.checkpoint(old)
        again = {"job_id": uuid4().hex, "restore": restore, "stopped": False, "options": self.options}
        new = old.model_copy(update=again) if restore else self.fresh(old.release, topics, old)
        self.store.save(new)
        return new

    def checkpoint(self, deployment: Deployment) -> str | None:
        """The newest checkpoint or savepoint of a job that has ended, if there is one."""
        if self.environment.flink:
            return self.remote_checkpoint(deployment)
        newest = flink.newest_checkpoint(self.project, deployment.job_id)
        if newest:
            return flink.uri(newest)
        return deployment.restore if deployment.restore and path_of(deployment.restore).exists() else None

    def remote_checkpoint(self, deployment: Deployment) -> str | None:
        """The same on a cluster elsewhere: what it still knows of the job, else the savepoint that nothing has run from."""
        with suppress(TrunklineError):
            return self.cluster.newest_checkpoint(deployment.job_id)
        return deployment.restore if deployment.stopped else None

    def resume_all(self) -> list[str]:
        """Starts every deployed job that does not run; returns their names."""
        alive = {job.id for job in self.cluster.jobs() if not job.ended}
        stopped = [d for d in self.store if not d.release.batch and d.job_id not in alive]
        topics = Topics(self.environment.kafka)
        before = {deployment.release.job: deployment for deployment in stopped}
        self.start([self.resumed(deployment, topics) for deployment in stopped], before)
        return [deployment.release.job for deployment in stopped]

    def stop_all(self) -> list[str]:
        """Stops every running deployed job with a savepoint to resume from; returns their names."""
        alive = {job.id for job in self.cluster.jobs() if not job.ended}
        running = [d for d in self.store if d.job_id in alive]
        for deployment in running:
            self.stop(deployment)
        return [deployment.release.job for deployment in running]

    def stop(self, deployment: Deployment) -> Deployment:
        """Stops a job with a savepoint to resume from; one that can't take it is cancelled, and its last checkpoint counts.

        Where a savepoint may have been taken all the same, it may be committed too: no checkpoint from before counts.
        """
        if deployment.release.batch:
            self.cluster.cancel(deployment.job_id)
            return deployment
        stopping = deployment.model_copy(update={"stopping": True})
        self.store.save(stopping)
        try:
            savepoint = self.cluster.stop_with_savepoint(deployment.job_id, self.savepoints)
        except TrunklineError as error:
            self.cluster.cancel(deployment.job_id)
            stopped = deployment if isinstance(error, NoSavepointError) else stopping
        else:
            stopped = deployment.model_copy(update={"job_id": uuid4().hex, "restore": savepoint, "stopped": True})
        self.store.save(stopped)
        return stopped

    @property
    def savepoints(self) -> Path | None:
        """Where savepoints go; None for a cluster elsewhere, which has a place of its own."""
        return None if self.environment.flink else self.project.flink / "savepoints"

    def start(self, deployments: list[Deployment], before: Mapping[str, Deployment]) -> None:
        """Submits jobs, the streams first, and waits until these run. What a job goes on from stands in `before`, by its name.

        Where Flink can't restore that, for the parallelism or Flink itself is another, the job begins where its tables end.
        """
        if not deployments:
            return
        streams_first = sorted(deployments, key=lambda deployment: deployment.release.batch)
        start_jvm(self.project, self.environment.name)
        try:
            submitted = [self.submit(deployment, before.get(deployment.release.job)) for deployment in streams_first]
        except KeyboardInterrupt:
            kill_jvm()  # before a next `deploy` can look which jobs run
            raise
        for deployment in submitted:
            if not deployment.release.batch:
                self.cluster.wait_until_running(deployment.job_id)
        for job in self.begun_anew:
            self.forget(before[job])

    def submit(self, deployment: Deployment, before: Deployment | None) -> Deployment:
        """Submits a job to the cluster, without the state of the one before if that can't be restored; returns what was submitted."""
        job = deployment.release.job
        try:
            cluster = cluster_of(self.project, self.environment)
            submit(self.project, deployment, Planner(batch=deployment.release.batch, runs_on=cluster))
        except RestoreError as error:
            self.begun_anew[job] = f"{job} begins where its tables end: {error.problems[0].what}"
            anew = self.fresh(deployment.release, Topics(self.environment.kafka), before)
            self.store.save(anew)
            return self.submit(anew, None)
        except TrunklineError as error:
            raise TrunklineError(f"{job} was not submitted: {error}") from None
        return deployment

    def finish(self, steps: list[Step]) -> None:
        """Waits until the batches have ended well."""
        for step in steps:
            if step.action == RUN:
                deployment = self.store.get(step.job)
                self.cluster.wait_until_finished(deployment.job_id)
                self.store.save(deployment.model_copy(update={"finished": True}))

    def forget(self, old: Deployment) -> None:
        """Removes what only an earlier release needed. Checkpoints of a cluster elsewhere are its own."""
        self.store.forget_python(old.release.job)
        if self.environment.flink:
            if old.stopped and old.restore:
                self.cluster.dispose(old.restore)
            return
        shutil.rmtree(self.project.flink / "checkpoints" / old.job_id, ignore_errors=True)
        if old.restore:
            shutil.rmtree(path_of(old.restore), ignore_errors=True)


def path_of(uri: str) -> Path:
    """The folder of a checkpoint or savepoint on this machine."""
    return Path(urlparse(uri).path)


def furthest(tables: Iterable[Offsets]) -> Offsets:
    """The last offset of each partition that one of the tables holds."""
    last: Offsets = {}
    for offsets in tables:
        last |= {p: max(offset, last.get(p, offset)) for p, offset in offsets.items()}
    return last


def start_of(topic: str, held: dict[str, Offsets], topics: Topics) -> Offsets:
    """The earliest record that one of the tables lacks, by partition, but no earlier than what Kafka still has."""
    earliest, end = topics.bounds(topic, earliest=True), topics.bounds(topic)
    for table, offsets in held.items():
        for partition, offset in offsets.items():
            if offset >= end.get(partition, 0):
                place = f"{topic}, partition {partition}"
                raise TrunklineError(
                    f"{table} holds offset {offset} of {place}, which ends at {end.get(partition, 0)}: it was made anew",
                    "give the new topic another name, or remove the stored tables with `just clean`",
                )
    return {p: max(first, min((offsets.get(p, -1) + 1 for offsets in held.values()), default=0)) for p, first in earliest.items()}
