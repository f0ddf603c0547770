"""A run of the simulator that never changes, small enough to read what becomes of it: a few hundred people in four hours of two days.

Where the feed or a question changes, `python -m tests.sql.telecom.small_country` writes the expected answers anew, by the oracle.
"""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import chain, islice
from pathlib import Path

import pytest

from feeds.telecom import network, simulation, world
from tests.oracle import telecom
from tests.oracle.questions import QUESTIONS, Answer, Lake
from tests.oracle.tables import Expected, Row
from tests.oracle.topic import KafkaRecord

ANSWERS = Path(__file__).with_name("questions")

SEED, BAD, DUPLICATES, LATE = 7, 0.06, 0.02, 0.05
EVENTS_AT_A_TIME = 300
MOMENTS = [datetime.fromisoformat(f"2026-{moment}:00Z") for moment in ("02-28T12:50", "02-28T23:30", "03-01T08:05", "03-01T12:40")]

# More of what is rare in a big country: roaming, changes, unknown members, absent values.
CONSTANTS = {
    network: {"SUBSCRIBERS": 350, "AGENTS": 20, "ROAMING_SHARE": 0.1, "UNKNOWN_SUBSCRIBER_SHARE": 0.03, "UNKNOWN_SITE_SHARE": 0.1},
    world: {"NO_TIME_SHARE": 0.03, "NO_AMOUNT_SHARE": 0.03},
    simulation: {"CHANGE_SHARE": 0.1},
}
SITES_PER_CITY = 2


@contextmanager
def small_network() -> Iterator[None]:
    """Has the simulator make a small network, and keep none."""
    make, sites = network._network.__wrapped__, network._sites
    with pytest.MonkeyPatch.context() as patch:
        for module, constants in CONSTANTS.items():
            for name, value in constants.items():
                patch.setattr(module, name, value)
        patch.setattr(network, "_sites", lambda *city: sites(*city)[:SITES_PER_CITY])
        patch.setattr(network, "_network", make)
        yield


def records() -> Mapping[str, list[KafkaRecord]]:
    """What is sent to each topic, in order."""
    topics: dict[str, list[KafkaRecord]] = defaultdict(list)
    offsets: Counter[tuple[str, int]] = Counter()
    with small_network():
        now = MOMENTS[0]
        steps = simulation.simulate(SEED, BAD, DUPLICATES, LATE, clock=lambda: now)
        for now in MOMENTS:
            for record in chain.from_iterable(islice(steps, EVENTS_AT_A_TIME)):
                partition = record.key[-1] % 2
                place = record.topic, partition, offsets[record.topic, partition]
                topics[record.topic].append(KafkaRecord(*place, round(now.timestamp() * 1000), record.key, record.value))
                offsets[record.topic, partition] += 1
    return topics


def expected() -> Lake:
    """The stored tables and the dimensions, as the oracle gives them."""
    topics = {name: with_details(topic) for name, topic in telecom.expected(records()).items()}
    tables = telecom.stored_tables(topics) | telecom.serving_views(topics)
    return {name.removeprefix("telecom."): table.rows.values() for name, table in tables.items()}


def with_details(topic: Expected) -> Expected:
    """The same, but where the oracle allows any sentence stands one that tells whose it is."""
    return Expected(topic.bronze, {place: detailed(row) for place, row in topic.silver.items()}, topic.gold, topic.members)


def detailed(row: Row) -> Row:
    return row | {"rejection_detail": row["rejection_reason"] and "partition {kafka_partition}, offset {kafka_offset}".format_map(row)}


def as_csv(answer: Answer) -> str:
    """Rows in order, as a file for readers has them."""
    ordered = sorted(answer, key=lambda row: [(value is None, value) for value in row.values()])
    text = io.StringIO()
    writer = csv.DictWriter(text, ordered[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(ordered)
    return text.getvalue()


def write_answers() -> None:
    """Writes each question's expected answer, `questions/<view>.csv`."""
    tables = expected()
    for name, question in QUESTIONS.items():
        (ANSWERS / f"{name}.csv").write_text(as_csv(question(tables)))


if __name__ == "__main__":
    write_answers()
