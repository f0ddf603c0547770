"""The way into Kafka, shared by all feeds."""

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from feeds.records import Record
from flink_jobs.errors import TrunklineError

CONNECT_SECONDS = 5.0
DELIVERY_SECONDS = 10


class Topic:
    """Sends records to one existing topic, each exactly once and in order for each key."""

    def __init__(self, name: str, bootstrap: str) -> None:
        """Connects, or raises a TrunklineError within seconds: no broker, no such topic."""
        self.name, self._bootstrap = name, bootstrap
        self._error: KafkaError | None = None
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "enable.idempotence": True,
                "delivery.timeout.ms": DELIVERY_SECONDS * 1000,
                "delivery.report.only.error": True,
                "on_delivery": self._delivered,
                # The same partition for a key as Java's producers choose.
                "partitioner": "murmur2_random",
                # What is too large is the topic's to say.
                "message.max.bytes": 64 * 1024 * 1024,
                # Errors are raised, not logged.
                "log_level": 0,
            }
        )
        try:
            topics = self._producer.list_topics(timeout=CONNECT_SECONDS).topics
        except KafkaException as error:
            reason = error.args[0].str()
            raise TrunklineError(
                f"no Kafka answers at {bootstrap} ({reason})", "start it with `trunkline up`, or give --bootstrap"
            ) from None
        if name not in topics:
            raise TrunklineError(f"Kafka at {bootstrap} has no topic {name!r}", "make it with `trunkline deploy`, or give --topic")

    def __str__(self) -> str:
        return f"{self.name} at {self._bootstrap}"

    def send(self, record: Record) -> None:
        """Hands a record over; waits while too many are under way. Raises a TrunklineError if an earlier one could not be delivered."""
        self._raise()
        self._producer.poll(0)
        while True:
            try:
                return self._producer.produce(self.name, record.value, record.key)
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
        self._error = self._error or error

    def _raise(self) -> None:
        if not self._error:
            return
        too_large = self._error.code() == KafkaError.MSG_SIZE_TOO_LARGE
        fix = "raise the topic's max.message.bytes" if too_large else "see `trunkline status`"
        raise TrunklineError(f"Kafka at {self._bootstrap} did not take a record for {self.name!r} ({self._error.str()})", fix)
