"""What the work itself costs in Python: one process reads Kafka, judges and keys each call, and writes the three tables as Parquet.

There is no Flink and no Iceberg here: no checkpoint, no snapshot, no manifest, and a kill loses what was read since the last files.
Rules, keys and times are those of `udfs/`. Files are as large as a commit every five seconds makes them, with the compression and
the dictionaries of `catalog/local.sql`; one file a commit, whatever days it holds.

A record is read as by `whole-json`, but for numbers that are no DOUBLE: the nearest is read, and beyond its range the record is malformed.
"""

import json
import re
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import typer
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition

from bench.cost.program import Program
from bench.cost.variant import LAYERS, TOPIC
from udfs.keys import surrogate_key_or_null
from udfs.telecom import judge_call
from udfs.times import EPOCH, event_time

COMMIT_SECONDS = 5.0
BATCH = 10_000
PROGRESS = "committed"  # the file that says how many events are in the tables

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 1000
TEXT_OR_NULL = {str, type(None)}
OBJECT_OR_NULL = {dict, type(None)}
PARTY = ("phone_number", "cell_site", "imei")
TEXTS = (
    *("call_id", "event_type"),
    *(f"{party}.{name}" for name in PARTY for party in ("from", "to")),
    *("status", "call_type", "billing.currency"),
)

PARTS = ("from", "to", "billing")
PATHS = {*TEXTS, *PARTS, "timestamp", "call_duration_seconds", "billing.amount"}

TEXT, BYTES, INT, LONG, DAY = pa.string(), pa.binary(), pa.int32(), pa.int64(), pa.date32()
MOMENT, MONEY = pa.timestamp("us", "UTC"), pa.decimal128(18, 4)
WHERE = {"kafka_partition": INT, "kafka_offset": LONG, "kafka_timestamp": MOMENT, "kafka_date": DAY}
PARTIES = ("from_phone_number", "to_phone_number", "from_cell_site", "to_cell_site", "from_imei", "to_imei")
KEYS = ("transaction_sk", "date_sk", "from_user_sk", "to_user_sk", "from_cell_sk", "to_cell_sk", "from_device_sk", "to_device_sk")
SCHEMAS = {
    "bronze": pa.schema({"kafka_key": BYTES, "kafka_value": BYTES, "kafka_topic": TEXT} | WHERE),
    "silver": pa.schema(
        dict.fromkeys(("call_id", "event_type", *PARTIES, "status", "call_type", "currency"), TEXT)
        | dict.fromkeys(("rejection_reason", "rejection_detail", "repaired_columns"), TEXT)
        | {"call_duration_seconds": INT, "amount": MONEY, "is_rejected": pa.bool_(), "event_time": MOMENT}
        | WHERE
    ),
    "gold": pa.schema(
        dict.fromkeys((*KEYS, "call_id", "event_type", *PARTIES, "from_tac", "to_tac", "status", "call_type", "currency"), TEXT)
        | {"time_sk": INT, "call_duration_seconds": INT, "amount": MONEY, "timestamp": MOMENT}
        | WHERE
    ),
}


class MalformedError(ValueError):
    """The record as a whole can't be read."""


class Call(NamedTuple):
    """What a record says, typed; `error` is what is wrong with its form, as `code: sentence`."""

    texts: Sequence[str | None]  # in the order of TEXTS
    seconds: int | None
    amount: Decimal | None
    timestamp: str | None
    error: str | None


NOTHING = (None,) * len(TEXTS)


def decode(value: bytes | None) -> Call:
    """Reads a record as the format `whole-json` does."""
    try:
        event = parse(value)
    except MalformedError as error:
        return Call(NOTHING, None, None, None, f"malformed_record: {error}")
    wrong = [name for name in PARTS if type(event.get(name)) not in OBJECT_OR_NULL]
    sender, receiver, billing = ({} if name in wrong else event.get(name) or {} for name in PARTS)
    get, of, to = event.get, sender.get, receiver.get
    texts: Sequence[Any] = (
        *(get("call_id"), get("event_type")),
        *(of("phone_number"), to("phone_number"), of("cell_site"), to("cell_site"), of("imei"), to("imei")),
        *(get("status"), get("call_type"), billing.get("currency")),
    )
    if not TEXT_OR_NULL.issuperset(map(type, texts)):
        wrong += [path for path, text in zip(TEXTS, texts, strict=True) if type(text) not in TEXT_OR_NULL]
        texts = [text if type(text) in TEXT_OR_NULL else None for text in texts]
    seconds, amount, timestamp = get("call_duration_seconds"), billing.get("amount"), get("timestamp")
    if seconds is not None and (seconds := integer(seconds)) is None:
        wrong.append("call_duration_seconds")
    if amount is not None and (amount := money(amount)) is None:
        wrong.append("billing.amount")
    error = f"wrong_type: {wrong[0]} does not fit its type" if wrong else None
    return Call(texts, seconds, amount, timestamp if type(timestamp) is str else None, error)


def parse(value: bytes | None) -> dict[str, Any]:
    """The JSON object that a record is; raises MalformedError when it is none, or a name in it stands twice."""
    if not value or len(value) > MAX_BYTES:
        raise MalformedError(f"the record is longer than {MAX_BYTES} bytes" if value else "the record is empty")
    if len(value) > 2 * MAX_DEPTH and depth(value) > MAX_DEPTH:
        raise MalformedError(f"nested deeper than {MAX_DEPTH} levels")
    try:
        event = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise MalformedError(f"not JSON: {error}") from None
    if type(event) is not dict:
        raise MalformedError("the record is not a JSON object")
    names = len(event) + sum(len(part) for part in event.values() if type(part) is dict)
    # Else it has another layout, or names deeper inside, or one twice, of which orjson keeps the last.
    if value.count(b'":') != names and (twice := repeated(json.loads(value, object_pairs_hook=tuple))):
        raise MalformedError(f"the field {twice} stands twice")
    return event


def repeated(members: Sequence[tuple[str, Any]], prefix: str = "") -> str | None:
    """The first declared field that stands twice in an object, given as its names and values."""
    names = set()
    for name, value in members:
        if (path := prefix + name) in names:
            return path
        if path in PATHS:
            names.add(path)
        if path in PARTS and isinstance(value, tuple) and (inside := repeated(value, f"{path}.")):
            return inside
    return None


_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)


def depth(value: bytes) -> int:
    """How deep brackets nest."""
    return max(accumulate((byte in b"{[") - (byte in b"}]") for byte in _STRING.sub(b"", value)), default=0)


_NUMBER = re.compile(r"[ \t\r\n]*[+-]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?[ \t\r\n]*")


def number(value: object) -> Decimal | None:
    """The number that a JSON value is or, as text, holds."""
    if type(value) in (int, float):
        return Decimal(repr(value))
    return Decimal(value.strip()) if isinstance(value, str) and _NUMBER.fullmatch(value) else None


def integer(value: object) -> int | None:
    """A JSON value as INT."""
    found = value if type(value) is int else number(value)
    return int(found) if found is not None and -(2**31) <= found < 2**31 and found == int(found) else None


def money(value: object) -> Decimal | None:
    """A JSON value as DECIMAL(18, 4)."""
    return _money(value) if type(value) in (int, float, str) else None


# Calls cost one of a few thousand amounts; 1 and 1.0 have another type, and are the same key otherwise.
@lru_cache(maxsize=65_536, typed=True)
def _money(value: float | str) -> Decimal | None:
    found = number(value)
    try:
        return found if found is None else found.quantize(Decimal("0.0001"), ROUND_HALF_UP, Context(prec=18))
    except InvalidOperation:
        return None


class Sent(NamedTuple):
    """When Kafka got a record (UTC)."""

    moment: datetime
    text: str
    day: date


# Many records share a millisecond.
@lru_cache(maxsize=65_536)
def sent(milliseconds: int) -> Sent:
    """The Kafka timestamp as columns and rules have it."""
    moment = EPOCH + timedelta(milliseconds=milliseconds)
    return Sent(moment, str(moment), moment.date())


class Rows(NamedTuple):
    """The row of a record in each layer, gold's only when it is accepted."""

    bronze: tuple
    silver: tuple
    gold: tuple | None


class Record(NamedTuple):
    """What Kafka holds; the timestamp is in milliseconds since the epoch."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


def rows(record: Record) -> Rows:
    """What becomes of a record."""
    at, call = sent(record.timestamp), decode(record.value)
    where = record.partition, record.offset, at.moment, at.day
    verdict = judge_call(call.error, call.texts[0], *call.texts[2:], call.seconds, call.amount, call.timestamp, at.text)
    reason, _, detail = verdict.partition(": ") if verdict else (None, None, None)
    readable = event_time(call.timestamp)
    happened, amount = readable or EPOCH, call.amount or Decimal(0)
    repaired = ",".join(name for name, found in (("timestamp", readable), ("amount", call.amount)) if found is None) or None
    return Rows(
        (record.key, record.value, record.topic, *where),
        (*call.texts, reason, detail, repaired, call.seconds, amount, verdict is not None, happened, *where),
        None if verdict else fact(call, happened, amount, where),
    )


def fact(call: Call, happened: datetime, amount: Decimal, where: tuple) -> tuple:
    """The row of an accepted call in gold."""
    call_id, event_type, caller, callee, from_cell, to_cell, from_imei, to_imei, *rest = call.texts
    from_tac, to_tac = from_imei[:8], to_imei[:8]
    return (
        surrogate_key_or_null("call", call_id),
        surrogate_key_or_null("date", happened.date()),
        *(surrogate_key_or_null("user", caller), surrogate_key_or_null("user", callee)),
        *(surrogate_key_or_null("cell_site", from_cell), surrogate_key_or_null("cell_site", to_cell)),
        *(surrogate_key_or_null("device", from_tac), surrogate_key_or_null("device", to_tac)),
        *(call_id, event_type, caller, callee, from_cell, to_cell, from_imei, to_imei, from_tac, to_tac, *rest),
        happened.hour * 10_000 + happened.minute * 100 + happened.second,
        *(call.seconds, amount, happened),
        *where,
    )


def write(folder: Path, layer: str, commit: int, of: Sequence[tuple]) -> None:
    """One more file of a layer's table."""
    schema = SCHEMAS[layer]
    columns = [pa.array(values, column.type) for values, column in zip(zip(*of, strict=True), schema, strict=True)]
    file = folder / layer / f"{commit:05}.parquet"
    pq.write_table(pa.table(columns, schema), file, compression="zstd", compression_level=1, dictionary_pagesize_limit=32768)


def records(consumer: Consumer, seconds: float) -> Iterator[Record]:
    """What comes in that time."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        for message in consumer.consume(BATCH, timeout=min(left, 0.1)):
            if message.error():
                raise KafkaException(message.error())
            _, timestamp = message.timestamp()
            yield Record(message.topic(), message.partition(), message.offset(), timestamp, message.key(), message.value())


def drain(consumer: Consumer, folder: Path, seconds: float) -> None:
    """Writes what comes, for ever: a file a layer each so many seconds."""
    events = commit = 0
    for layer in LAYERS:
        (folder / layer).mkdir()
    while True:
        judged = [rows(record) for record in records(consumer, seconds)]
        if not judged:
            continue
        for layer, of in zip(LAYERS, map(_present, zip(*judged, strict=True)), strict=True):
            if of:
                write(folder, layer, commit, of)
        commit, events = commit + 1, events + len(judged)
        unfinished = folder / f".{PROGRESS}"
        unfinished.write_text(str(events))
        unfinished.replace(folder / PROGRESS)


def _present(of: Iterable[tuple | None]) -> list[tuple]:
    return [row for row in of if row]


def main(
    bootstrap: Annotated[str, typer.Argument(help="Kafka's address.")],
    topic: Annotated[str, typer.Argument(help="A topic of phone calls.")],
    folder: Annotated[Path, typer.Argument(help="Where the files go.", exists=True)],
    seconds: Annotated[float, typer.Argument(help="How often it writes them.")],
) -> None:
    """Drain a topic into Parquet files until it is ended."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "lower-bound", "enable.auto.commit": False})
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in partitions])
    drain(consumer, folder, seconds)


class LowerBound(Program):
    """This program as a variant."""

    def command(self) -> Sequence[str | Path]:
        """What runs it."""
        seconds = str(self.run.commit_seconds or COMMIT_SECONDS)
        return [sys.executable, "-m", "bench.cost.lower_bound", self.run.bootstrap, TOPIC, self.run.folder, seconds]

    def stored(self) -> int:
        """As its file says."""
        file = self.run.folder / PROGRESS
        return int(file.read_text()) if file.exists() else 0

    def tables(self) -> Mapping[str, Sequence[Path]]:
        """All its files."""
        return {layer: sorted((self.run.folder / layer).glob("*.parquet")) for layer in LAYERS}


if __name__ == "__main__":
    typer.run(main)
