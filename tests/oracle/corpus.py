"""Loads records written by hand: bad and unusual ones of each topic, with what becomes of each, and histories of members."""

import json
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import yaml

from tests.oracle.events import Stream
from tests.oracle.telecom import TOPICS
from tests.oracle.topic import KafkaRecord
from tests.oracle.values import EPOCH

CORPUS = Path(__file__).parents[1] / "data" / "bad_records"
HISTORIES = Path(__file__).with_name("histories.yaml")

# What tells a member of a topic from others, by a number, and the attribute that stands for the plan in the histories.
ATTRIBUTES = {
    "users": ("+2010{:08}", "plan"),
    "devices": ("{:08}", "model"),
    "cell_sites": ("LXR-{:04}", "city"),
    "agents": ("AG-{:04}", "name"),
}
DAY = datetime(2026, 3, 1, tzinfo=UTC)
CALLED_AT = ("09:59:59.999999", "10:00:00", "10:30:00", "11:00:00", "11:30:00", "12:00:00", "13:00:00", "14:00:00")


@dataclass(frozen=True)
class Case:
    """A record's key and value (None for a tombstone), the code it is rejected with (None: accepted), and what silver must hold."""

    name: str
    key: bytes | None
    value: bytes | None
    code: str | None
    silver: Mapping[str, object]


def load_cases(kafka_timestamp: int, topic: str = "calls") -> list[Case]:
    """Load every case of a topic, for records that will have this Kafka timestamp (milliseconds since the epoch)."""
    every, own = (yaml.safe_load((CORPUS / f"{name}.yaml").read_text(encoding="utf-8")) for name in ("every_topic", topic))
    specs = [*own["cases"], *every["cases"], *_wrong_types(topic, own["good"], every["wrong_types"])]
    return [_case(spec, own, topic, EPOCH + timedelta(milliseconds=kafka_timestamp)) for spec in specs]


def load_histories() -> Iterator[KafkaRecord]:
    """Give each history of `histories.yaml` as records of a member of each kind, and calls among those users all day long.

    Partitions and offsets are still 0; the records of a member are in order.
    """
    histories = yaml.safe_load(HISTORIES.read_text(encoding="utf-8"))
    for topic, (form, attribute) in ATTRIBUTES.items():
        for number, history in enumerate(histories):
            for version in history["given"]:
                yield _version(topic, form.format(number), attribute, *version.split())
    call = yaml.safe_load((CORPUS / "calls.yaml").read_text(encoding="utf-8"))["good"]
    numbers = [ATTRIBUTES["users"][0].format(number) for number in range(len(histories))]
    for caller, callee in zip(numbers, [*numbers[1:], numbers[0]], strict=True):
        for clock in CALLED_AT:
            told = {"call_id": f"{caller} at {clock}", "timestamp": f"2026-03-01 {clock}"}
            told |= {"from.phone_number": caller, "to.phone_number": callee}
            value = _changed(call, "timestamp", DAY, changed={path: json.dumps(text) for path, text in told.items()})
            yield _sent("calls", DAY + timedelta(days=1), caller, value)


def _version(topic: str, key: str, attribute: str, clock: str, state: str) -> KafkaRecord:
    if state == "deleted":
        return _sent(topic, datetime.fromisoformat(f"2026-03-01T{clock}Z"), key, None)
    value = {TOPICS[topic].natural_key: key, attribute: state, "updated_at": f"2026-03-01 {clock}:00"}
    if topic == "users":
        value["registered_on"] = f"2020-01-{'ABC'.index(state) + 1:02}"
    return _sent(topic, DAY + timedelta(days=1), key, json.dumps(value).encode())


def _sent(topic: str, moment: datetime, key: str, value: bytes | None) -> KafkaRecord:
    return KafkaRecord(topic, 0, 0, round(moment.timestamp() * 1000), key.encode(), value)


def _wrong_types(topic: str, good: dict, texts: Mapping[str, Iterable[str]]) -> Iterator[dict]:
    """Make a case of each text that is wrong for a field, for each field of the topic."""
    types = dict(TOPICS[topic].columns.values()) | {name: "object" for name, value in good.items() if isinstance(value, dict)}
    for path, declared in types.items():
        for text in texts[declared]:
            silver = {column: _absent(topic, column) for column, (p, _) in TOPICS[topic].columns.items() if f"{p}.".startswith(f"{path}.")}
            yield {"name": f"{path}: {text}", "expect": "wrong_type", "change": {"changed": {path: text}}, "silver": silver}


def _absent(topic: str, column: str) -> str | None:
    stream = TOPICS[topic]
    return "0.0000" if isinstance(stream, Stream) and column in stream.repaired else None


def _case(spec: dict, own: dict, topic: str, sent: datetime) -> Case:
    name, outcome = spec["name"], spec["expect"]
    good = {own["id"]: json.dumps(name), **own["good"]} if "id" in own else own["good"]
    value = _changed(good, TOPICS[topic].time_field, sent, **spec.get("change", {}))
    if "record" in spec:
        value = None if spec["record"] is None else _bytes(spec["record"], value)
    silver = {column: _stored(topic, column, written, sent) for column, written in spec.get("silver", {}).items()}
    if outcome == "accepted":
        silver.setdefault("repaired_columns", None)
    key = spec.get("key", own.get("key", name))
    return Case(name, None if key is None else key.encode(), value, None if outcome == "accepted" else outcome, silver)


def _stored(topic: str, column: str, written: object, sent: datetime) -> object:
    """Give the value of a silver column as Python has it, from what YAML has."""
    if column == "event_time":
        return sent if written == "kafka_timestamp" else written and datetime.fromisoformat(written)
    field = TOPICS[topic].columns.get(column)
    return Decimal(written) if field and field.type.startswith("DECIMAL") and written else written


def _changed(
    good: dict,
    time_field: str,
    sent: datetime,
    *,
    changed: Mapping[str, str] | None = None,
    without: Iterable[str] = (),
    appended: str | list = "",
    seconds_after_kafka: str | None = None,
) -> bytes:
    """Write the good record, changed as a case says."""
    members = deepcopy(good)
    if seconds_after_kafka is not None:
        moment = sent + timedelta(seconds=float(seconds_after_kafka))
        members[time_field] = json.dumps(moment.isoformat(timespec="microseconds"))
    for path, text in (changed or {}).items():
        parent, last = _parent(members, path)
        parent[last] = text
    for path in without:
        parent, last = _parent(members, path)
        del parent[last]
    return _object(members).removesuffix("}").encode() + _bytes(appended) + b"}"


def _parent(members: dict, path: str) -> tuple[dict, str]:
    *parents, last = path.split(".")
    for name in parents:
        members = members[name]
    return members, last


def _object(members: Mapping[str, object]) -> str:
    texts = {name: value if isinstance(value, str) else _object(value) for name, value in members.items()}
    return "{" + ", ".join(f"{json.dumps(name)}: {text}" for name, text in texts.items()) + "}"


def _bytes(pieces: str | list, good: bytes = b"") -> bytes:
    """Join the pieces of a record: text, `hex`, `good`, or a text to `repeat` some `times` or `up_to` a size in bytes."""
    written = b""
    for piece in [pieces] if isinstance(pieces, str) else pieces:
        match piece:
            case str(text):
                written += text.encode()
            case {"hex": digits}:
                written += bytes.fromhex(digits)
            case {"repeat": text, "times": times}:
                written += text.encode() * times
            case {"repeat": text, "up_to": size}:
                written += text.encode() * (size - len(written))
            case {"good": True}:
                written += good
            case _:
                raise ValueError(f"not a piece of a record: {piece}")
    return written
