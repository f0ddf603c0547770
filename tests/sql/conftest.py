from collections.abc import Callable

import pyarrow as pa
import pytest

from flink_jobs.lake import Lake
from flink_jobs.planner import start_jvm
from flink_jobs.project import Project
from tests.oracle.corpus import load_cases, load_histories
from tests.oracle.telecom import TOPICS
from tests.oracle.topic import KafkaRecord
from tests.sql.books.recorded import best_sellers
from tests.sql.harness import Message, Rows, load_examples, new_project, releases, run, send
from tests.sql.stocks.recorded import recorded

CORPUS_SENT = 1_763_625_600_123  # 2025-11-20 08:00:00.123 UTC


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory, broker: Project) -> Project:
    """A project of its own, on the broker of all tests."""
    project = new_project(tmp_path_factory.mktemp("sql"), broker.settings)
    (project.state / "run").symlink_to(broker.state / "run")
    start_jvm(project)
    return project


@pytest.fixture(scope="session")
def records(project: Project) -> dict[str, KafkaRecord]:
    """The records of every example, by its id, of histories, of what is recorded, and of each topic's corpus, every tenth without a key."""
    corpus = {
        f"corpus of {topic}: {case.name}": Message(topic, CORPUS_SENT, case.key if number % 10 else None, case.value)
        for topic in TOPICS
        for number, case in enumerate(load_cases(CORPUS_SENT, topic))
    }
    histories = {
        f"history: {number}": Message(record.topic, record.timestamp, record.key, record.value)
        for number, record in enumerate(load_histories())
    }
    examples = {example.id: example.message for example in load_examples()}
    messages = examples | corpus | histories | best_sellers() | recorded()
    read = {topic for job in releases(project) for topic in job.sources.values()}
    return send(project, {name: message for name, message in messages.items() if message.topic in read})


@pytest.fixture(scope="session")
def tables(project: Project, records: dict[str, KafkaRecord]) -> dict[str, Rows]:
    """What the jobs made of the records: rows by three-word table name."""
    topics = {record.topic for record in records.values()}
    return run(project, [job for job in releases(project) if topics & set(job.sources.values())])


@pytest.fixture(scope="session")
def lake(project: Project, tables: dict[str, Rows]) -> Lake:
    """The tables that the jobs filled."""
    return Lake.of(project)


@pytest.fixture(scope="session")
def stored(lake: Lake) -> Callable[[str], pa.Table]:
    """Reads a stored table."""
    return lambda name: lake.find(name).iceberg.scan().to_arrow()
