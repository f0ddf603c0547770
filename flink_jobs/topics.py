"""The topics that sources read: created when missing, and how far each partition goes."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from flink_jobs.errors import TrunklineError
from flink_jobs.librdkafka import Heard, client, silence, topics

TIMEOUT_SECONDS = 7.0

Offsets = dict[int, int]  # partition -> offset


def reached_offset(reached: Offsets) -> str:
    """SQL of Flink and DuckDB for the offset that was reached in a row's partition; -1 where none was."""
    cases = " ".join(f"WHEN {partition} THEN {offset}" for partition, offset in sorted(reached.items()))
    return f"CASE kafka_partition {cases} ELSE -1 END" if cases else "-1"


class Topics:
    """Kafka's topics, over the client options of the environment's Kafka tables. Every method raises NoAnswerError."""

    def __init__(self, options: Mapping[str, str]) -> None:
        self.options = options
        self.heard = Heard()
        self.admin = client(AdminClient, options, {}, self.heard)

    def partitions(self) -> dict[str, list[int]]:
        """The partitions of every topic."""
        with self._answering():
            found = topics(self.admin, self.heard, TIMEOUT_SECONDS)
        return {name: sorted(topic.partitions) for name, topic in found.items()}

    def create(self, names: Iterable[str]) -> list[str]:
        """Creates the topics that do not exist, with the broker's default partitions; returns their names."""
        missing = sorted(set(names) - set(self.partitions()))
        created = self.admin.create_topics([NewTopic(name) for name in missing], request_timeout=TIMEOUT_SECONDS) if missing else {}
        for name, future in created.items():
            try:
                future.result()
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

    def _offsets(self, topic: str, spec: OffsetSpec) -> Offsets:
        asked = {TopicPartition(topic, partition): spec for partition in self.partitions().get(topic, [])}

        def answer() -> Offsets:
            answers = self.admin.list_offsets(asked, request_timeout=TIMEOUT_SECONDS) if asked else {}
            return {place.partition: future.result().offset for place, future in answers.items()}

        # A topic that was just created has no leader yet.
        unled, patience = retry_if_exception_type(KafkaException), stop_after_delay(TIMEOUT_SECONDS)
        with self._answering():
            return Retrying(retry=unled, stop=patience, wait=wait_fixed(0.1), reraise=True)(answer)

    def offsets(self, topic: str, partition: int, first: int, last: int) -> Iterator[int]:
        """The offsets from `first` to `last` at which Kafka holds a record of a partition, read one by one."""
        reading = {"group.id": "trunkline", "enable.auto.commit": False, "enable.partition.eof": True}
        with self._answering(), closing(client(Consumer, self.options, reading, self.heard)) as consumer:
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

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except KafkaException as error:
            raise silence(self.options.get("bootstrap.servers", ""), error, self.heard) from None
