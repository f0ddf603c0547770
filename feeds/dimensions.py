"""Loads dimension members into the topics that sources read, and only what Kafka does not hold yet."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from confluent_kafka import Message

from feeds.json_files import RefusedError, decode
from feeds.kafka import Sender, read
from feeds.members import Dimension, Member
from feeds.records import Record
from flink_jobs.domains import load_domains
from flink_jobs.environment import Environment
from flink_jobs.errors import TrunklineError
from flink_jobs.project import Project


class Members:
    """The members that a topic holds: the newest value of each key, those of this run included."""

    def __init__(self, topic: str, kafka: Mapping[str, str]) -> None:
        """Reads the whole topic. Raises a TrunklineError within seconds: no broker, no such topic."""
        self.topic, self.sender = topic, Sender(kafka, [topic])
        self.newest = newest_values(topic, kafka)

    def hold(self, member: Member) -> bool:
        """Whether this is a member's newest value; the order of fields and how a number is written make no difference."""
        value = self.newest.get(member.key)
        if value is None or value == member.value:
            return value is not None
        try:
            return decode(value) == decode(member.value)
        except (ValueError, RefusedError):
            return False

    def change(self, member: Member, dry_run: bool = False) -> None:
        """Gives a member a new value."""
        if not dry_run:
            self.sender.send(Record(self.topic, member.key, member.value))
        self.newest[member.key] = member.value


def find_dimensions(project: Project, environment: Environment, files: Iterable[Path], topic: str | None) -> dict[Path, Dimension]:
    """What the source of each file's topic says; the topic is the file's stem where none is given. A TrunklineError where there is none."""
    declared = [s for domain in load_domains(project) for s in domain.declared.values() if s.kind == "CREATE TEMPORARY TABLE"]
    sources = {environment.topic(source): source for source in reversed(declared)}
    sources.pop(None, None)
    for name in (topic or file.stem for file in files):
        if name not in sources:
            raise TrunklineError(f"no source reads a topic {name!r}", f"choose one with --topic: {', '.join(sorted(sources))}")
    return {file: Dimension.of(sources[topic or file.stem], environment) for file in files}


def newest_values(topic: str, kafka: Mapping[str, str]) -> dict[bytes, bytes | None]:
    """The newest value of each key, None for a tombstone, read up to the topic's end. Raises a TrunklineError when Kafka falls silent."""
    newest: dict[bytes, Message] = {}
    for message in read(topic, kafka):
        before = newest.get(message.key())
        # A key has moved to another partition where partitions were added.
        if before is None or before.partition() == message.partition() or before.timestamp() <= message.timestamp():
            newest[message.key()] = message
    return {key: message.value() for key, message in newest.items()}
