"""Reads a Kafka topic as it stands: what the stored tables must equal is computed from these records."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

SECONDS_OF_SILENCE = 30
NO_LOGIN: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class KafkaRecord:
    """One record as the broker holds it; `timestamp` in milliseconds since the epoch, `value` None for a tombstone."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


def read_topic(bootstrap: str, topic: str, login: Mapping[str, str] = NO_LOGIN) -> list[KafkaRecord]:
    """Read every record of `topic` up to the end offsets at the moment of the call, by partition and offset.

    `login` holds what else librdkafka wants to be told of the broker.

    Raises KafkaException for an unknown topic or a broker error, TimeoutError when the broker stays silent.
    """
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "trunkline-oracle",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            **login,
        }
    )
    try:
        return sorted(_records(consumer, topic), key=lambda record: (record.partition, record.offset))
    finally:
        consumer.close()


def _records(consumer: Consumer, topic: str) -> Iterator[KafkaRecord]:
    starts, ends = _bounds(consumer, topic)
    consumer.assign([TopicPartition(topic, partition, offset) for partition, offset in starts.items() if offset < ends[partition]])
    unread = {partition for partition, offset in starts.items() if offset < ends[partition]}
    while unread:
        message = consumer.poll(SECONDS_OF_SILENCE)
        if message is None:
            raise TimeoutError(f"no word from the broker about {topic} for {SECONDS_OF_SILENCE} seconds")
        error, partition = message.error(), message.partition()
        if error is not None and error.code() != KafkaError._PARTITION_EOF:
            raise KafkaException(error)
        if error is None and message.offset() < ends[partition]:
            yield _record(message)
        # The end of the partition counts too: the last offsets may be a transaction's markers, which are never delivered.
        if error is not None or message.offset() >= ends[partition] - 1:
            unread.discard(partition)


def _bounds(consumer: Consumer, topic: str) -> tuple[dict[int, int], dict[int, int]]:
    """Give the first offset and the end offset (one past the last) of each partition."""
    metadata = consumer.list_topics(topic, timeout=SECONDS_OF_SILENCE).topics[topic]
    if metadata.error is not None:
        raise KafkaException(metadata.error)
    bounds = {
        partition: consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=SECONDS_OF_SILENCE)
        for partition in metadata.partitions
    }
    return {partition: low for partition, (low, _) in bounds.items()}, {partition: high for partition, (_, high) in bounds.items()}


def _record(message: Message) -> KafkaRecord:
    _, timestamp = message.timestamp()
    return KafkaRecord(message.topic(), message.partition(), message.offset(), timestamp, message.key(), message.value())
