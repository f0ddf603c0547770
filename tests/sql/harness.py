"""Runs the project's jobs over hand-made records: a real Kafka broker, Flink in this process's JVM, real Iceberg tables."""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, TypeVar
from uuid import uuid4

import yaml
from confluent_kafka import KafkaError, Producer
from confluent_kafka import Message as Delivered
from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError

from flink_jobs.domains import load_domains
from flink_jobs.environment import COMMON, LOCAL, load_environment
from flink_jobs.lake import Lake
from flink_jobs.planner import Planner
from flink_jobs.project import Project, Settings
from flink_jobs.releases import Deployment, Release, Store, release
from flink_jobs.submit import submit
from flink_jobs.topics import Offsets, Topics
from tests.oracle.topic import KafkaRecord
from tests.workers import functions_in_a_worker

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
GOOD = "good.yaml"

KAFKA_TABLE = "'connector' = 'kafka',"
BOUNDED = "'scan.bounded.mode' = 'latest-offset',"
# Flink as a test needs it: submission waits for the job's end, and what fails is not tried again for ever.
SETTINGS = {"table.dml-sync": "true", "restart-strategy.type": "none", "parallelism.default": "1"}

Row = dict[str, Any]
Rows = list[Row]
T = TypeVar("T")


@dataclass(frozen=True)
class Message:
    """A record to send; `timestamp` in milliseconds since the epoch."""

    topic: str
    timestamp: int
    key: bytes | None
    value: bytes | None


class Good(BaseModel, extra="forbid"):
    """A `good.yaml`: the record that every case beside it differs from."""

    sent: datetime
    key: str
    id: str
    value: dict[str, JsonValue]


class Case(BaseModel, extra="forbid"):
    """A record, by its difference from the good one, and the rows that come of it; `good.yaml` says it in full."""

    name: str
    given: dict[str, JsonValue] | str | None = {}
    without: list[str] = []
    hex: str | None = None
    key: str | None = None
    expect: dict[str, Row | Literal["no row"]]

    def message(self, topic: str, good: Good) -> Message:
        """The record."""
        key = self.key if "key" in self.model_fields_set else good.key
        return Message(topic, round(good.sent.timestamp() * 1000), key and key.encode(), self.record(good))

    def record(self, good: Good) -> bytes | None:
        """The record's value."""
        if self.hex is not None:
            return bytes.fromhex(self.hex)
        if not isinstance(self.given, dict):
            return self.given if self.given is None else self.given.encode()
        value = {good.id: self.name} | overlaid(good.value, self.given)
        for path in self.without:
            *parents, last = path.split(".")
            part = value
            for parent in parents:
                part = part[parent]
            del part[last]
        return json.dumps(value, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Example:
    """A case of `tests/sql/<domain>/<topic>/<theme>.yaml`."""

    id: str
    domain: str
    case: Case
    message: Message


def overlaid(below: Mapping[str, JsonValue], above: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """`below` with the fields of `above` in it, objects laid over objects."""
    merged = deepcopy(dict(below))
    for name, value in above.items():
        part = merged.get(name)
        merged[name] = overlaid(part, value) if isinstance(part, dict) and isinstance(value, dict) else value
    return merged


def load_examples(folder: Path = HERE) -> list[Example]:
    """Every case of every topic."""
    examples = []
    for base in sorted(folder.glob(f"*/*/{GOOD}")):
        domain, topic = base.parts[-3:-1]
        good = validated(Good, base)
        for theme in sorted(set(base.parent.glob("*.yaml")) - {base}):
            for case in validated(list[Case], theme):
                examples.append(Example(f"{domain}/{topic}/{theme.stem}: {case.name}", domain, case, case.message(topic, good)))
    return examples


def validated(form: type[T], file: Path) -> T:
    """What a YAML file holds, in its form; ValueError that names the file otherwise."""
    try:
        return TypeAdapter(form).validate_python(yaml.safe_load(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise ValueError(f"{file.relative_to(REPOSITORY)}: {error}") from None


def new_project(folder: Path, settings: Settings) -> Project:
    """A project with this repository's SQL and functions, whose jobs end where their topics end now."""
    project = Project(folder)
    for name in ("formats", "jars.lock", "sql"):
        (folder / name).symlink_to(REPOSITORY / name)
    for name in ("catalog", "stack", "udfs"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    common, catalog = (folder / "catalog" / f"{name}.sql" for name in (COMMON, LOCAL))
    written = common.read_text()
    assert written.count(KAFKA_TABLE) == 1
    options = "".join(f"\nSET '{key}' = '{value}';" for key, value in SETTINGS.items())
    common.write_text(written.replace(KAFKA_TABLE, f"{KAFKA_TABLE} {BOUNDED}"))
    with catalog.open("a") as file:
        file.write(options)
    with (folder / "stack" / "kafka.properties").open("a") as properties:
        properties.write("\nlog.retention.hours=-1\n")  # the records are older than a week
    project.lake.mkdir(parents=True)
    (project.state / "jars").symlink_to(Project(REPOSITORY).jars)
    project.stack_file.write_text(settings.model_dump_json())
    return project


def send(project: Project, messages: Mapping[str, Message]) -> dict[str, KafkaRecord]:
    """Creates the topics and sends the records, each key's to one partition in order; gives them as Kafka has them, by the same names."""
    environment = load_environment(project)
    Topics(environment.kafka).create({message.topic for message in messages.values()})
    sent: dict[str, KafkaRecord] = {}

    def note(name: str, error: KafkaError | None, delivered: Delivered) -> None:
        assert error is None, f"{name}: {error}"
        _, timestamp = delivered.timestamp()
        sent[name] = KafkaRecord(
            delivered.topic(), delivered.partition(), delivered.offset(), timestamp, messages[name].key, messages[name].value
        )

    bootstrap = environment.kafka["bootstrap.servers"]
    producer = Producer({"bootstrap.servers": bootstrap, "message.max.bytes": 16 << 20, "enable.idempotence": True})
    for name, message in messages.items():
        producer.produce(message.topic, message.value, message.key, timestamp=message.timestamp, on_delivery=partial(note, name))
        producer.poll(0)
    assert producer.flush(60) == 0
    return sent


def releases(project: Project) -> list[Release]:
    """Every job of the project."""
    environment = load_environment(project)
    return [release(project, environment, job) for domain in load_domains(project) for job in domain.jobs]


def run(project: Project, jobs: Sequence[Release], reached: Mapping[str, Offsets] | None = None) -> dict[str, Rows]:
    """Submits jobs as a cluster's client does, one after the other, each to its end; gives the rows of their tables, by three-word name.

    They read their topics from the beginning, and tables that have `reached` some offsets take what comes after these.
    """
    for job in jobs:
        Store(project).keep_python(job)
        with functions_in_a_worker(), own_imports():
            submit(project, Deployment(release=job, job_id=uuid4().hex, reached=dict(reached or {})), Planner(batch=job.batch))
    lake = Lake.of(project)
    return {table.name: lake.find(table.name).iceberg.scan().to_arrow().to_pylist() for job in jobs for table in job.tables}


@contextmanager
def own_imports() -> Iterator[None]:
    """Leaves the modules of `udfs` as other tests imported them."""
    before = imported_udfs()
    try:
        yield
    finally:
        for name in imported_udfs():
            del sys.modules[name]
        sys.modules.update(before)


def imported_udfs() -> dict[str, ModuleType]:
    """The modules of `udfs` that are imported now, by name."""
    return {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "udfs"}


def rows_of(record: KafkaRecord, rows: Rows) -> Rows:
    """The rows that a record became, of a table that its topic fills."""
    return [row for row in rows if (row["kafka_partition"], row["kafka_offset"]) == (record.partition, record.offset)]


def assert_became(example: Example, record: KafkaRecord, tables: Mapping[str, Rows]) -> None:
    """Asserts that a record is in the tables what its example says."""
    for table, expected in example.case.expect.items():
        rows = rows_of(record, tables[f"{example.domain}.{table}"])
        if expected == "no row":
            assert rows == []
        else:
            assert len(rows) == 1
            stored = {column: rows[0][column] for column in expected}
            assert stored == {column: as_stored(value, stored[column]) for column, value in expected.items()}


def as_stored(value: object, stored: object) -> object:
    """A value as YAML has it, as the type that the table has."""
    return Decimal(str(value)) if isinstance(stored, Decimal) and isinstance(value, int | float) else value
