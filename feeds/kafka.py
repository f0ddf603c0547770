"""The way into Kafka, shared by all feeds."""

from collections.abc import Iterable, Iterator, Mapping

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from feeds.records import Record
from flink_jobs.errors import TrunklineError
from flink_jobs.librdkafka import Heard, client, silence, topics

CONNECT_SECONDS = 5.0
DELIVERY_SECONDS = 10
SILENCE_SECONDS = 10.0
OF_KEY = -1  # librdkafka's PARTITION_UA


class Sender:
    """Sends records to existing topics, each exactly once and in order for each key."""

    def __init__(self, kafka: Mapping[str, str], wanted: Iterable[str]) -> None:
        """Connects, by a Java client's options, or raises a TrunklineError within seconds: no broker, or it has not all `wanted` topics."""
        self._bootstrap, heard = kafka["bootstrap.servers"], Heard()
        self._failed: tuple[str | None, KafkaError] | None = None
        own = {
            "enable.idempotence": True,
            "delivery.timeout.ms": DELIVERY_SECONDS * 1000,
            "delivery.report.only.error": True,
            "on_delivery": self._delivered,
            # The same partition for a key as Java's producers choose.
            "partitioner": "murmur2_random",
            # What is too large is the topic's to say.
            "message.max.bytes": 64 * 1024 * 1024,
        }
        self._producer = client(Producer, kafka, own, heard)
        try:
            existing = topics(self._producer, heard, CONNECT_SECONDS)
        except KafkaException as error:
            raise silence(self._bootstrap, error, heard) from None
        if missing := [repr(topic) for topic in wanted if topic not in existing]:
            raise TrunklineError(f"Kafka at {self._bootstrap} has no topic {' or '.join(missing)}", "make it with `trunkline deploy`")

    def __str__(self) -> str:
        return f"Kafka at {self._bootstrap}"

    def send(self, record: Record, timestamp: int = 0, partition: int = OF_KEY) -> None:
        """Hands a record over; waits while too many are under way.

        `timestamp` is in ms since the epoch, 0 for now; the partition is its key's unless it is given.

        Raises a TrunklineError if an earlier one could not be delivered.
        """
        self._raise()
        self._producer.poll(0)
        while True:
            try:
                return self._producer.produce(
                    record.topic, record.value, record.key, partition, timestamp=timestamp, headers=list(record.headers)
                )
            except BufferError:
                self._producer.poll(0.1)
                self._raise()

    def flush(self) -> None:
        """Returns when Kafka has all records; raises a TrunklineError if it does not take one."""
        left = self._producer.flush(DELIVERY_SECONDS + 1)
        self._raise()
        if left:
            raise TrunklineError(f"{left} records did not reach Kafka at {self._bootstrap}", "see `trunkline status`")

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error:
            self._failed = self._failed or (message.topic(), error)

    def _raise(self) -> None:
        if not self._failed:
            return
        topic, error = self._failed
        too_large = error.code() == KafkaError.MSG_SIZE_TOO_LARGE
        fix = "raise the topic's max.message.bytes" if too_large else "see `trunkline status`"
        raise TrunklineError(f"Kafka at {self._bootstrap} did not take a record for {topic!r} ({error.str()})", fix)


def read(topic: str, kafka: Mapping[str, str]) -> Iterator[Message]:
    """The messages of a topic's partitions, each up to its end. Raises a TrunklineError when Kafka falls silent."""
    own = {
        "group.id": "trunkline-feed",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        # At a partition's end there is nothing to wait for.
        "fetch.wait.max.ms": 10,
    }
    consumer = client(Consumer, kafka, own, Heard())
    try:
        yield from _messages(consumer, topic)
    except KafkaException as error:
        reason = error.args[0].str()
        bootstrap = kafka["bootstrap.servers"]
        raise TrunklineError(f"Kafka at {bootstrap} does not give the records of {topic!r} ({reason})", "see `trunkline status`") from None
    finally:
        consumer.close()


def _messages(consumer: Consumer, topic: str) -> Iterator[Message]:
    partitions = set(consumer.list_topics(timeout=SILENCE_SECONDS).topics[topic].partitions)
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in partitions])
    while partitions:
        message = consumer.poll(SILENCE_SECONDS)
        if message is None:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        if message.error() is None:
            yield message
        elif message.error().code() == KafkaError._PARTITION_EOF:
            partitions.discard(message.partition())
        else:
            raise KafkaException(message.error())
