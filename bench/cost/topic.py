"""The topic that every variant reads: simulated events, the same for the same seed to the last byte, offset and timestamp.

They are recorded once, as a Parquet file, and sent to an empty topic for each run: the warm-up before it begins, the rest when all tables
hold this, so that what reads a topic twice does not read ahead of what counts.
"""

import hashlib
import re
import shutil
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from random import Random
from threading import Event
from zlib import crc32

import pyarrow as pa
import pyarrow.parquet as pq
from confluent_kafka.admin import AdminClient, NewTopic
from pydantic import BaseModel, Field
from rich.progress import track
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

import feeds
from feeds.kafka import Sender
from feeds.options import stderr
from feeds.pacing import bursts
from feeds.records import Record
from feeds.telecom.simulation import simulate
from flink_jobs.errors import TrunklineError
from flink_jobs.topics import Offsets, Topics

BAD = 0.02  # the feed's default
BEGIN, STEP = datetime(2026, 3, 2, 6, tzinfo=UTC), timedelta(milliseconds=10)  # six million events are less than a day
PARTITIONS = 4
KEPT_FOR_EVER = {"retention.ms": "-1"}
PADDING = b',"padding":"%s"'
PHONE_NUMBER = re.compile(rb"\+20\d{10}")
SECONDS = 30
PART = 20_000  # events of a row group
RECORDED = pa.schema(
    {
        "kafka_partition": pa.int32(),
        "kafka_offset": pa.int64(),
        "kafka_timestamp": pa.int64(),  # ms since the epoch
        "kafka_key": pa.binary(),
        "kafka_value": pa.binary(),
    }
)

Place = tuple[int, int, int, bytes | None, bytes | None]  # a row of RECORDED
Counts = list[tuple[float, int]]  # (Unix seconds, events until then)


class Clock:
    """The time in the simulated network."""

    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> datetime:
        """The moment of what happens next (UTC)."""
        return self.now


def simulator() -> str:
    """A hash of the program that makes the events."""
    root = Path(feeds.__file__).parent
    digest = hashlib.sha256(f"{BAD} {BEGIN} {STEP} {PARTITIONS}".encode())
    for file in sorted([root / "records.py", *(root / "telecom").glob("*.py"), root / "telecom" / "network.toml"]):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]


class Manifest(BaseModel, frozen=True):
    """What a recording is made from.

    Events are padded to so many `size` bytes, if any; so many `members`, if any, call each other in place of the simulated ones.
    """

    seed: int
    events: int
    stream: str = "calls"
    size: int = 0
    members: int = 0
    simulator: str = Field(default_factory=simulator)

    @property
    def name(self) -> str:
        """Of the folder that keeps it."""
        sizes = [f"{number}{unit}" for number, unit in ((self.size, "b"), (self.members, "m")) if number]
        return "-".join([self.stream, *sizes])

    def refusal(self, kept: "Manifest", file: Path) -> TrunklineError | None:
        """Why what is kept can't stand for this one."""
        for name in ("seed", "stream", "size", "members", "simulator"):
            if getattr(self, name) != getattr(kept, name):
                what = f"{file} is of events made with {name} {getattr(kept, name)}, not {getattr(self, name)}"
                return TrunklineError(what, f"remove {file.parent} to have them made anew")
        return None


def records(seed: int, stream: str = "calls") -> Iterator[tuple[datetime, Record]]:
    """Endless events of a stream, each with the time of its Kafka record; none twice."""
    clock = Clock()
    for step in simulate(seed, BAD, only=(stream,), clock=clock):
        for record in step:
            yield clock.now, record
            clock.now += STEP


def padded(record: Record, size: int, dice: Random) -> Record:
    """A record whose object has one more field, which nobody declared and nothing compresses, so that it has so many bytes."""
    missing = size - len(record.value or b"") - len(PADDING % b"")
    if missing <= 0 or not (record.value or b"").endswith(b"}"):
        return record
    return record._replace(value=record.value[:-1] + PADDING % b64encode(dice.randbytes(missing))[:missing] + b"}")


def among(record: Record, members: int, dice: Random) -> Record:
    """A record of which each phone number is that of one of so many members, all as likely."""
    if not members or not record.value:
        return record
    return record._replace(value=PHONE_NUMBER.sub(lambda _: b"+2010%08d" % dice.randrange(members), record.value))


def places(manifest: Manifest) -> Iterator[Place]:
    """The events, each with where it stands in its topic: all of a key in one partition."""
    dice, ends = Random(manifest.seed), Counter[int]()  # noqa: S311
    for moment, event in islice(records(manifest.seed, manifest.stream), manifest.events):
        record = among(padded(event, manifest.size, dice), manifest.members, dice)
        partition = crc32(record.key or b"") % PARTITIONS
        yield partition, ends[partition], round(moment.timestamp() * 1000), record.key, record.value
        ends[partition] += 1


@dataclass(frozen=True)
class Recording:
    """The events of a manifest in the order in which they come: the first of those in a Parquet file, which may have more."""

    folder: Path
    manifest: Manifest

    @property
    def topic(self) -> str:
        """Where they are sent: the topic that the shipped jobs read."""
        return self.manifest.stream

    @property
    def file(self) -> Path:
        """Its rows have the columns of RECORDED, its row groups PART of them."""
        return self.folder / "events.parquet"

    @property
    def parts(self) -> range:
        """The numbers of its row groups."""
        return range(pq.ParquetFile(self.file).num_row_groups)

    def part(self, number: int) -> list[Place]:
        """The rows of one row group."""
        table = pq.ParquetFile(self.file).read_row_group(number)
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))

    def ends(self, events: int) -> Offsets:
        """How many of the first so many events each partition has."""
        partitions = pq.read_table(self.file, columns=["kafka_partition"]).column(0).slice(0, events)
        return {count["values"].as_py(): count["counts"].as_py() for count in partitions.value_counts()}

    def write(self) -> None:
        """Simulates the events."""
        rows = iter(track(places(self.manifest), f"simulating {self.manifest.name}", total=self.manifest.events, console=stderr()))
        with pq.ParquetWriter(self.file, RECORDED, compression="zstd") as file:
            while part := list(islice(rows, PART)):
                columns = zip(*part, strict=True)
                file.write_table(pa.table(dict(zip(RECORDED.names, columns, strict=True)), RECORDED))


def recorded(folder: Path, wanted: Manifest) -> Recording:
    """The events that a manifest asks for, made unless as many are there; `folder` keeps them with their manifest.

    Raises TrunklineError if what is there was made otherwise.
    """
    recording, file = Recording(folder, wanted), folder / "manifest.json"
    if file.exists():
        kept = Manifest.model_validate_json(file.read_text())
        if refusal := wanted.refusal(kept, file):
            raise refusal
        if kept.events >= wanted.events:
            return recording
    shutil.rmtree(folder, ignore_errors=True)  # what was computed from it too
    folder.mkdir(parents=True)
    recording.write()
    file.write_text(wanted.model_dump_json(indent=1) + "\n")
    return recording


def create(topics: Topics, name: str) -> None:
    """Makes an empty topic; one of that name that is there is removed."""
    admin: AdminClient = topics.admin
    if name in topics.partitions():
        admin.delete_topics([name])[name].result()
        Retrying(retry=retry_if_result(bool), stop=stop_after_delay(SECONDS), wait=wait_fixed(0.2))(lambda: name in topics.partitions())
    admin.create_topics([NewTopic(name, PARTITIONS, config=KEPT_FOR_EVER)])[name].result()
    ready = retry_if_result(lambda ends: len(ends) < PARTITIONS)
    Retrying(retry=ready, stop=stop_after_delay(SECONDS), wait=wait_fixed(0.2))(lambda: topics.bounds(name))


class Feeder:
    """Sends what was recorded to its topic, made anew, from the first event on: each once, and to its place."""

    def __init__(self, bootstrap: str, recording: Recording) -> None:
        self.topic, self.sent = recording.topic, 0
        create(Topics({"bootstrap.servers": bootstrap}), self.topic)
        self._sender = Sender({"bootstrap.servers": bootstrap}, [self.topic])
        self._places = chain.from_iterable(map(recording.part, recording.parts))

    def send(self, events: int, rate: float = 0, over: Event | None = None) -> Counts:
        """Sends the next events at a rate a second, 0 for as fast as possible, or until it is over; tells when how many were sent."""
        counts: Counts = []
        end = self.sent + events
        for burst in bursts(rate, lambda: self.sent >= end or (over is not None and over.is_set())):
            for partition, _, timestamp, key, value in islice(self._places, min(burst, end - self.sent)):
                self._sender.send(Record(self.topic, key, value), timestamp, partition)
                self.sent += 1
            counts.append((time.time(), self.sent))
        self._sender.flush()
        return counts
