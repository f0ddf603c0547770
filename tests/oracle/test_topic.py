"""Reads a topic of librdkafka's own broker for tests, which runs inside this process."""

from collections.abc import Iterator

import pytest
from confluent_kafka import KafkaException, Producer

from tests.oracle.topic import KafkaRecord, read_topic


@pytest.fixture
def producer() -> Iterator[Producer]:
    producer = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "set by the line before", "message.max.bytes": 8_000_000})
    yield producer
    producer.flush(10)


def bootstrap(producer: Producer) -> str:
    (broker,) = producer.list_topics(timeout=10).brokers.values()
    return f"{broker.host}:{broker.port}"


def test_every_record_with_its_bytes(producer: Producer) -> None:
    written = [
        KafkaRecord("calls", 0, 0, 1_772_366_400_123, b"a", b"{}"),
        KafkaRecord("calls", 0, 1, 1_772_366_400_124, b"a", None),
        KafkaRecord("calls", 0, 2, 1_772_366_400_125, None, b""),
        KafkaRecord("calls", 1, 0, 1, b"", b"\xff\x00"),
        KafkaRecord("calls", 1, 1, 2, b"big", b"x" * 5_000_000),
    ]
    for record in written:
        producer.produce(record.topic, record.value, record.key, partition=record.partition, timestamp=record.timestamp)
    assert producer.flush(10) == 0
    assert read_topic(bootstrap(producer), "calls") == written


def test_an_unknown_topic_is_an_error() -> None:
    producer = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "set by the line before"})
    with pytest.raises(KafkaException):
        read_topic(bootstrap(producer), "no such topic")
