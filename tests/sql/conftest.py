from collections.abc import Iterator

import pytest

from flink_jobs.local import kafka
from flink_jobs.planner import start_jvm
from flink_jobs.project import Project, Settings
from tests.broker import broker
from tests.end_to_end.workbench import free_ports, wait
from tests.oracle.corpus import load_cases, load_histories
from tests.oracle.telecom import TOPICS
from tests.oracle.topic import KafkaRecord
from tests.sql.harness import Message, Rows, load_examples, new_project, releases, run, send

CORPUS_SENT = 1_763_625_600_123  # 2025-11-20 08:00:00.123 UTC


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project of its own, its Kafka broker running."""
    kafka_port, kafka_controller_port = free_ports(2)
    project = new_project(tmp_path_factory.mktemp("sql"), Settings(kafka_port=kafka_port, kafka_controller_port=kafka_controller_port))
    with broker(project):
        start_jvm(project)
        wait(lambda: kafka.answers(project), "Kafka")
        yield project


@pytest.fixture(scope="session")
def records(project: Project) -> dict[str, KafkaRecord]:
    """The records of every example, by its id, of histories, and of the corpus of each topic that is read, every tenth without a key."""
    corpus = {
        f"corpus of {topic}: {case.name}": Message(topic, CORPUS_SENT, case.key if number % 10 else None, case.value)
        for topic in TOPICS
        for number, case in enumerate(load_cases(CORPUS_SENT, topic))
    }
    histories = {
        f"history: {number}": Message(record.topic, record.timestamp, record.key, record.value)
        for number, record in enumerate(load_histories())
    }
    messages = {example.id: example.message for example in load_examples()} | corpus | histories
    read = {topic for job in releases(project) for topic in job.sources.values()}
    return send(project, {name: message for name, message in messages.items() if message.topic in read})


@pytest.fixture(scope="session")
def tables(project: Project, records: dict[str, KafkaRecord]) -> dict[str, Rows]:
    """What the jobs made of the records: rows by three-word table name."""
    topics = {record.topic for record in records.values()}
    return run(project, [job for job in releases(project) if topics & set(job.sources.values())])
