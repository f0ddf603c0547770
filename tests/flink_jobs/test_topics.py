"""What Kafka holds, asked of librdkafka's own broker: the protocol is real, the disk is not."""

from collections.abc import Iterator

import pytest
from confluent_kafka import Producer

from flink_jobs import topics
from flink_jobs.librdkafka import NoAnswerError
from flink_jobs.topics import Topics

RECORDS = 10


@pytest.fixture
def broker() -> Iterator[Topics]:
    """A broker with ten records in the first partition of `orders`."""
    producer = Producer({"test.mock.num.brokers": 1})
    for number in range(RECORDS):
        producer.produce("orders", value=b"%d" % number, partition=0)
    producer.flush()
    address = str(producer.list_topics().brokers[1]).split("/")[0]
    java_only = {"fetch.max.wait.ms": "100", "group.id": "orders"}  # what a source may say, and librdkafka refuses
    yield Topics({"bootstrap.servers": address, "isolation.level": "read_committed"} | java_only)


def test_bounds_are_the_next_and_the_earliest_offset(broker: Topics) -> None:
    assert broker.bounds("orders")[0] == RECORDS
    assert broker.bounds("orders", earliest=True)[0] == 0


@pytest.mark.parametrize(("first", "last", "held"), [(0, 9, range(10)), (3, 5, range(3, 6)), (4, 4, [4]), (8, 40, [8, 9]), (6, 5, [])])
def test_offsets_are_those_of_records_between_two(broker: Topics, first: int, last: int, held: range | list[int]) -> None:
    assert list(broker.offsets("orders", 0, first, last)) == list(held)


def test_offsets_of_an_empty_partition(broker: Topics) -> None:
    assert list(broker.offsets("orders", 1, 0, 5)) == []


def test_a_broker_that_is_silent_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "TIMEOUT_SECONDS", 0.2)
    silent = Topics({"bootstrap.servers": "127.0.0.1:1"})
    for ask in (silent.partitions, lambda: silent.bounds("orders"), lambda: list(silent.offsets("orders", 0, 0, 1))):
        with pytest.raises(NoAnswerError, match=r"Kafka at 127.0.0.1:1 does not answer \(.* Connection refused\); start it"):
            ask()


def test_a_broker_that_falls_silent_is_an_error(broker: Topics, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "TIMEOUT_SECONDS", 0.2)
    silent = Topics({"bootstrap.servers": "127.0.0.1:1"})
    silent.partitions = broker.partitions
    with pytest.raises(NoAnswerError, match=r"\(_TIMED_OUT\)"):
        silent.bounds("orders")
