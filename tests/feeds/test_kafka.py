import pytest
from confluent_kafka import Producer

from feeds import kafka
from feeds.kafka import Topic
from feeds.records import Record
from flink_jobs.errors import TrunklineError
from tests.oracle.topic import read_topic


def test_records_arrive_as_they_are_and_in_order_for_a_key(broker: str) -> None:
    values = {b"a": [b"{}", b"", None, b"2"], b"b": [b"\xff", b"x" * 2**21]}
    topic = Topic("calls", broker)
    for key, contents in values.items():
        for value in contents:
            topic.send(Record(key, value))
    topic.flush()
    received = read_topic(broker, "calls")
    assert {key: [record.value for record in received if record.key == key] for key in values} == values


def test_keys_go_to_the_partitions_that_java_chooses(broker: str) -> None:
    topic = Topic("calls", broker)
    for number in range(100):
        topic.send(Record(b"%d" % number, b""))
    topic.flush()
    placed = {record.key: record.partition for record in read_topic(broker, "calls")}
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


def test_an_unknown_topic_says_who_makes_it(broker: str) -> None:
    with pytest.raises(TrunklineError, match=r"has no topic 'cals'; make it with `trunkline deploy`"):
        Topic("cals", broker)


def test_no_broker_says_how_to_start_one(free_port: int) -> None:
    with pytest.raises(TrunklineError, match=rf"no Kafka answers at 127.0.0.1:{free_port} .*; start it with `trunkline up`"):
        Topic("calls", f"127.0.0.1:{free_port}")


def test_a_broker_that_goes_away_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "DELIVERY_SECONDS", 1)
    owner = Producer({"test.mock.num.brokers": 1})
    owner.list_topics("calls")
    topic = Topic("calls", str(owner.list_topics().brokers[1]).split("/")[0])
    del owner
    topic.send(Record(b"a", b"{}"))
    with pytest.raises(TrunklineError, match="did not take a record for 'calls'"):
        topic.flush()
