"""Feeds as processes of their own, which are killed, and a Kafka broker that is one too."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition

from flink_jobs.project import Project
from flink_jobs.topics import Topics
from tests.conftest import REPOSITORY

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture(scope="session")
def kafka_address(broker: Project) -> str:
    """The address of a broker that keeps its records on disk."""
    return f"127.0.0.1:{broker.settings.kafka_port}"


@pytest.fixture
def topic(kafka_address: str, request: pytest.FixtureRequest) -> str:
    """An empty topic of four partitions."""
    name = re.sub(r"\W+", ".", request.node.name).strip(".")
    Topics({"bootstrap.servers": kafka_address}).create([name])
    return name


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Starts `trunkline feed` in a folder of the test's own."""

    def started(*options: str, **environment: str) -> subprocess.Popen[bytes]:
        program = [sys.executable, "-c", "from flink_jobs.cli import main; main()", "feed", *options]
        paths = {"PYTHONPATH": str(REPOSITORY), "PATH": ""}
        return subprocess.Popen(program, cwd=tmp_path, env=paths | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    return started


@contextmanager
def arrivals(address: str, topic: str) -> Iterator[Callable[[int], None]]:
    """The function waits until that many more records have come."""
    with closing(Consumer({"bootstrap.servers": address, "group.id": "watch", "fetch.wait.max.ms": 10})) as consumer:
        ends = Topics({"bootstrap.servers": address}).bounds(topic)
        consumer.assign([TopicPartition(topic, partition, offset) for partition, offset in ends.items()])

        def wait_for(count: int) -> None:
            for _ in range(count):
                assert consumer.poll(60), f"no record came to {topic} for a minute"

        yield wait_for
