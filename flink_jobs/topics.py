"""The topics that sources read: created when missing, and how far each partition goes."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from datetime import datetime

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from flink_jobs.errors import TrunklineError

TIMEOUT_SECONDS = 10.0
SHARED = ("bootstrap.servers", "isolation.level", "security.", "sasl.", "ssl.")  # what Java's client and librdkafka both know

Offsets = dict[int, int]  # partition -> offset


class Topics:
    """Kafka's topics, over the client options of the environment's Kafka tables."""

    def __init__(self, options: Mapping[str, str]) -> None:
        self.address = options.get("bootstrap.servers", "")
        self.client = {key: value for key, value in options.items() if key.startswith(SHARED)} | {"log_level": 0}
        self.admin = AdminClient(self.client)

    def partitions(self) -> dict[str, list[int]]:
        """The partitions of every topic."""
        try:
            topics = self.admin.list_topics(timeout=TIMEOUT_SECONDS).topics
        except KafkaException as error:
            raise TrunklineError(f"Kafka at {self.address} does not answer ({error.args[0].name()})", "start it with `just up`") from None
        return {name: sorted(topic.partitions) for name, topic in topics.items()}

    def create(self, names: Iterable[str]) -> list[str]:
        """Creates the topics that do not exist, with the broker's default partitions; returns their names."""
        missing = sorted(set(names) - set(self.partitions()))
        created = self.admin.create_topics([NewTopic(name) for name in missing]) if missing else {}
        for name, future in created.items():
            try:
                future.result(TIMEOUT_SECONDS)
            except KafkaException as error:
                raise TrunklineError(
                    f"topic {name} can't be created: {error.args[0].str()}", "create it with your Kafka's own tools"
                ) from None
        return missing

    def bounds(self, topic: str, earliest: bool = False) -> Offsets:
        """Per partition, the offset that the next record gets (or the earliest that Kafka still holds)."""
        return self._offsets(topic, OffsetSpec.earliest() if earliest else OffsetSpec.latest())

    def since(self, topic: str, moment: datetime) -> Offsets:
        """Per partition, the offset of the first record from that moment on, by its Kafka timestamp; the end where there is none."""
        end = self.bounds(topic)
        found = self._offsets(topic, OffsetSpec.for_timestamp(round(moment.timestamp() * 1000)))
        return {partition: offset if offset >= 0 else end[partition] for partition, offset in found.items()}

    # A topic that was just created has no leader yet.
    @retry(retry=retry_if_exception_type(KafkaException), stop=stop_after_delay(TIMEOUT_SECONDS), wait=wait_fixed(0.1), reraise=True)
    def _offsets(self, topic: str, spec: OffsetSpec) -> Offsets:
        asked = {TopicPartition(topic, partition): spec for partition in self.partitions().get(topic, [])}
        answers = self.admin.list_offsets(asked) if asked else {}
        return {place.partition: future.result(TIMEOUT_SECONDS).offset for place, future in answers.items()}

    def offsets(self, topic: str, partition: int, first: int, last: int) -> Iterator[int]:
        """The offsets from `first` to `last` at which Kafka holds a record of a partition, read one by one."""
        reading = {"group.id": "trunkline", "enable.auto.commit": False, "enable.partition.eof": True}
        with closing(Consumer(self.client | reading)) as consumer:
            consumer.assign([TopicPartition(topic, partition, first)])
            while True:
                message = consumer.poll(TIMEOUT_SECONDS)
                if message is None:
                    raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
                if message.error() and message.error().code() != KafkaError._PARTITION_EOF:
                    raise KafkaException(message.error())
                if message.error() or message.offset() > last:
                    return
                yield message.offset()
