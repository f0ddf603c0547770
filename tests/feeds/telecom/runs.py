"""Runs of the simulation at a moment that stands still."""

import json
from collections.abc import Collection
from datetime import UTC, datetime
from functools import cache
from itertools import chain, islice

from feeds.records import Event, Record
from feeds.telecom.simulation import TOPICS, simulate
from udfs.times import event_time

NOON, NIGHT = datetime(2026, 3, 4, 10, 0, 0, 250_000, UTC), datetime(2026, 3, 4, 1, 0, 0, 250_000, UTC)


def take(
    count: int,
    seed: int = 1,
    bad: float = 0.0,
    duplicates: float = 0.0,
    late: float = 0.0,
    only: Collection[str] = TOPICS,
    at: datetime = NOON,
) -> list[Record]:
    """The records of a run's first `count` events."""
    return list(chain.from_iterable(islice(simulate(seed, bad, duplicates, late, only, lambda: at), count)))


def of(topic: str, records: list[Record]) -> list[Event]:
    """The events of one topic, without tombstones."""
    return [json.loads(record.value) for record in records if record.topic == topic and record.value is not None]


def moment(event: Event) -> datetime | None:
    """When the event says that it happened; None when nobody can read that."""
    text = event.get("timestamp")
    read = event_time(text) if isinstance(text, str) else None
    return read and read.replace(tzinfo=UTC)


@cache
def run(at: datetime = NOON) -> list[Record]:
    """45,000 good events and the members beside."""
    return take(45_000, at=at)


@cache
def good(topic: str, at: datetime = NOON) -> list[Event]:
    """The topic's events in that run."""
    return of(topic, run(at))
