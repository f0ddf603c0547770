"""The topic that every variant reads: simulated events, the same for the same seed to the last byte and timestamp, made once and kept."""

import hashlib
import re
import shutil
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random

from confluent_kafka.admin import AdminClient, NewTopic
from pydantic import BaseModel, Field
from rich.progress import track
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

import feeds
from feeds.kafka import Sender
from feeds.options import stderr
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
    """What a topic is made from, and how far its partitions go once it is made.

    Events are padded to so many `size` bytes, if any; so many `members`, if any, call each other in place of the simulated ones.
    """

    seed: int
    events: int
    stream: str = "calls"
    size: int = 0
    members: int = 0
    simulator: str = Field(default_factory=simulator)
    ends: Offsets = {}

    @property
    def topic(self) -> str:
        """Its name."""
        sizes = [f"{number}{unit}" for number, unit in ((self.size, "b"), (self.members, "m")) if number]
        return "-".join([self.stream, str(self.events), *sizes])

    def refusal(self, kept: "Manifest", file: Path) -> TrunklineError | None:
        """Why the topic that is kept can't stand for this one."""
        for name in ("seed", "events", "stream", "size", "members", "simulator"):
            if getattr(self, name) != getattr(kept, name):
                what = f"{file} is of a topic made with {name} {getattr(kept, name)}, not {getattr(self, name)}"
                return TrunklineError(what, f"remove {file.parent} to have it made anew")
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


def kept(bootstrap: str, folder: Path, wanted: Manifest) -> Manifest:
    """The topic that a manifest asks for, made unless it is there; `folder` keeps its manifest.

    Raises TrunklineError if what is there was made otherwise.
    """
    file = folder / "manifest.json"
    topics = Topics({"bootstrap.servers": bootstrap})
    if file.exists():
        found = Manifest.model_validate_json(file.read_text())
        if refusal := wanted.refusal(found, file):
            raise refusal
        if topics.bounds(found.topic) == found.ends:
            return found
    shutil.rmtree(folder, ignore_errors=True)  # what was computed from it too
    folder.mkdir(parents=True)
    create(topics, wanted.topic)
    fill(bootstrap, wanted)
    made = wanted.model_copy(update={"ends": topics.bounds(wanted.topic)})
    file.write_text(made.model_dump_json(indent=1) + "\n")
    return made


def create(topics: Topics, name: str) -> None:
    """Makes an empty topic; one of that name that is there is removed."""
    admin: AdminClient = topics.admin
    if name in topics.partitions():
        admin.delete_topics([name])[name].result()
        Retrying(retry=retry_if_result(bool), stop=stop_after_delay(SECONDS), wait=wait_fixed(0.2))(lambda: name in topics.partitions())
    admin.create_topics([NewTopic(name, PARTITIONS, config=KEPT_FOR_EVER)])[name].result()
    ready = retry_if_result(lambda ends: len(ends) < PARTITIONS)
    Retrying(retry=ready, stop=stop_after_delay(SECONDS), wait=wait_fixed(0.2))(lambda: topics.bounds(name))


def fill(bootstrap: str, manifest: Manifest) -> None:
    """Sends the events."""
    sender, dice = Sender({"bootstrap.servers": bootstrap}, [manifest.topic]), Random(manifest.seed)  # noqa: S311
    made = islice(records(manifest.seed, manifest.stream), manifest.events)
    for moment, event in track(made, f"filling {manifest.topic}", total=manifest.events, console=stderr()):
        record = among(padded(event, manifest.size, dice), manifest.members, dice)._replace(topic=manifest.topic)
        sender.send(record, round(moment.timestamp() * 1000))
    sender.flush()
