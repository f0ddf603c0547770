"""Whether each part of an environment is there, is what it must be, and can be used. Nothing is changed."""

import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from pathlib import Path, PurePath
from platform import python_version
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import requests

from flink_jobs import interpreters, storage
from flink_jobs.catalogs import CONNECT_SECONDS, server_time
from flink_jobs.cluster import Cluster
from flink_jobs.domains import read_domains
from flink_jobs.environment import LOCAL, load_environment
from flink_jobs.errors import TrunklineError
from flink_jobs.functions import needs
from flink_jobs.lake import Lake
from flink_jobs.librdkafka import NoAnswerError
from flink_jobs.local import flink
from flink_jobs.project import Project
from flink_jobs.topics import Topics

PATIENCE_SECONDS = 8.0
WORKER_SECONDS = 120.0
LARGEST_SKEW = timedelta(seconds=5)
HEARTBEAT = timedelta(seconds=10)  # Flink's default
PROBE = ".trunkline-doctor-"
NEEDED = ("kafka", "catalog", "warehouse", "flink")  # by a deploy
BROUGHT = frozenset({"python.archives", "python.executable", "python.requirements"})  # by a job, in place of its TaskManager's


@dataclass(frozen=True)
class Finding:
    """A part of an environment, whether it is right, and a sentence: what is there, or what is wrong and what to do."""

    part: str
    ok: bool
    says: str


class Checkup:
    """Looks at an environment. Each look says what is there; TrunklineError where that is wrong."""

    def __init__(self, project: Project, environment: str = LOCAL) -> None:
        self.project = project
        self.environment = load_environment(project, environment)
        self.lake = Lake.of(project, environment)
        self.cluster = Cluster(self.environment.flink or flink.url(project))

    @property
    def looks(self) -> dict[str, Callable[[], str]]:
        """By the part that is looked at."""
        return {
            "kafka": self.kafka,
            "topics": self.topics,
            "catalog": self.catalog,
            "warehouse": self.warehouse,
            "flink": self.flink,
            "jars": self.jars,
            "taskmanagers": self.taskmanagers,
            "python": self.python,
            "clock": self.clock,
        }

    def findings(self, parts: Collection[str] = ()) -> list[Finding]:
        """What each look finds, or those at some parts; all at once, and none for longer than PATIENCE_SECONDS."""
        return list(at_once({part: look for part, look in self.looks.items() if not parts or part in parts}))

    def ask_worker(self) -> Finding:
        """What the look at a worker finds. Its job is cancelled when WORKER_SECONDS are over."""
        from flink_jobs.workers import JOB

        (finding,) = at_once({"python": self.worker}, WORKER_SECONDS)
        with suppress(TrunklineError):
            for job in self.cluster.jobs():
                if job.name == JOB and not job.ended:
                    self.cluster.cancel(job.id)
        return finding

    def insist(self) -> None:
        """Raises the first thing that is wrong with what a deploy needs."""
        parts = (*NEEDED, "jars", "python") if self.environment.flink else NEEDED  # a local Flink is given its jars by the deploy
        for finding in self.findings(parts):
            if not finding.ok:
                raise TrunklineError(finding.says)

    def kafka(self) -> str:
        """Whether it answers, to this user."""
        found = Topics(self.environment.kafka).partitions()
        security = self.environment.kafka.get("security.protocol", "PLAINTEXT")
        return f"{self.environment.kafka['bootstrap.servers']} answers over {security}: {len(found)} topics"

    def topics(self) -> str:
        """Whether there are those that sources read."""
        jobs = [job for domain in read_domains(self.project) for job in domain.jobs]
        wanted = {topic for job in jobs for source in job.sources.values() if (topic := self.environment.topic(source))}
        try:
            missing = wanted - Topics(self.environment.kafka).partitions().keys()
        except NoAnswerError:
            raise TrunklineError("can't be told: Kafka does not answer") from None
        if missing:
            what = f"{len(missing)} of {len(wanted)} are not there: {', '.join(sorted(missing))}"
            raise TrunklineError(what, "make them with `trunkline deploy`, or with your Kafka's own tools")
        return f"all {len(wanted)} that sql/ reads are there"

    def catalog(self) -> str:
        """Whether each can be read."""
        found = {name: len(self.lake.locations(name)) for name in self.lake.options}
        return ", ".join(f"{name}: {tables} tables" for name, tables in found.items())

    def warehouse(self) -> str:
        """Whether a file can be written to each, read and removed."""
        folders = {name: self.folder(name) for name in self.lake.options}
        for name, folder in folders.items():
            if folder:
                with storage_errors(folder):
                    try_file(folder, self.lake.options[name])
        tried = [folder for folder in folders.values() if folder]
        untold = [name for name, folder in folders.items() if not folder]
        said = f"written and read: {', '.join(tried)}" if tried else ""
        unknown = f"not tried, the catalog keeps no table yet that says where its files are: {', '.join(untold)}" if untold else ""
        return "; ".join(filter(None, (said, unknown)))

    def folder(self, name: str) -> str | None:
        """A folder of a catalog's files: its warehouse, or where its first table is if only its server knows; None without either."""
        warehouse = self.lake.options[name].get("warehouse", "")
        if urlsplit(warehouse).scheme:
            return warehouse.rstrip("/")
        return next((location.rpartition("/metadata/")[0] for location in self.lake.locations(name).values()), None)

    def flink(self) -> str:
        """Whether it answers, and is the version that plans the jobs."""
        there, here = self.cluster.get("/config")["flink-version"], version("apache-flink")
        if there != here:
            raise TrunklineError(f"Flink at {self.cluster.url} is {there}, and jobs are planned by {here}", f"run Flink {here} there")
        return f"{there} at {self.cluster.url}"

    def jars(self) -> str:
        """Whether the JobManager has loaded what jobs need."""
        loaded = {PurePath(entry).name for entry in self.cluster.get("/jobmanager/environment")["classpath"]}
        if missing := flink.libraries(self.project, self.environment.name) - loaded:
            raise TrunklineError(f"Flink has no {', '.join(sorted(missing))}", "put that into its lib folder, and start it again")
        return "the JobManager has all that jobs need"

    def taskmanagers(self) -> str:
        """Whether there is one."""
        overview = self.cluster.get("/overview")
        if not overview["taskmanagers"]:
            raise TrunklineError(f"Flink at {self.cluster.url} has no TaskManager", "start one, and look into its log")
        return f"{overview['taskmanagers']} with {overview['slots-total']} slots, {overview['slots-available']} of them free"

    def python(self) -> str:
        """Whether TaskManagers elsewhere have one that runs the functions, as far as they tell."""
        if not self.environment.flink:
            return f"{python_version()}, the one of this command: {flink.PYTHON}"
        brings = not BROUGHT.isdisjoint(self.environment.settings)
        told = {} if brings else interpreters.told(self.cluster)
        if not told:
            return "not told by TaskManagers: `trunkline doctor --workers` has a small job tell"
        modules = needs(self.project.root)
        for manager, interpreter in told.items():
            interpreter.insist(f"TaskManager {manager}", modules)
        return f"{next(iter(told.values())).python} on TaskManagers, with PyFlink and all that functions import"

    def worker(self) -> str:
        """Which Python a worker has. It takes a job, and half a minute."""
        from flink_jobs import workers

        return workers.tell(self.project, self.environment)

    def clock(self) -> str:
        """Whether this machine's is that of the others, as far as they tell."""
        now = datetime.now(UTC)
        skews = {name: there - now for name, there in self.times()}
        for name, skew in skews.items():
            if abs(skew) > LARGEST_SKEW:
                how = f"{abs(skew).total_seconds():.0f} s {'ahead of' if skew > timedelta() else 'behind'}"
                raise TrunklineError(f"the clock of {name} is {how} this machine's", "have both follow a time server")
        return f"that of {', '.join(skews)} is this machine's" if skews else "nobody tells the time"

    def times(self) -> Iterator[tuple[str, datetime]]:
        """What those say that tell the time, by their names. One that does not answer is left to the look at it."""
        with suppress(TrunklineError):
            if told := self.flink_time():
                yield "Flink", told
        for name, options in self.lake.options.items():
            with suppress(TrunklineError):
                if told := server_time(name, options):
                    yield f"the catalog {name}", told
            for server in filter(None, (options.get("s3.endpoint"), options["uri"])):
                with suppress(requests.RequestException):
                    if server.startswith("http") and (told := http_time(server)):
                        yield server, told

    def flink_time(self) -> datetime | None:
        """The JobManager's; None where neither a job nor a TaskManager makes it tell."""
        jobs = self.cluster.jobs()
        if jobs:
            return moment(self.cluster.get(f"/jobs/{jobs[0].id}")["now"])
        beats = [moment(manager["timeSinceLastHeartbeat"]) for manager in self.cluster.get("/taskmanagers")["taskmanagers"]]
        if not beats:
            return None
        return min(max(datetime.now(UTC), max(beats)), max(beats) + HEARTBEAT)  # the last one was at most a heartbeat ago


def moment(milliseconds: int) -> datetime:
    """A time as Flink gives it."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def http_time(url: str) -> datetime | None:
    """What time it is on an HTTP server (UTC, in whole seconds), if it tells. requests.RequestException when it does not answer."""
    answer = requests.head(url, timeout=CONNECT_SECONDS)
    return parsedate_to_datetime(answer.headers["Date"]) if "Date" in answer.headers else None


def try_file(folder: str, options: Mapping[str, str]) -> None:
    """Writes a small file, reads it and removes it. OSError where one of these fails."""
    address = urlsplit(folder)
    if address.scheme == "file":
        existing = next(path for path in (Path(unquote(address.path)) / PROBE).parents if path.exists())
        with tempfile.NamedTemporaryFile(dir=existing, prefix=PROBE) as file:
            file.write(b"?")
            file.flush()
            Path(file.name).read_bytes()
        return
    from pyiceberg.io import load_file_io

    location = f"{folder}/{PROBE}{uuid4().hex}"
    files = load_file_io(storage.file_io(options), location)
    with files.new_output(location).create() as output:
        output.write(b"?")
    try:
        with files.new_input(location).open() as stream:
            stream.read()
    finally:
        files.delete(location)


@contextmanager
def storage_errors(folder: str) -> Iterator[None]:
    """What is wrong with files of a folder, as one line."""
    try:
        yield
    except OSError as error:
        said = (error.strerror or str(error)).partition("\n")[0]
        fix = "make the bucket or folder, correct the options of its storage in catalog/<env>.sql, or start its server"
        raise TrunklineError(f"no file can be written to and read from {folder}: {said}", fix) from None


def at_once(looks: Mapping[str, Callable[[], str]], patience: float | None = None) -> Iterator[Finding]:
    """What each finds, in their order. One that takes longer than `patience`, PATIENCE_SECONDS if none is given, is left behind."""
    seconds = PATIENCE_SECONDS if patience is None else patience
    done: SimpleQueue[tuple[str, Finding | Exception]] = SimpleQueue()

    def run(part: str, look: Callable[[], str]) -> None:
        try:
            done.put((part, Finding(part, True, look())))
        except TrunklineError as error:
            done.put((part, Finding(part, False, str(error))))
        except Exception as error:  # for the main thread to raise
            done.put((part, error))

    for part, look in looks.items():
        Thread(target=run, args=(part, look), daemon=True).start()
    found: dict[str, Finding] = {}
    end = monotonic() + seconds
    with suppress(Empty):
        while len(found) < len(looks):
            part, finding = done.get(timeout=max(0.0, end - monotonic()))
            if isinstance(finding, Exception):
                raise finding
            found[part] = finding
    late = f"no answer within {seconds:g} seconds; look whether its address in catalog/<env>.sql is right, and its server runs"
    return (found.get(part, Finding(part, False, late)) for part in looks)
