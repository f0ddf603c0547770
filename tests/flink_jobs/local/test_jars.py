import hashlib
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import jgo.maven._core
import pytest
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed, wait_none

from flink_jobs.errors import TrunklineError
from flink_jobs.local import jars
from flink_jobs.project import Project

ROOT = Path(__file__).parents[3]
FETCH = """
import sys, jgo.maven._core
from pathlib import Path
from flink_jobs.local import jars
from flink_jobs.project import Project
jgo.maven._core.DEFAULT_REMOTE_REPOS = {"central": sys.argv[1]}
jars.fetch(Project(Path(sys.argv[2])))
"""


class Repository:
    """A Maven repository on this machine. Each jar's content is its name, many times."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.requested: list[str] = []  # names of jars
        self.breaks_once: set[str] = set()
        self.stalls: set[str] = set()
        self.stalled, self.released = Event(), Event()
        repository = self

        class Handler(SimpleHTTPRequestHandler):
            def __init__(self, *args: object) -> None:
                super().__init__(*args, directory=str(folder))

            def do_GET(self) -> None:
                name = self.path.rpartition("/")[2]
                if name.endswith(".jar"):
                    repository.requested.append(name)
                if name in repository.breaks_once | repository.stalls:
                    self._begin_only(name)
                else:
                    super().do_GET()

            def _begin_only(self, name: str) -> None:
                content = (folder / self.path.lstrip("/")).read_bytes()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2])
                if name in repository.stalls:
                    repository.stalled.set()
                    repository.released.wait()
                repository.breaks_once.discard(name)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    def publish(self, name: str, *, needs: str = "", manages: str = "", classifier: str = "") -> jars.Jar:
        """Adds `com.example:<name>:1[:<classifier>]`; the others as `artifact:version`."""
        coordinates = ":".join(filter(None, ("com.example", name, "1", classifier)))
        folder = self.folder / "com" / "example" / name / "1"
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{'-'.join(filter(None, (name, '1', classifier)))}.jar"
        file.write_bytes(f"{name}{classifier}".encode() * 50_000)
        managed = f"<dependencyManagement>{_dependencies(manages)}</dependencyManagement>"
        (folder / f"{name}-1.pom").write_text(
            f"<project><groupId>com.example</groupId><artifactId>{name}</artifactId><version>1</version>{managed}{_dependencies(needs)}</project>"
        )
        return jars.Jar(coordinates, file.stat().st_size, hashlib.sha256(file.read_bytes()).hexdigest())


def _dependencies(one: str) -> str:
    artifact, _, version = one.partition(":")
    xml = f"<dependency><groupId>com.example</groupId><artifactId>{artifact}</artifactId><version>{version}</version></dependency>"
    return f"<dependencies>{xml if one else ''}</dependencies>"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    repository = Repository(tmp_path / "repository")
    monkeypatch.setattr(jgo.maven._core, "DEFAULT_REMOTE_REPOS", {"central": repository.url})
    monkeypatch.setattr(jars._get.retry, "wait", wait_none())
    monkeypatch.delenv("TRUNKLINE_JARS", raising=False)
    thread = Thread(target=repository.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield repository
    repository.close()
    thread.join()


@pytest.fixture
def project(tmp_path: Path, repository: Repository) -> Project:
    """A project that needs the jars `one` and `two`, `two` for two groups."""
    project = Project(tmp_path / "project")
    project.root.mkdir()
    one, two = repository.publish("one"), repository.publish("two")
    write_lock(project, {"flink": [one, two], "kafka": [two]})
    return project


def write_lock(project: Project, groups: dict[str, list[jars.Jar]]) -> None:
    (project.root / "jars.lock").write_text("".join(f"[{name}]\n" + "".join(map(jars._line, group)) for name, group in groups.items()))


def content(project: Project) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in project.jars.glob("*.jar")}


WHOLE = {"one-1.jar": b"one" * 50_000, "two-1.jar": b"two" * 50_000}


def test_fetch_fills_the_store_once(project: Project, repository: Repository, capfd: pytest.CaptureFixture[str]) -> None:
    jars.fetch(project)
    assert content(project) == WHOLE
    assert sorted(repository.requested) == ["one-1.jar", "two-1.jar"]
    assert "2/2" in capfd.readouterr().err

    jars.fetch(project)
    assert len(repository.requested) == 2
    assert capfd.readouterr() == ("", "")


def test_paths_are_those_of_the_group(project: Project) -> None:
    jars.fetch(project)
    assert [path.name for path in jars.paths(project, "flink")] == ["one-1.jar", "two-1.jar"]
    assert [path.read_bytes() for path in jars.paths(project, "kafka")] == [WHOLE["two-1.jar"]]


@pytest.mark.parametrize("damage", [lambda jar: jar[:-1], lambda jar: b"X" + jar[1:], lambda _: b""], ids=["cut", "changed", "emptied"])
def test_a_damaged_jar_is_fetched_again(project: Project, repository: Repository, damage: Callable[[bytes], bytes]) -> None:
    jars.fetch(project)
    (project.jars / "one-1.jar").write_bytes(damage(WHOLE["one-1.jar"]))
    jars.fetch(project)
    assert content(project) == WHOLE
    assert sorted(repository.requested) == ["one-1.jar", "one-1.jar", "two-1.jar"]


def test_a_copied_store_is_verified_but_not_fetched_again(project: Project, repository: Repository) -> None:
    project.jars.mkdir(parents=True)
    for name, jar in WHOLE.items():
        (project.jars / name).write_bytes(jar)
    (project.jars / "verified.json").write_text("{")
    jars.fetch(project)
    assert repository.requested == []


def test_a_store_can_be_shared(project: Project, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUNKLINE_JARS", str(tmp_path / "shared"))
    jars.fetch(project)
    other = Project(tmp_path / "other")
    other.root.mkdir()
    write_lock(other, {"flink": [repository.publish("three")]})
    jars.fetch(other)
    jars.fetch(project)
    assert sorted(repository.requested) == ["one-1.jar", "three-1.jar", "two-1.jar"]
    assert sorted(path.name for path in (tmp_path / "shared").glob("*.jar")) == ["one-1.jar", "three-1.jar", "two-1.jar"]


def test_another_content_than_the_locked_one_is_refused(project: Project, repository: Repository) -> None:
    (repository.folder / "com/example/two/1/two-1.jar").write_bytes(b"owt" * 50_000)
    with pytest.raises(
        TrunklineError, match=r"^com\.example:two:1 is not what jars\.lock names: its SHA-256 is [0-9a-f]{64} instead of"
    ) as refused:
        jars.fetch(project)
    assert "\n" not in str(refused.value)
    assert "two-1.jar" not in content(project)


def test_an_artifact_that_does_not_exist_is_named(project: Project, repository: Repository) -> None:
    (repository.folder / "com/example/two/1/two-1.jar").unlink()
    with pytest.raises(TrunklineError, match=r"^cannot download com\.example:two:1: the repository does not have it; "):
        jars.fetch(project)


def test_no_network_is_one_clear_line(project: Project, repository: Repository) -> None:
    repository.close()
    with pytest.raises(TrunklineError, match=r"^cannot download com\.example:(one|two):1: no connection; check the network") as refused:
        jars.fetch(project)
    assert "127.0.0.1" not in str(refused.value)


def test_a_broken_connection_is_tried_again(project: Project, repository: Repository, capfd: pytest.CaptureFixture[str]) -> None:
    repository.breaks_once.add("one-1.jar")
    jars.fetch(project)
    assert content(project) == WHOLE
    assert sorted(repository.requested) == ["one-1.jar", "one-1.jar", "two-1.jar"]
    assert "300.0/300.0 kB" in capfd.readouterr().err


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_fetch_goes_on_where_it_was(project: Project, repository: Repository, end: signal.Signals) -> None:
    repository.stalls.add("two-1.jar")
    with subprocess.Popen([sys.executable, "-c", FETCH, repository.url, str(project.root)], stderr=subprocess.PIPE) as fetching:
        _wait_for(lambda: repository.stalled.is_set() and (project.jars / "one-1.jar").exists())
        fetching.send_signal(end)
        repository.released.set()
    assert fetching.returncode != 0
    assert content(project) == {"one-1.jar": WHOLE["one-1.jar"]}

    repository.stalls.clear()
    jars.fetch(project)
    assert content(project) == WHOLE
    assert repository.requested.count("one-1.jar") == 1
    assert not (project.jars / ".unfinished").exists()


def test_two_runs_at_once_fetch_each_jar_once(project: Project, repository: Repository) -> None:
    with ThreadPoolExecutor() as pool:
        for run in [pool.submit(jars.fetch, project) for _ in range(2)]:
            run.result()
    assert content(project) == WHOLE
    assert sorted(repository.requested) == ["one-1.jar", "two-1.jar"]


def test_lock_holds_dependencies_in_the_versions_that_their_users_ask_for(project: Project, repository: Repository) -> None:
    server = repository.publish("server", needs="client:1")
    client, logger = repository.publish("client"), repository.publish("logger", manages="client:2")
    compiler = repository.publish("compiler", needs="nothing:1")
    wanted = {
        "kafka": jars.Group(("com.example:server:1", "com.example:logger:1"), transitive=True),
        "build": jars.Group(("com.example:compiler:1",)),
    }
    jars.lock(project, wanted)
    assert jars._locked(project) == {"kafka": [client, logger, server], "build": [compiler]}


def test_a_jar_with_a_classifier_is_another_one(project: Project, repository: Repository) -> None:
    library, tests = repository.publish("library"), repository.publish("library", classifier="tests")
    group = jars.Group(("com.example:library:1", "com.example:library:1:tests"))
    for transitive in (False, True):
        jars.lock(project, {"flink": replace(group, transitive=transitive)})
        assert jars._locked(project) == {"flink": [library, tests]}
    jars.fetch(project)
    assert [path.name for path in jars.paths(project, "flink")] == ["library-1.jar", "library-1-tests.jar"]
    assert content(project) == {"library-1.jar": b"library" * 50_000, "library-1-tests.jar": b"librarytests" * 50_000}


def test_the_lock_has_what_is_wanted() -> None:
    locked = jars._locked(Project(ROOT))
    assert locked.keys() == jars.WANTED.keys()
    for name, group in jars.WANTED.items():
        names = {jar.coordinates for jar in locked[name]}
        assert names >= set(group.artifacts) if group.transitive else names == set(group.artifacts)


def test_a_project_without_a_lock_says_so(tmp_path: Path) -> None:
    with pytest.raises(TrunklineError, match=r"jars\.lock cannot be read: .*; restore it from version control"):
        jars.fetch(Project(tmp_path))


@retry(retry=retry_if_result(lambda holds: not holds), wait=wait_fixed(0.01), stop=stop_after_delay(60))
def _wait_for(condition: Callable[[], bool]) -> bool:
    return condition()
