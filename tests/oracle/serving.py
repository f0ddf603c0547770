"""The rows of the views that readers see: dimensions as they are and as they were, and events with plans as of their time.

Worked out from the expected rows of the stored tables, one member and one event at a time.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest

from tests.oracle.members import Members
from tests.oracle.tables import Row
from tests.oracle.values import surrogate_key


def history(topic: Members, versions: Iterable[Row]) -> dict[tuple, Row]:
    """Give the type 2 dimension, by (surrogate key, valid_from): each stretch of time in which a member was the same."""
    rows = [row for timeline in _timelines(topic, versions) for row in _stretches(topic, timeline)]
    return {(row[topic.surrogate_key], row["valid_from"]): row for row in rows}


def _timelines(topic: Members, versions: Iterable[Row]) -> Iterator[list[Row]]:
    """Give each member's versions in order; of those with the same valid_from only the last one in Kafka counts."""
    timelines: dict[str, dict[object, Row]] = defaultdict(dict)
    for row in _in_order(versions):
        timelines[row[topic.natural_key]][row["valid_from"]] = row
    yield from (list(timeline.values()) for timeline in timelines.values())


def _in_order(versions: Iterable[Row]) -> list[Row]:
    return sorted(versions, key=lambda row: (row["valid_from"], row["kafka_partition"], row["kafka_offset"]))


def _stretches(topic: Members, timeline: Iterable[Row]) -> Iterator[Row]:
    starts: list[Row] = []
    for row in timeline:
        if not starts or _state(topic, row) != _state(topic, starts[-1]):
            starts.append(row)
    for row, after in zip_longest(starts, starts[1:]):
        if not row["is_deleted"]:
            yield {column: row[column] for column in (topic.surrogate_key, *topic.columns, "valid_from")} | {
                "valid_to": after and after["valid_from"],
                "is_current": after is None,
            }


def _state(topic: Members, row: Row) -> list[object]:
    return [row[column] for column in (*topic.columns, "is_deleted")]


def current(topic: Members, versions: Iterable[Row], used: Iterable[tuple[str, str]]) -> dict[tuple, Row]:
    """Give the type 1 dimension, by (surrogate key,): each member that was sent, then those only `used`, by (entity, natural key)."""
    rows: dict[str, Row] = {}
    for version in _in_order(versions):
        key = version[topic.natural_key]
        shown = rows[key] if version["is_deleted"] and key in rows else {column: version[column] for column in topic.columns}
        rows[key] = shown | {"is_deleted": version["is_deleted"], "is_inferred": False}
    for entity, key in used:
        if entity == topic.entity and key not in rows:
            rows[key] = dict.fromkeys(topic.columns) | {topic.natural_key: key, "is_deleted": False, "is_inferred": True}
    keyed = {surrogate_key(topic.entity, key): row for key, row in rows.items()}
    return {(key,): {topic.surrogate_key: key} | row for key, row in keyed.items()}


def events(calls: Iterable[Row], sms: Iterable[Row], users: Iterable[Row]) -> dict[tuple, Row]:
    """Give calls and sms as one, by (event_sk,), from their facts and the rows of the users' history."""
    lives: dict[object, list[Row]] = defaultdict(list)
    for stretch in users:
        lives[stretch["user_sk"]].append(stretch)
    facts = [(fact, fact["call_id"]) for fact in calls] + [(fact, fact["sms_id"]) for fact in sms]
    return {(fact["transaction_sk"],): _event(fact, event_id, lives) for fact, event_id in facts}


def _event(fact: Row, event_id: object, lives: Mapping[object, list[Row]]) -> Row:
    sender, receiver = (as_of(fact["timestamp"], lives.get(fact[key], ())) for key in ("from_user_sk", "to_user_sk"))
    return {
        "event_sk": fact["transaction_sk"],
        "event_type": fact["event_type"],
        "event_id": event_id,
        "sender_user_sk": fact["from_user_sk"],
        "receiver_user_sk": fact["to_user_sk"],
        "sender_cell_sk": fact["from_cell_sk"],
        "receiver_cell_sk": fact["to_cell_sk"],
        "sender_device_sk": fact["from_device_sk"],
        "receiver_device_sk": fact["to_device_sk"],
        "date_sk": fact["date_sk"],
        "date_key": int(f"{fact['timestamp'].date():%Y%m%d}"),
        "plan_sender": sender.get("plan"),
        "plan_receiver": receiver.get("plan"),
        "call_duration_seconds": fact.get("call_duration_seconds"),
        "call_type": fact.get("call_type"),
        "status": fact["status"],
        "reg_date": sender.get("registered_on"),
        "amount": fact["amount"],
        "currency": fact["currency"],
    }


def as_of(moment: object, stretches: Iterable[Row]) -> Row:
    """Find the stretch that holds at a moment: from its valid_from on, up to but without its valid_to."""
    for stretch in stretches:
        if stretch["valid_from"] <= moment and (stretch["valid_to"] is None or moment < stretch["valid_to"]):
            return stretch
    return {}
