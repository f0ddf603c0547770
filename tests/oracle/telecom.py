"""The whole lakehouse: every table and view by its three-word name, from the records of every topic."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from tests.oracle import calendar, calls, compare, members, payment, recharge, serving, sms, support
from tests.oracle.events import Stream
from tests.oracle.members import Members
from tests.oracle.tables import COORDINATES, KAFKA_COLUMNS, Coordinates, Expected, Row
from tests.oracle.topic import KafkaRecord

STREAMS: dict[str, Stream] = {module.STREAM.name: module.STREAM for module in (calls, sms, payment, recharge, support)}
MEMBERS: dict[str, Members] = {topic.name: topic for topic in (members.USERS, members.DEVICES, members.CELL_SITES, members.AGENTS)}
TOPICS: dict[str, Stream | Members] = STREAMS | MEMBERS
WITHOUT_HISTORY = {"devices"}

Read = Callable[[str], pa.Table]


@dataclass(frozen=True)
class Table:
    """The rows of a table or view by the values of its `key` columns; columns `aside` are not compared, and rows may `repeat`."""

    rows: Mapping[tuple, Row]
    key: Sequence[str] = COORDINATES
    aside: Sequence[str] = ()
    repeat: bool = False


def expected(records: Mapping[str, Sequence[KafkaRecord]], stored: Read | None = None) -> dict[str, Expected]:
    """Work out the rows of each topic's tables, by topic, from the records of each topic, each in an order of arrival.

    `stored` reads a stored table: which of several partitions was first with an id can only be seen there.
    """
    return {
        name: MEMBERS[name].expected(topic) if name in MEMBERS else STREAMS[name].expected(topic, accepted(name, stored) if stored else ())
        for name, topic in records.items()
    }


def accepted(topic: str, stored: Read) -> set[Coordinates]:
    """Tell which rows of a topic the stored silver table accepts."""
    rows = stored(f"telecom.silver.{topic}").select([*COORDINATES, "is_rejected"]).to_pylist()
    return {(row["kafka_partition"], row["kafka_offset"]) for row in rows if not row["is_rejected"]}


def stored_tables(topics: Mapping[str, Expected], *, forgotten: bool = False) -> dict[str, Table]:
    """Give the stored tables of these topics, by three-word name.

    Which of its facts first named a member depends on the order of arrival over partitions, so a member's Kafka columns stand aside.
    A job that had `forgotten` what it knew, for it began without its state, may have named a member again.
    """
    tables: dict[str, Table] = {}
    for name, topic in topics.items():
        tables[f"telecom.bronze.{name}"] = Table(topic.bronze)
        tables[f"telecom.silver.{name}"] = Table(topic.silver)
        tables[f"telecom.gold.{TOPICS[name].gold}"] = Table(topic.gold)
        if isinstance(TOPICS[name], Stream):
            key = ("entity", "natural_key")
            tables[f"telecom.gold.{TOPICS[name].entity}_members"] = Table(topic.members, key, KAFKA_COLUMNS, forgotten)
    return tables


def calendar_tables() -> dict[str, Table]:
    """Give the tables that no topic fills, by three-word name."""
    return {
        "telecom.gold.dim_date": Table(calendar.expected_dates(), ("date_key",)),
        "telecom.gold.dim_time": Table(calendar.expected_times(), ("time_sk",)),
    }


def serving_views(topics: Mapping[str, Expected]) -> dict[str, Table]:
    """Give the dimensions and `fact_events` as readers see them, by three-word name, from the tables of every topic."""
    used = [key for name in STREAMS for key in topics[name].members]
    views: dict[str, Table] = {}
    for name, topic in MEMBERS.items():
        view, versions = f"telecom.serving.dim_{topic.entity}", topics[name].gold.values()
        views[view] = Table(serving.current(topic, versions, used), (topic.surrogate_key,))
        if name not in WITHOUT_HISTORY:
            views[f"{view}_history"] = Table(serving.history(topic, versions), (topic.surrogate_key, "valid_from"))
    users = views["telecom.serving.dim_user_history"].rows.values()
    facts = serving.events(topics["calls"].gold.values(), topics["sms"].gold.values(), users)
    return views | {"telecom.serving.fact_events": Table(facts, ("event_sk",))}


def differences(tables: Mapping[str, Table], read: Read, limit: int = 5) -> list[str]:
    """List, as lines that begin with a table's name, at most `limit` ways in which each of `tables` differs from what `read` gives."""
    return [f"{name}: {line}" for name, table in tables.items() for line in _differences(table, read(name), limit)]


def _differences(table: Table, found: pa.Table, limit: int) -> Iterator[str]:
    missing = [column for column in table.aside if column not in found.column_names]
    yield from (f"column {column} is missing" for column in missing)
    compared = found.drop_columns([column for column in table.aside if column not in missing])
    if table.repeat:
        compared = compared.group_by(compared.column_names).aggregate([])
    yield from compare.differences(table.rows, compared, limit, key=table.key)
