from collections.abc import Iterator

import pytest

from flink_jobs.local import flink, jars, kafka
from flink_jobs.local.processes import Daemon
from flink_jobs.planner import start_jvm
from flink_jobs.project import Project, Settings
from tests.end_to_end.workbench import free_ports, wait
from tests.oracle.corpus import load_cases
from tests.oracle.topic import KafkaRecord
from tests.sql.harness import Message, Rows, load_examples, new_project, releases, run, send

CORPUS_SENT = 1_763_625_600_123  # 2025-11-20 08:00:00.123 UTC


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project of its own, its Kafka broker running."""
    kafka_port, kafka_controller_port = free_ports(2)
    project = new_project(tmp_path_factory.mktemp("sql"), Settings(kafka_port=kafka_port, kafka_controller_port=kafka_controller_port))
    jars.fetch(project)
    broker = Daemon(project, "Kafka")
    broker.start(kafka.command(project), flink.environment(project))
    try:
        start_jvm(project)
        wait(lambda: kafka.answers(project), "Kafka")
        yield project
    finally:
        broker.stop()


@pytest.fixture(scope="session")
def records(project: Project) -> dict[str, KafkaRecord]:
    """The records of every example, by its id, and those of the corpus, every tenth without a key."""
    corpus = {
        f"corpus: {case.name}": Message("calls", CORPUS_SENT, case.name.encode() if number % 10 else None, case.value)
        for number, case in enumerate(load_cases(CORPUS_SENT))
    }
    return send(project, {example.id: example.message for example in load_examples()} | corpus)


@pytest.fixture(scope="session")
def tables(project: Project, records: dict[str, KafkaRecord]) -> dict[str, Rows]:
    """What the jobs made of the records: rows by three-word table name."""
    topics = {record.topic for record in records.values()}
    return run(project, [job for job in releases(project) if topics & set(job.sources.values())])
