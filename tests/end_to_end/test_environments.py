"""The whole of telecom where a team has it: catalog and tables on servers that stop and start in the middle, Kafka behind a login."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import requests

from flink_jobs.librdkafka import client_options
from flink_jobs.project import Project
from tests.end_to_end.prices import FACT
from tests.end_to_end.test_backup import comes_back
from tests.end_to_end.test_exactly_once import assert_no_log_names_anybody, feed, finish
from tests.end_to_end.workbench import Workbench, wait
from tests.oracle import telecom
from tests.oracle.topic import read_topic
from tests.services import s3
from tests.services.broker import Broker
from tests.services.database import Database
from tests.services.rest import RestCatalog
from tests.services.s3 import S3
from tests.services.server import Server

pytestmark = [pytest.mark.environments, pytest.mark.needs(s3.PROGRAM)]

GOLD = "telecom.gold.fact_calls"
QUESTION = f"SELECT count(*) FROM {GOLD}"
DOMAINS = ("books", "stocks", "telecom")
LOOKS = ("plan", "plan --json", "doctor", "doctor --json")
OF_A_JOB = ("", "/config", "/plan", "/exceptions", "/checkpoints/config")


@dataclass(frozen=True)
class Team:
    """A workbench in an environment, and the servers that it is told of."""

    bench: Workbench
    storage: S3
    catalog: Server
    others: Sequence[Broker]

    @property
    def secrets(self) -> list[bytes]:
        """What nobody may see."""
        return [secret.encode() for server in (self.storage, self.catalog, *self.others) for secret in server.secrets]


@pytest.fixture(params=["postgres", "rest", "secure"])
def team(request: pytest.FixtureRequest, services: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    """PostgreSQL and S3, REST and S3, and the first with a Kafka that wants a login."""
    with ExitStack() as servers:
        storage = servers.enter_context(S3(services))
        if request.param == "rest":
            catalog = servers.enter_context(RestCatalog(services, DOMAINS, storage.variables["WAREHOUSE"], storage.storage))
        else:
            catalog = servers.enter_context(Database(services))
        others = [servers.enter_context(Broker(services))] if request.param == "secure" else []
        folder = Path(servers.enter_context(tempfile.TemporaryDirectory(prefix="trunkline-project-", dir="/tmp")))
        bench = Workbench(folder, request.param)
        if request.param == "rest":
            bench.configure_flink("parallelism.default", "2")  # so ids and members are remembered by several tasks
        told = {"KAFKA_BOOTSTRAP_SERVERS": bench.bootstrap}
        for server in (storage, catalog, *others):
            told |= server.variables
        for broker in others:
            broker.is_kafka_of(bench, like="postgres")
        bench.is_told(told, monkeypatch)
        servers.callback(bench.end)
        yield Team(bench, storage, catalog, others)


def test_no_record_is_lost_or_repeated_where_a_team_has_its_lake(team: Team) -> None:
    bench = team.bench
    bench.keep_only("telecom")
    bench.trunkline("up")
    assert holding(team.secrets, shown_by(bench, "deploy telecom")) == set()
    events = feed(bench, seed=21, count=20000, rate=100)
    bench.wait_for_rows(GOLD, 200)
    stops_and_starts(bench, team.catalog, "catalog telecom can't be read: ")
    stops_and_starts(bench, team.storage, "")
    assert holding(team.secrets, shown_by_flink(bench)) == set()
    for command in LOOKS:
        assert holding(team.secrets, shown_by(bench, command)) == set()
    finish(events)
    for broker in team.others:
        is_waited_for(bench, broker)
    for topic in telecom.TOPICS:
        bench.wait_until_caught_up(f"telecom.bronze.{topic}", topic)
    login = client_options(bench.kafka)
    records = {topic: read_topic(bench.kafka["bootstrap.servers"], topic, login) for topic in telecom.TOPICS}
    # Once a job has stopped with a savepoint, all its tables hold the same records.
    bench.trunkline("down")
    assert bench.leftovers() == []

    assert len(records["calls"]) > 1000
    assert min(map(len, records.values())) > 0
    topics = telecom.expected(records, bench.stored)
    assert telecom.differences(telecom.stored_tables(topics) | telecom.calendar_tables(), bench.stored) == []
    with bench.lake.connect() as reader:
        assert telecom.differences(telecom.serving_views(topics), lambda view: reader.sql(f"FROM {view}").to_arrow_table()) == []
    assert_no_log_names_anybody(bench, records.values())
    assert holding(team.secrets, kept_by(bench)) == set()


@pytest.mark.parametrize("team", ["postgres"], indirect=True)
def test_a_lake_comes_back_from_a_dump_and_a_copy_of_its_bucket(team: Team, tmp_path: Path) -> None:
    """As docs/operations.md has it, with a pause."""
    bench, dump, objects = team.bench, tmp_path / "lake.dump", tmp_path / "objects"
    copied: list[int] = []

    def back_up() -> None:
        bench.trunkline("down")
        team.catalog.dump(dump)
        team.storage.copy_to(objects)
        copied.append(bench.rows(FACT))
        bench.trunkline("up")

    def restore() -> None:
        bench.trunkline("down")
        team.catalog.restore(dump)
        team.storage.restore(objects)
        assert [bench.rows(FACT)] == copied
        shutil.rmtree(bench.project.state / bench.name / "jobs")
        bench.trunkline("up")
        bench.trunkline("deploy")

    comes_back(bench, back_up, restore)


def stops_and_starts(bench: Workbench, server: Server, says: str) -> None:
    """Stops a server until a job has noticed, which a reader is told in a line, and waits for new rows after it is back."""
    bench.wait_until_all_runs()  # a task that begins would only wait for it
    before = bench.restarts()
    server.stop()
    refused = bench.trunkline("query", QUESTION, expect=1)
    assert says in refused
    assert refused.strip().count("\n") == 0
    wait(lambda: bench.restarts() > before, f"a job that misses {server.daemon.name}")
    server.start()
    bench.wait_for_rows(GOLD, bench.rows(GOLD) + 100)


def is_waited_for(bench: Workbench, broker: Broker) -> None:
    """Stops Kafka, without which nothing is deployed, and waits for new rows after it is back: jobs wait, too; a feed would give up."""
    before = bench.rows(GOLD)
    broker.stop()
    refused = bench.trunkline("deploy", "telecom", expect=1)
    assert f"Kafka at {bench.kafka['bootstrap.servers']}" in refused
    assert refused.strip().count("\n") == 0
    broker.start()
    finish(feed(bench, seed=22, count=1000, rate=100))
    bench.wait_for_rows(GOLD, before + 100)


def holding(secrets: Sequence[bytes], seen: Iterable[tuple[str, bytes]]) -> set[tuple[str, bytes]]:
    """The lines that hold a secret, of what was seen and where."""
    lines = ((where, line) for where, text in seen for line in text.splitlines())
    return {(where, line.replace(secret, b"***")) for where, line in lines for secret in secrets if secret in line}


def shown_by(bench: Workbench, command: str) -> Iterator[tuple[str, bytes]]:
    """What a command prints, and the command lines of all processes while it runs."""
    process = bench.start("trunkline", *command.split())
    while process.poll() is None:
        yield from ((f"a command line during {command}", line) for line in command_lines())
        time.sleep(0.2)
    printed = process.communicate()[0]
    assert process.returncode == 0, printed
    assert printed
    yield command, printed.encode()


def command_lines() -> list[bytes]:
    """Those of all processes, the servers' and Flink's Python workers' among them."""
    return [os.fsencode(" ".join(process.info["cmdline"] or [])) for process in psutil.process_iter(["cmdline"])]


def shown_by_flink(bench: Workbench) -> Iterator[tuple[str, bytes]]:
    """What its dashboard knows of the jobs that run; logs are files, see `kept_by`."""
    jobs = [f"/jobs/{job.id}{part}" for job in bench.cluster.jobs() if not job.ended for part in OF_A_JOB]
    assert jobs
    for path in ("/jobmanager/config", "/jobmanager/environment", *jobs):
        answer = requests.get(bench.cluster.url + path, timeout=60)
        answer.raise_for_status()
        yield path, answer.content


def kept_by(bench: Workbench) -> Iterator[tuple[str, bytes]]:
    """The logs of the stack, and what is kept of what was deployed."""
    kept = [file for folder in (bench.project.logs, bench.project.state / bench.name) for file in folder.rglob("*") if file.is_file()]
    assert len(kept) > 3
    return ((file.name, file.read_bytes()) for file in kept)
