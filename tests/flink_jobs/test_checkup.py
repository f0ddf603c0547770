"""What is found of an environment whose parts are there, wrong, or silent: a real PostgreSQL, librdkafka's own broker, files.

Where the storage is asked, it is a real S3 server, and where a deploy is refused, a real Kafka.
"""

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from platform import python_version
from threading import Event
from typing import Any

import psycopg
import pytest
from confluent_kafka import Producer
from typer.testing import CliRunner

from flink_jobs import checkup, deploy, interpreters, rest
from flink_jobs.catalogs import REST_CATALOG
from flink_jobs.checkup import PROBE, Checkup, Finding, at_once
from flink_jobs.cli import app
from flink_jobs.cluster import Cluster
from flink_jobs.environment import Environment
from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake
from flink_jobs.local import flink, postgres, stack
from flink_jobs.project import Project
from flink_jobs.reader import Reader
from flink_jobs.releases import Deployment, Release, Store, Table
from flink_jobs.topics import Topics
from tests.conftest import REPOSITORY
from tests.flink_jobs.lakes import SILVER, append, make_table
from tests.readers.postgres.lakes import open_project
from tests.services import s3
from tests.services.s3 import S3

PASSWORD = "hunter2 it's"  # noqa: S105
VERSION = "2.1.3"  # of Flink
HERE = {"python": python_version(), "flink": VERSION, "modules": ["pyflink"]}
GONE = Release(  # a job that no file declares
    job="telecom-gone",
    environment="postgres",
    batch=False,
    fingerprint="f" * 64,
    statements=[],
    tables=[Table(name="telecom.gold.gone", view="gone", overwrite=False, topic=None)],
    sources={},
)


@pytest.fixture(scope="module")
def shared() -> Iterator[Project]:
    """This repository's SQL, and a PostgreSQL."""
    with open_project() as project:
        stack.start_postgres(project)
        try:
            with psycopg.connect(postgres.connection_string(project), autocommit=True) as server:
                server.execute(f"CREATE ROLE lake LOGIN PASSWORD '{PASSWORD.replace(chr(39), chr(39) * 2)}'")
                server.execute("CREATE DATABASE lake OWNER lake")
            yield project
        finally:
            stack.down(project)


@pytest.fixture
def project(shared: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The same, told of it as by catalog/postgres.sql, with files in place of S3; nothing else is there."""
    owner = Producer({"test.mock.num.brokers": 1})
    named = {
        "POSTGRES_ADDRESS": f"127.0.0.1:{shared.settings.postgres_port}",
        "POSTGRES_USER": "lake",
        "POSTGRES_PASSWORD": PASSWORD,
        "WAREHOUSE": f"file://{tmp_path}/warehouse",
        "S3_ENDPOINT": "http://127.0.0.1:1",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "access-key",
        "AWS_SECRET_ACCESS_KEY": PASSWORD,
        "KAFKA_BOOTSTRAP_SERVERS": str(owner.list_topics().brokers[1]).split("/")[0],
    }
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(flink, "url", lambda _: "http://127.0.0.1:1")
    yield shared
    del owner


@dataclass(frozen=True)
class FakeCluster(Cluster):
    """What Flink answers: of a cluster without the jars for S3."""

    version: str = VERSION
    beat: datetime | None = None
    told: str | None = None  # of its one TaskManager's Python

    def get(self, path: str) -> Any:  # noqa: ANN401
        jars = flink.libraries(Project(REPOSITORY), "local")
        return {
            "/config": {"flink-version": self.version},
            "/jobmanager/environment": {"classpath": [f"/opt/flink/lib/{jar}" for jar in jars]},
            "/overview": {"taskmanagers": 3, "slots-total": 12, "slots-available": 5},
            "/jobs/overview": {"jobs": []},
            "/taskmanagers": {"taskmanagers": [{"id": "w1", "timeSinceLastHeartbeat": self.beat.timestamp() * 1000}] if self.beat else []},
            "/taskmanagers/w1/logs": {
                "logs": [{"name": name} for name in ("taskmanager.out", *([interpreters.FILE] if self.told else []))]
            },
            f"/taskmanagers/w1/logs/{interpreters.FILE}": json.loads(self.told or "null"),
        }[path]


def found(checkup: Checkup, *parts: str) -> dict[str, Finding]:
    return {finding.part: finding for finding in checkup.findings(parts)}


def test_the_shipped_catalog_in_postgresql_holds_tables_that_duckdb_reads(project: Project) -> None:
    looked = Checkup(project, "postgres")
    append(make_table(looked.lake, "telecom.silver.orders", SILVER), 20)
    assert [list(result.rows) for result in Reader(looked.lake).results("SELECT count(*) FROM telecom.silver.orders")] == [[(20,)]]
    assert found(looked, "kafka", "catalog", "warehouse", "clock") == {
        "kafka": Finding("kafka", True, f"{looked.environment.kafka['bootstrap.servers']} answers over PLAINTEXT: 0 topics"),
        "catalog": Finding("catalog", True, "books: 0 tables, stocks: 0 tables, telecom: 1 tables"),
        "warehouse": Finding("warehouse", True, "written and read: " + ", ".join(f"{folder}" for folder in warehouses(looked))),
        "clock": Finding("clock", True, "that of the catalog books, the catalog stocks, the catalog telecom is this machine's"),
    }


def warehouses(looked: Checkup) -> list[str]:
    return [options["warehouse"] for options in looked.lake.options.values()]


def test_a_checkup_leaves_nothing_behind(project: Project, tmp_path: Path) -> None:
    Checkup(project, "postgres").findings()
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(
    ("variable", "value", "part", "says"),
    [
        ("POSTGRES_PASSWORD", "hunter3", "catalog", r"catalog books can't be read: .*password authentication failed for user \"lake\".*;"),
        ("POSTGRES_ADDRESS", "127.0.0.1:1", "catalog", r"catalog books can't be read: .*Connection refused.*; correct its options"),
        ("WAREHOUSE", "file:///proc/nowhere", "warehouse", r"no file can be written to and read from file:///proc/nowhere/books: .*; make"),
        ("WAREHOUSE", "s3://lake", "warehouse", r"no file can be written to and read from s3://lake/books: .*onnect.*; make the bucket"),
        ("KAFKA_BOOTSTRAP_SERVERS", "no.such.host.invalid:1", "kafka", r"Kafka at no.such.host.invalid:1 can't be found: .*; correct"),
        ("KAFKA_BOOTSTRAP_SERVERS", "no.such.host.invalid:1", "topics", r"can't be told: Kafka does not answer"),
    ],
)
def test_what_is_wrong_is_one_line_that_names_it(
    variable: str, value: str, part: str, says: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    looked = Checkup(project, "postgres")
    finding = found(looked, part)[part]
    assert_is_one_line(finding)
    with pytest.raises(TrunklineError, match=says):
        raise TrunklineError(finding.says)
    if part != "topics":
        looked.cluster = FakeCluster("http://flink")
        with pytest.raises(TrunklineError, match=says):
            looked.insist()


def assert_is_one_line(finding: Finding) -> None:
    """Of what is wrong, without a password."""
    assert not finding.ok
    assert "\n" not in finding.says
    assert "hunter" not in finding.says


@pytest.fixture
def storage(services: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    """An S3 server that the environment is told of, in place of files."""
    with S3(services) as server:
        for name, value in server.variables.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.mark.environments
@pytest.mark.needs(s3.PROGRAM)
def test_a_warehouse_in_s3_is_written_and_read_and_nothing_is_left_there(project: Project, storage: S3) -> None:
    finding = found(Checkup(project, "postgres"), "warehouse")["warehouse"]
    folders = (f"{storage.variables['WAREHOUSE']}/{domain}" for domain in ("books", "stocks", "telecom"))
    assert finding == Finding("warehouse", True, f"written and read: {', '.join(folders)}")
    assert list(storage.objects.rglob(f"{PROBE}*")) == []


@pytest.mark.environments
@pytest.mark.needs(s3.PROGRAM)
@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("WAREHOUSE", "s3://nowhere/warehouse", "(?i:no.?such.?bucket|does not exist)"),
        ("AWS_SECRET_ACCESS_KEY", "hunter3", "(?i:signature|denied|forbidden)"),
        ("AWS_ACCESS_KEY_ID", "nobody", "(?i:access.?key|denied|forbidden)"),
    ],
)
def test_what_is_wrong_with_a_storage_is_one_line_that_names_it(
    variable: str, value: str, why: str, project: Project, storage: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    looked = Checkup(project, "postgres")
    finding = found(looked, "warehouse")["warehouse"]
    assert_is_one_line(finding)
    assert storage.secret not in finding.says
    says = rf"no file can be written to and read from {warehouses(looked)[0]}: .*{why}.*; make the bucket or folder"
    with pytest.raises(TrunklineError, match=says):
        looked.insist()


@pytest.mark.parametrize(
    ("told", "version", "says"),
    [
        ({"KAFKA_BOOTSTRAP_SERVERS": "no.such.host.invalid:1"}, VERSION, "Kafka at no.such.host.invalid:1 "),
        ({"POSTGRES_ADDRESS": "127.0.0.1:1"}, VERSION, "catalog books can't be read: "),
        ({"WAREHOUSE": "file:///proc/nowhere"}, VERSION, "no file can be written to "),
        ({}, "2.0.0", "Flink at .* is 2.0.0"),
    ],
    ids=["kafka", "catalog", "warehouse", "flink"],
)
def test_a_deploy_that_meets_a_wrong_part_changes_nothing(
    told: dict[str, str],
    version: str,
    says: str,
    project: Project,
    broker: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else it would make topics, and forget a job that no file declares."""
    monkeypatch.chdir(project.root)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", f"127.0.0.1:{broker.settings.kafka_port}")
    for module in (checkup, deploy):
        monkeypatch.setattr(module, "Cluster", lambda url: FakeCluster(url, version))
    Store(project, "postgres").save(Deployment(release=GONE, job_id="a"))
    before = what_a_deploy_changes(project, tmp_path)
    with monkeypatch.context() as wrong:
        for name, value in told.items():
            wrong.setenv(name, value)
        refused = CliRunner().invoke(app, ["deploy", "--env", "postgres"])
    with pytest.raises(TrunklineError, match=says):
        raise refused.exception
    assert what_a_deploy_changes(project, tmp_path) == before


def what_a_deploy_changes(project: Project, warehouse: Path) -> list[object]:
    """Topics, tables and their files, and what is deployed."""
    looked = Checkup(project, "postgres")
    tables = [looked.lake.locations(name) for name in looked.lake.options]
    deployed = {file: file.read_bytes() for file in Store(project, "postgres").folder.rglob("*") if file.is_file()}
    return [Topics(looked.environment.kafka).partitions(), tables, sorted(warehouse.rglob("*")), deployed]


def test_topics_that_are_missing_are_named(project: Project) -> None:
    finding = found(Checkup(project, "postgres"), "topics")["topics"]
    assert not finding.ok
    assert "agents, calls," in finding.says
    assert finding.says.endswith("; make them with `trunkline deploy`, or with your Kafka's own tools")


def with_cluster(project: Project, cluster: Cluster) -> Checkup:
    looked = Checkup(project, "postgres")
    looked.cluster = cluster
    return looked


def test_flink_is_asked_for_its_version_and_its_workers(project: Project) -> None:
    seen = found(with_cluster(project, FakeCluster("http://flink")), "flink", "taskmanagers")
    assert (seen["flink"].ok, seen["flink"].says) == (True, "2.1.3 at http://flink")
    assert (seen["taskmanagers"].ok, seen["taskmanagers"].says) == (True, "3 with 12 slots, 5 of them free")
    wrong = found(with_cluster(project, FakeCluster("http://flink", version="2.0.0")), "flink")["flink"]
    assert (wrong.ok, wrong.says) == (False, "Flink at http://flink is 2.0.0, and jobs are planned by 2.1.3; run Flink 2.1.3 there")


def test_a_jar_that_flink_lacks_is_named(project: Project) -> None:
    finding = found(with_cluster(project, FakeCluster("http://flink")), "jars")["jars"]
    assert (finding.ok, finding.says) == (
        False,
        "Flink has no iceberg-aws-bundle-1.11.0.jar; put that into its lib folder, and start it again",
    )


@pytest.fixture
def elsewhere(project: Project, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Finding]:
    """Says what is found of the Python of a TaskManager elsewhere, which tells how its one differs, or nothing."""

    def look(told: dict[str, object] | None, **settings: str) -> Finding:
        monkeypatch.setattr(Environment, "settings", {"rest.address": "flink"} | settings)
        cluster = FakeCluster("http://flink", beat=datetime.now(UTC), told=None if told is None else json.dumps(HERE | told))
        return found(with_cluster(project, cluster), "python")["python"]

    return look


def test_a_taskmanager_elsewhere_may_tell_its_python(elsewhere: Callable[..., Finding]) -> None:
    told = elsewhere({"python": ".".join(python_version().split(".")[:2]) + ".99"})
    assert (told.ok, told.says) == (True, "3.11.99 on TaskManagers, with PyFlink and all that functions import")
    for untold in (elsewhere(None), elsewhere({"flink": "2.0.0"}, **{"python.archives": "s3://lake/venv.zip"})):
        assert (untold.ok, untold.says) == (True, "not told by TaskManagers: `trunkline doctor --workers` has a small job tell")


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (
            {"modules": ["udfs"]},
            "TaskManager w1 has no Python module pyflink, which udfs.flink imports; give its image the packages of uv.lock",
        ),
        ({"flink": "2.0.0"}, f"TaskManager w1 has PyFlink 2.0.0, not {VERSION}; give its image the packages of uv.lock"),
        ({"python": "3.9.1"}, f"TaskManager w1 has Python 3.9.1, not {python_version()}; functions are sent as one Python writes them"),
    ],
)
def test_a_python_that_can_not_run_the_functions_is_told(told: dict[str, object], says: str, elsewhere: Callable[..., Finding]) -> None:
    finding = elsewhere(told)
    assert (finding.ok, finding.says) == (False, says)


@pytest.mark.parametrize(("seconds", "says"), [(60, "60 s ahead of"), (-60, "50 s behind"), (-3, ""), (-12, ""), (0, "")])
def test_a_clock_that_is_another_is_told(seconds: float, says: str, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flink's last heartbeat is up to ten seconds old."""
    now = datetime.now(UTC)

    class Stopped(datetime):
        @classmethod
        def now(cls, *_: object) -> datetime:
            return now

    monkeypatch.setattr(checkup, "datetime", Stopped)
    beat = now + timedelta(seconds=seconds)
    finding = found(with_cluster(project, FakeCluster("http://flink", beat=beat)), "clock")["clock"]
    assert finding.ok == (not says)
    assert (f"the clock of Flink is {says} this machine's" if says else "that of Flink, ") in finding.says


def test_a_part_that_does_not_answer_holds_up_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "PATIENCE_SECONDS", 0.2)
    ended = Event()
    try:
        silent, well = at_once({"silent": lambda: str(ended.wait()), "well": lambda: "fine"})
    finally:
        ended.set()
    assert (well.ok, well.says) == (True, "fine")
    assert not silent.ok
    assert silent.says.startswith("no answer within 0.2 seconds; ")


def test_an_error_of_its_own_is_no_finding() -> None:
    with pytest.raises(ZeroDivisionError):
        list(at_once({"broken": lambda: str(1 / 0)}))


def test_a_rest_catalog_that_is_silent_is_told_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}/catalog"
        for login in ({"token": PASSWORD}, {"credential": f"me:{PASSWORD}"}):
            lake = Lake({"shop": {"catalog-impl": REST_CATALOG, "uri": uri} | login})
            with pytest.raises(TrunklineError, match=rf"catalog shop can't be read: {uri}/v1/[\w/?=]+ does not answer; correct"):
                lake.tables()


def test_the_command_tells_a_person_and_a_program(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.root)
    told = CliRunner().invoke(app, ["doctor", "--env", "postgres", "--json"])
    assert told.exit_code == 1
    findings = json.loads(told.stdout)
    assert [finding["part"] for finding in findings if finding["ok"]] == ["kafka", "catalog", "warehouse", "python", "clock"]
    shown = CliRunner().invoke(app, ["doctor", "--env", "postgres"])
    assert shown.exit_code == 1
    assert [line.split()[:2] for line in shown.stdout.splitlines()] == [
        ["ok" if finding["ok"] else "wrong", finding["part"]] for finding in findings
    ]
    assert PASSWORD not in told.output + shown.output
