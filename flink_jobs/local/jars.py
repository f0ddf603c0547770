"""The jars of the local stack: named by Maven coordinates, locked with their SHA-256 in `jars.lock`, kept in the project's store.

`python -m flink_jobs.local.jars` writes the lock anew from `WANTED`.
"""

import fcntl
import hashlib
import json
import shutil
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import requests
from jgo.maven import MavenContext, PythonResolver
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential

from flink_jobs.errors import TrunklineError
from flink_jobs.project import Project

PARALLEL_DOWNLOADS = 8
S3, S3_PLUGIN = "s3", "s3-plugin"  # for tables and for checkpoints; as large as all others of Flink's, and needed only in object storage


@dataclass(frozen=True)
class Group:
    """What one part of the stack needs: artifacts as `group:artifact:version[:classifier]`, with their runtime dependencies or without."""

    artifacts: tuple[str, ...]
    transitive: bool = False


WANTED = {
    "flink": Group(
        (
            # Jackson and jose4j are what Kafka's client in the connector wants for OAUTHBEARER.
            "com.fasterxml.jackson.core:jackson-annotations:2.19.2",
            "com.fasterxml.jackson.core:jackson-core:2.19.2",
            "com.fasterxml.jackson.core:jackson-databind:2.19.2",
            "commons-logging:commons-logging:1.3.5",
            "org.apache.flink:flink-sql-avro-confluent-registry:2.1.0",
            "org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2",
            "org.apache.hadoop:hadoop-client-api:3.4.3",
            "org.apache.hadoop:hadoop-client-runtime:3.4.3",
            "org.apache.iceberg:iceberg-flink-runtime-2.1:1.11.0",
            "org.bitbucket.b_c:jose4j:0.9.6",
            "org.postgresql:postgresql:42.7.8",
            "org.xerial:sqlite-jdbc:3.53.0.0",
        )
    ),
    S3: Group(("org.apache.iceberg:iceberg-aws-bundle:1.11.0",)),
    S3_PLUGIN: Group(("org.apache.flink:flink-s3-fs-hadoop:2.1.1",)),
    "kafka": Group(("org.apache.kafka:kafka_2.13:4.2.0", "org.apache.logging.log4j:log4j-slf4j-impl:2.25.3"), transitive=True),
    "sql-client": Group(("org.apache.flink:flink-sql-gateway:2.1.3",)),
    "build": Group(("org.eclipse.jdt:ecj:3.43.0",)),
}


@dataclass(frozen=True)
class Jar:
    """One line of the lock: `group:artifact:version[:classifier]`, size in bytes, SHA-256 in lower-case hex."""

    coordinates: str
    bytes: int
    sha256: str

    @property
    def name(self) -> str:
        """The file's name in the store."""
        _, *name = self.coordinates.split(":")
        return f"{'-'.join(name)}.jar"


class _StoppedError(Exception):
    """Another download failed, or somebody pressed Ctrl-C: this one ends too."""


@dataclass(frozen=True)
class _Meter:
    """Counts the bytes of all downloads into one bar, and is where they learn that they should stop."""

    progress: Progress
    task: TaskID
    stopped: Event = field(default_factory=Event)

    @contextmanager
    def count(self, _name: str, _size: int) -> Iterator[Callable[[int], None]]:
        """What jgo calls for one file, and then with the size of each chunk; a file that fails takes its bytes back."""
        counted = 0

        def advance(size: int) -> None:
            nonlocal counted
            if self.stopped.is_set():
                raise _StoppedError
            counted += size
            self.progress.advance(self.task, size)

        try:
            yield advance
        except BaseException:
            self.progress.advance(self.task, -counted)
            raise


def fetch(project: Project, besides: Collection[str] = ()) -> None:
    """Downloads the locked jars that `project.jars` lacks, with a progress bar on stderr; silent when all are there.

    `besides` names the groups that only some environments need, which are left out else.

    Finished jars survive an interruption; runs at the same time take turns.
    Raises TrunklineError when an artifact cannot be had or is not the locked one.
    """
    store = project.jars
    jars = {jar for name, group in _locked(project).items() if name not in (S3, S3_PLUGIN) or name in besides for jar in group}
    stamps = _stamps(store)
    if all(_is_stamped(jar, store, stamps) for jar in jars):
        return
    with _exclusive(store):
        stamps = _stamps(store)
        if missing := [jar for jar in jars if not (_is_stamped(jar, store, stamps) or _is_locked_content(jar, store / jar.name))]:
            _download_all(missing, store)
        _stamp(jars, store)


def paths(project: Project, group: str) -> list[Path]:
    """The jars of a group (`flink`, `kafka`, ...) in the store that `fetch` fills."""
    return [project.jars / jar.name for jar in _locked(project)[group]]


def lock(project: Project, wanted: Mapping[str, Group] = WANTED, writer: str = "flink_jobs.local.jars") -> None:
    """Writes `jars.lock` from what is wanted, by what the repository has now; it says which module did."""
    with TemporaryDirectory() as folder:
        maven = MavenContext(repo_cache=Path(folder))
        tables = [f"[{name}]\n" + "".join(map(_line, _resolve(maven, group))) for name, group in wanted.items()]
    _write(_lock_file(project), f"# Written by `python -m {writer}`.\n\n" + "\n".join(tables))


def _lock_file(project: Project) -> Path:
    return project.root / "jars.lock"


def _locked(project: Project) -> dict[str, list[Jar]]:
    file = _lock_file(project)
    try:
        groups = tomllib.loads(file.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise TrunklineError(f"{file} cannot be read: {error}", "restore it from version control") from None
    return {name: [Jar(coordinates, **entry) for coordinates, entry in group.items()] for name, group in groups.items()}


def _resolve(maven: MavenContext, group: Group) -> list[Jar]:
    # Without the "!", jgo applies each artifact's managed versions to all the others: log4j's would bring kafka-clients 3.9.1.
    wanted = [maven.create_dependency(f"{coordinates}!") for coordinates in group.artifacts]
    direct, dependencies = maven.resolver.resolve(wanted) if group.transitive else (wanted, [])
    jars = []
    for artifact in (dependency.artifact for dependency in [*direct, *dependencies]):
        file = artifact.resolve()
        coordinates = filter(None, (artifact.groupId, artifact.artifactId, artifact.version, artifact.classifier))
        jars.append(Jar(":".join(coordinates), file.stat().st_size, _sha256(file)))
    return sorted(jars, key=lambda jar: jar.coordinates)


def _line(jar: Jar) -> str:
    return f'"{jar.coordinates}" = {{ bytes = {jar.bytes}, sha256 = "{jar.sha256}" }}\n'


def _stamps(store: Path) -> dict[str, list[str | int]]:
    """SHA-256 and modification time (ns) of each jar when it was last verified, so that a warm start hashes nothing."""
    try:
        return json.loads((store / "verified.json").read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}


def _stamp(jars: Iterable[Jar], store: Path) -> None:
    verified = {jar.name: [jar.sha256, (store / jar.name).stat().st_mtime_ns] for jar in jars}
    _write(store / "verified.json", json.dumps(_stamps(store) | verified, indent=1, sort_keys=True))


def _is_stamped(jar: Jar, store: Path, stamps: dict[str, list[str | int]]) -> bool:
    file = store / jar.name
    return file.is_file() and file.stat().st_size == jar.bytes and stamps.get(jar.name) == [jar.sha256, file.stat().st_mtime_ns]


def _is_locked_content(jar: Jar, file: Path) -> bool:
    return file.is_file() and file.stat().st_size == jar.bytes and _sha256(file) == jar.sha256


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _write(file: Path, text: str) -> None:
    """Whole or not at all."""
    unfinished = file.with_name(f".{file.name}")
    unfinished.write_text(text)
    unfinished.replace(file)


@contextmanager
def _exclusive(store: Path) -> Iterator[None]:
    """One process at a time; the kernel takes the lock back however the process ends."""
    store.mkdir(parents=True, exist_ok=True)
    with (store / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _download_all(jars: Sequence[Jar], store: Path) -> None:
    unfinished = store / ".unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    files, sizes = TextColumn("Fetching jars {task.fields[done]}/{task.fields[count]}"), DownloadColumn()
    with (
        Progress(files, BarColumn(), sizes, TimeRemainingColumn(), console=Console(stderr=True)) as progress,
        ThreadPoolExecutor(PARALLEL_DOWNLOADS) as pool,
    ):
        meter = _Meter(progress, progress.add_task("", total=sum(jar.bytes for jar in jars), done=0, count=len(jars)))
        downloads = [pool.submit(_download, jar, unfinished / jar.name, store, meter) for jar in jars]
        try:
            for done, download in enumerate(as_completed(downloads), 1):
                download.result()
                progress.update(meter.task, done=done)
        finally:
            meter.stopped.set()
            pool.shutdown(cancel_futures=True)
    shutil.rmtree(unfinished)


def _download(jar: Jar, folder: Path, store: Path, meter: _Meter) -> None:
    """Puts the verified jar into the store under its name in one step."""
    try:
        file = _get(jar, folder, meter)
        if (actual := _sha256(file)) != jar.sha256:
            raise TrunklineError(
                f"{jar.coordinates} is not what jars.lock names: its SHA-256 is {actual} instead of {jar.sha256}",
                "try again; if that does not help, somebody changed the artifact: do not use it",
            )
        file.replace(store / jar.name)
    except requests.RequestException as error:
        reason = "no answer in time" if isinstance(error, requests.Timeout) else "no connection"
        raise TrunklineError(
            f"cannot download {jar.coordinates}: {reason}", "check the network and try again: finished jars are kept"
        ) from None
    except OSError as error:
        raise TrunklineError(f"cannot store {jar.coordinates} in {store}: {error.strerror}", "make room there and try again") from None
    except RuntimeError:
        raise TrunklineError(
            f"cannot download {jar.coordinates}: the repository does not have it", "try again later, or check its name in jars.lock"
        ) from None


@retry(retry=retry_if_exception_type(requests.RequestException), stop=stop_after_attempt(3), wait=wait_exponential(), reraise=True)
def _get(jar: Jar, folder: Path, meter: _Meter) -> Path:
    shutil.rmtree(folder, ignore_errors=True)  # jgo takes any file that is there for a whole one
    maven = MavenContext(PythonResolver(progress_callback=meter.count), repo_cache=folder)
    return maven.create_dependency(jar.coordinates).artifact.resolve()


if __name__ == "__main__":
    lock(Project.find())
