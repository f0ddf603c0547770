import socket
from collections.abc import Iterator

import pytest
from confluent_kafka import Producer

from feeds import kafka
from feeds.telecom.simulation import TOPICS


@pytest.fixture
def mock_broker() -> Iterator[str]:
    """librdkafka's own broker, in this process, with a few empty topics: the protocol is real, the disk is not."""
    owner = Producer({"test.mock.num.brokers": 1})
    for topic in TOPICS:
        owner.list_topics(topic)  # makes it
    yield str(owner.list_topics().brokers[1]).split("/")[0]


@pytest.fixture
def free_port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A port on which nothing listens, held so that nothing will."""
    monkeypatch.setattr(kafka, "CONNECT_SECONDS", 0.5)
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
