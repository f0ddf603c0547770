"""Loads `tests/data/calls_bad_records.yaml`: records written by hand, bad and unusual ones, with what becomes of each."""

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import yaml

CORPUS = Path(__file__).parents[1] / "data" / "calls_bad_records.yaml"


@dataclass(frozen=True)
class Case:
    """A record's value (None for a tombstone), the code it is rejected with (None: accepted), and what silver must hold."""

    name: str
    value: bytes | None
    code: str | None
    silver: Mapping[str, object]


def load_cases(kafka_timestamp: int) -> list[Case]:
    """Load every case, for records that will have this Kafka timestamp (milliseconds since the epoch)."""
    corpus = yaml.safe_load(CORPUS.read_text(encoding="utf-8"))
    return [_case(case, corpus["call"], kafka_timestamp) for case in corpus["cases"]]


def _case(spec: dict, call: dict, kafka_timestamp: int) -> Case:
    name, outcome = spec["name"], spec["expect"]
    if "record" in spec:
        value = _bytes(spec["record"], _call(call, name, kafka_timestamp)) if spec["record"] is not None else None
    else:
        value = _call(call, name, kafka_timestamp, **spec.get("call", {}))
    silver = {column: _READ.get(column, lambda same: same)(stored) for column, stored in spec.get("silver", {}).items()}
    if outcome == "accepted":
        silver.setdefault("repaired_columns", None)
    return Case(name, value, None if outcome == "accepted" else outcome, silver)


_READ = {"amount": Decimal, "event_time": datetime.fromisoformat}


def _call(
    call: dict,
    name: str,
    kafka_timestamp: int,
    *,
    changed: Mapping[str, str] | None = None,
    without: Iterable[str] = (),
    appended: str | list = "",
    seconds_after_kafka: str | None = None,
) -> bytes:
    """Write the good call, changed as a case says; its id is the case's name unless that is changed too."""
    members = {"call_id": json.dumps(name), **deepcopy(call)}
    if seconds_after_kafka is not None:
        moment = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=kafka_timestamp, seconds=float(seconds_after_kafka))
        members["timestamp"] = json.dumps(moment.isoformat(timespec="microseconds"))
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


def _bytes(pieces: str | list, call: bytes = b"") -> bytes:
    """Join the pieces of a record: text, `hex`, `good_call`, or a text to `repeat` some `times` or `up_to` a size in bytes."""
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
            case {"good_call": True}:
                written += call
            case _:
                raise ValueError(f"not a piece of a record: {piece}")
    return written
