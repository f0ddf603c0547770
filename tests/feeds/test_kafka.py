import pytest
from confluent_kafka import Producer

from feeds import kafka
from feeds.kafka import Sender
from feeds.records import Record
from flink_jobs.errors import TrunklineError
from tests.oracle.topic import read_topic


def test_records_arrive_as_they_are_and_in_order_for_a_key(mock_broker: str) -> None:
    values = {b"a": [b"{}", b"", None, b"2"], b"b": [b"\xff", b"x" * 2**21]}
    sender = Sender({"bootstrap.servers": mock_broker}, ["calls"])
    for key, contents in values.items():
        for value in contents:
            sender.send(Record("calls", key, value))
    sender.flush()
    received = read_topic(mock_broker, "calls")
    assert {key: [record.value for record in received if record.key == key] for key in values} == values


def test_keys_go_to_the_partitions_that_java_chooses(mock_broker: str) -> None:
    sender = Sender({"bootstrap.servers": mock_broker}, ["calls"])
    for number in range(100):
        sender.send(Record("calls", b"%d" % number, b""))
    sender.flush()
    placed = {record.key: record.partition for record in read_topic(mock_broker, "calls")}
    assert placed == {b"%d" % number: (murmur2(b"%d" % number) & 0x7FFFFFFF) % 4 for number in range(100)}


def murmur2(data: bytes) -> int:
    """As in Kafka's Utils.java, in unsigned arithmetic."""
    mixer, mask = 0x5BD1E995, 0xFFFFFFFF
    whole = len(data) - len(data) % 4
    state = 0x9747B28C ^ len(data)
    for place in range(0, whole, 4):
        word = int.from_bytes(data[place : place + 4], "little") * mixer & mask
        state = (state * mixer & mask) ^ ((word ^ word >> 24) * mixer & mask)
    if data[whole:]:
        state = (state ^ int.from_bytes(data[whole:], "little")) * mixer & mask
    state = (state ^ state >> 13) * mixer & mask
    return state ^ state >> 15


def test_each_record_goes_to_its_topic(mock_broker: str) -> None:
    sender = Sender({"bootstrap.servers": mock_broker}, ["calls", "users"])
    for topic in ("calls", "users", "calls"):
        sender.send(Record(topic, b"a", topic.encode()))
    sender.flush()
    assert {topic: [record.value for record in read_topic(mock_broker, topic)] for topic in ("calls", "users")} == {
        "calls": [b"calls", b"calls"],
        "users": [b"users"],
    }


def test_unknown_topics_are_named_with_who_makes_them(mock_broker: str) -> None:
    with pytest.raises(TrunklineError, match=r"has no topic 'cals' or 'smss'; make it with `trunkline deploy`"):
        Sender({"bootstrap.servers": mock_broker}, ["cals", "calls", "smss"])


def test_no_broker_says_how_to_start_one(free_port: int) -> None:
    with pytest.raises(TrunklineError, match=rf"Kafka at 127.0.0.1:{free_port} does not answer \(.*\); start it with `trunkline up`"):
        Sender({"bootstrap.servers": f"127.0.0.1:{free_port}"}, ["calls"])


def test_a_broker_that_goes_away_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "DELIVERY_SECONDS", 1)
    owner = Producer({"test.mock.num.brokers": 1})
    owner.list_topics("calls")
    sender = Sender({"bootstrap.servers": str(owner.list_topics().brokers[1]).split("/")[0]}, ["calls"])
    del owner
    sender.send(Record("calls", b"a", b"{}"))
    with pytest.raises(TrunklineError, match="did not take a record for 'calls'"):
        sender.flush()
