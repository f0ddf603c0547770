"""A seeded population of the simulator in a lake, and how to find any of it, or an unkeyed hash of it, in what somebody may read."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from zlib import crc32

from feeds.records import Record
from flink_jobs.domains import load_domains
from flink_jobs.project import Project
from tests.feeds.telecom.runs import NOON, take
from tests.oracle.tables import Row
from tests.oracle.telecom import calendar_tables, expected, stored_tables
from tests.oracle.topic import KafkaRecord
from tests.readers.postgres.lakes import Writer, open_project
from udfs.keys import surrogate_key

EVENTS = 500
SILENT_USERS = 50  # of whom no event tells
PARTITIONS = 2
WORD = re.compile(r"[^\s\"'{}\[\](),:;=<>|\\]+")
NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{7,}(?![0-9A-Za-z])")
DIGITS = re.compile(r"\d{10,}")
DAY = re.compile(r"20[123]\d[01]\d[0-3]\d$")  # as `date_key` is written
LAST = 8  # digits of a phone number, which are as good as all
LONGEST = 8  # words of an address


@cache
def sent() -> list[Record]:
    """Some events, spoiled ones too, and the members; of the users those that events name and a few others."""
    run = take(EVENTS, seed=6, bad=0.05, at=NOON)
    named = {key for record in run if record.topic != "users" for key in re.findall(rb"\+\d+", record.value or b"")}
    silent = [record.key for record in run if record.topic == "users" and record.key not in named][:SILENT_USERS]
    return [record for record in run if record.topic != "users" or record.key in named or record.key in silent]


def records() -> dict[str, list[KafkaRecord]]:
    """What Kafka holds, by topic."""
    places: dict[tuple[str, int], Iterator[int]] = defaultdict(count)
    found: dict[str, list[KafkaRecord]] = defaultdict(list)
    for record in sent():
        partition = crc32(record.key or b"") % PARTITIONS
        place = next(places[record.topic, partition])
        found[record.topic].append(KafkaRecord(record.topic, partition, place, round(NOON.timestamp() * 1000), record.key, record.value))
    return found


@contextmanager
def populated() -> Iterator[Project]:
    """A project whose lake holds these records in silver and gold, as its jobs would have stored them."""
    stored = stored_tables(expected(records())) | calendar_tables()
    with open_project() as project:
        for domain in load_domains(project):
            writer = Writer(project, domain.name)
            writer.create("silver", "gold")
            tables = {name: list(table.rows.values()) for name, table in stored.items() if name.startswith(f"{domain.name}.")}
            writer.commit({name.partition(".")[2]: list(map(_worst, rows)) for name, rows in tables.items() if ".bronze." not in name})
        yield project


def _worst(row: Row) -> Row:
    """A row with what the oracle leaves open, the sentence of a rejection, telling everything."""
    return row | {"rejection_detail": f"{row} can't be so"} if row.get("rejection_detail") else row


def personal_values() -> set[str]:
    """Every phone number, IMEI, name, e-mail and address, and every number of a user or agent, in the good ones of these records."""
    found: set[object] = set()
    for record in (record for record in sent() if record.reason is None and record.value):
        event = json.loads(record.value)
        parts = [event, *(part for part in event.values() if isinstance(part, dict))]
        found |= {part.get(field) for part in parts for field in ("phone_number", "imei", "user_id", "agent_id")}
        if record.topic in ("users", "agents"):
            found |= {event.get(field) for field in ("name", "first_name", "last_name", "email", "address")}
        if record.topic == "recharge":
            found.add(event["customer"]["name"])
    return {value for value in found if isinstance(value, str)}


class Search:
    """Finds personal values and unkeyed hashes of them in texts."""

    def __init__(self, values: Iterable[str]) -> None:
        self.plain = {" ".join(WORD.findall(value.lower())): value for value in values}
        self.first_words = {words.partition(" ")[0] for words in self.plain}
        self.hashed = {digest: value for value in values for digest in hashes(value)}
        numbers = {"".join(filter(str.isdigit, value)): value for value in values if re.fullmatch(r"\+?\d{10,15}", value)}
        self.numbers = {digits: value for whole, value in numbers.items() for digits in (whole, whole[2:]) if len(digits) >= 10}
        self.endings = {whole[-LAST:]: value for whole, value in numbers.items() if not DAY.match(whole[-LAST:])}

    def found(self, text: str) -> set[str]:
        """What a text shows, each as `what it shows: whose it is`."""
        words = WORD.findall(text.lower())
        begins = [i for i, word in enumerate(words) if word in self.first_words]
        grams = {" ".join(words[i : i + n]) for i in begins for n in range(1, LONGEST + 1)}
        shown = {f"{gram}: {self.plain[gram]}" for gram in grams & self.plain.keys()}
        shown |= {f"{digest}: {self.hashed[digest]}" for digest in set(re.findall(r"[0-9a-f]{32,}", text.lower())) & self.hashed.keys()}
        for run in DIGITS.findall(text):
            shown |= {f"{part}: {self.numbers[part]}" for part in _parts(run, (10, 12, 13, 15)) & self.numbers.keys()}
        for run in NUMBER.findall(text):
            shown |= {f"{part}: {self.endings[part]}" for part in _parts(run, (LAST,)) & self.endings.keys()}
        return shown


def _parts(digits: str, lengths: Iterable[int]) -> set[str]:
    return {digits[i : i + length] for length in lengths for i in range(len(digits) - length + 1)}


def hashes(value: str) -> Iterator[str]:
    """What somebody without the key could compute of a value, to look for it: its surrogate keys, and the usual hashes in hex."""
    yield from (surrogate_key(entity, value) or "" for entity in ("user", "agent", "device"))
    for written in {value, value.lstrip("+"), value.lower()}:
        yield from (hashlib.new(name, written.encode()).hexdigest() for name in ("md5", "sha1", "sha256", "sha512", "blake2b"))
