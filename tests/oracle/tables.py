"""What the tables of every topic share: columns from JSON fields, Kafka's columns, bronze, and verdicts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import NamedTuple

from tests.oracle.decoding import Schema, schema
from tests.oracle.topic import KafkaRecord
from tests.oracle.values import EPOCH

Coordinates = tuple[int, int]
Row = dict[str, object]
Rule = tuple[str, Callable[[Row], bool]]

COORDINATES = ("kafka_partition", "kafka_offset")
KAFKA_COLUMNS = (*COORDINATES, "kafka_timestamp", "kafka_date")
CLOCK_SKEW = timedelta(minutes=5)


class _AnySentence:
    """Equals every text that is not blank."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and bool(other.strip())

    def __hash__(self) -> int:
        return hash(_AnySentence)

    def __repr__(self) -> str:
        return "<any sentence>"


ANY_SENTENCE = _AnySentence()


class Field(NamedTuple):
    """Where a column's value stands in the JSON, and its declared type there (see `decoding`)."""

    path: str
    type: str


def fields(declared: str, *names: str, **columns: str) -> dict[str, Field]:
    """Give columns of one type: those named like their field, then `column="dotted.path"`."""
    return {column: Field(path, declared) for column, path in {**dict(zip(names, names, strict=True)), **columns}.items()}


@dataclass(frozen=True)
class Expected:
    """The rows of a topic's tables by (kafka_partition, kafka_offset); a row is column name -> Python value.

    `gold` is the topic's fact or its dimension's versions. `members` is who those facts point to, by (entity, natural_key).
    """

    bronze: dict[Coordinates, Row]
    silver: dict[Coordinates, Row]
    gold: dict[Coordinates, Row]
    members: dict[tuple[str, str], Row] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Topic:
    """What is declared about a topic: silver's columns and, in order, the rules (a row has the code of the first that it breaks)."""

    name: str
    gold: str
    time_field: str
    columns: Mapping[str, Field]
    rules: Sequence[Rule]

    @cached_property
    def types(self) -> dict[str, str]:
        """The declared type of each field, by dotted path."""
        return dict(self.columns.values()) | {self.time_field: "ANY"}

    @cached_property
    def schema(self) -> Schema:
        """What the fields are decoded by."""
        return schema(self.types)

    def verdict(self, row: Row, error: str | None) -> Row:
        """Give the columns that say whether a row is rejected, and why."""
        return verdict(error or next((code for code, passes in self.rules if not passes(row)), None))


def verdict(reason: str | None) -> Row:
    """Give the columns of a row that is rejected for a reason, or accepted if there is none."""
    return {"is_rejected": reason is not None, "rejection_reason": reason, "rejection_detail": reason and ANY_SENTENCE}


def coordinates(record: KafkaRecord) -> Coordinates:
    """Give the place of a record in its topic."""
    return record.partition, record.offset


def kafka(record: KafkaRecord) -> Row:
    """Give the columns that every stored table of a topic has."""
    timestamp = EPOCH + timedelta(milliseconds=record.timestamp)
    return dict(zip(KAFKA_COLUMNS, (record.partition, record.offset, timestamp, timestamp.date()), strict=True))


def bronze(records: Sequence[KafkaRecord]) -> dict[Coordinates, Row]:
    """Give each record as it came."""
    return {
        coordinates(record): {"kafka_key": record.key, "kafka_value": record.value, "kafka_topic": record.topic} | kafka(record)
        for record in records
    }


def holds(passes: Callable[[object], bool], *columns: str) -> Callable[[Row], bool]:
    """Make a rule that the values of all these columns must pass."""
    return lambda row: all(passes(row[column]) for column in columns)


NOT_IN_FUTURE: Rule = ("event_in_future", lambda row: row["event_time"] - row["kafka_timestamp"] <= CLOCK_SKEW)
