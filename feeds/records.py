"""What a feed sends: Kafka records, good ones and, in wanted shares, repeated ones and bad ones of every kind."""

import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import reduce, wraps
from itertools import accumulate
from operator import getitem
from random import Random
from typing import Any, NamedTuple

Event = dict[str, Any]
Spoil = Callable[[Event, Random], bytes | None]

ABSENT = object()
OVERSIZED_BYTES = 1024 * 1024 + 1
REMEMBERED = 4000  # good records of a topic, of which any may come again


class Flaw(NamedTuple):
    """One way to be bad: the code of the rule that rejects the record, and the function that makes its value from a good event."""

    reason: str
    spoil: Spoil
    weight: float = 1.0


class Record(NamedTuple):
    """One Kafka record; `reason` is the code of the rule that rejects it, None for a good one."""

    topic: str
    key: bytes | None
    value: bytes | None
    reason: str | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


class Stream(NamedTuple):
    """A topic: where an event's key is, and every way in which its records can be bad."""

    topic: str
    key: Callable[[Event], str]
    flaws: Sequence[Flaw]


class Writer:
    """Makes the records of one stream.

    Flaws and repeats have dice of their own: another share spoils, or repeats, other records of the same events.
    """

    def __init__(self, stream: Stream, seed: int, bad: float, duplicates: float = 0.0) -> None:
        """`bad` and `duplicates` are shares from 0 to 1."""
        self.topic = stream.topic
        self._stream, self._bad, self._duplicates = stream, bad, duplicates
        self._weights = list(accumulate(flaw.weight for flaw in stream.flaws))
        self._flaws, self._repeats = (Random(f"{dice} {stream.topic} {seed}") for dice in ("flaws", "repeats"))  # noqa: S311
        self._sent: deque[Record] = deque(maxlen=REMEMBERED)

    def events(self, event: Event) -> Iterator[Record]:
        """The event's record, good or bad; now and then, an earlier good one again: the last, or mostly one of the last few hundred."""
        record = self._spoiled(event)
        if not record:
            record = self._good(event)
            self._sent.append(record)
        yield record
        if self._repeats.random() < self._duplicates and self._sent:
            yield self._sent[-1 - int(len(self._sent) * self._repeats.random() ** 3)]._replace(reason="duplicate")

    def members(self, member: Event) -> Iterator[Record]:
        """The member's record, always good, so that nobody is missing; now and then a bad one comes first."""
        good, bad = self._good(member), self._spoiled(member)
        if bad:
            yield bad
        yield good

    def deletion(self, member: Event) -> Record:
        """The tombstone of a member."""
        return Record(self.topic, self._stream.key(member).encode(), None)

    def _good(self, event: Event) -> Record:
        return Record(self.topic, self._stream.key(event).encode(), encode(event))

    def _spoiled(self, event: Event) -> Record | None:
        if self._flaws.random() >= self._bad:
            return None
        key = self._stream.key(event).encode()
        flaw = self._flaws.choices(self._stream.flaws, cum_weights=self._weights)[0]
        return Record(self.topic, key, flaw.spoil(event, self._flaws), flaw.reason)


_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def encode(event: Event) -> bytes:
    """An event as compact JSON in UTF-8."""
    return _encoder.encode(event).encode()


def put(part: Event, field: str, value: object) -> None:
    """Set a field, or take it away if the value is ABSENT."""
    if value is ABSENT:
        part.pop(field, None)
    else:
        part[field] = value


def edit(change: Callable[[Event, Random], None]) -> Spoil:
    """A flaw of the event as a whole: `change` it in place, then encode it."""

    @wraps(change)
    def spoil(event: Event, random: Random) -> bytes:
        change(event, random)
        return encode(event)

    return spoil


def at(*paths: str, change: Callable[[Any, Random], object]) -> Spoil:
    """A flaw of one value: that at one of the dotted `paths`, None if it is absent, becomes what `change` makes of it."""

    @edit
    @wraps(change)
    def spoil(event: Event, random: Random) -> None:
        *parents, field = random.choice(paths).split(".")
        part = reduce(getitem, parents, event)
        put(part, field, change(part.get(field), random))

    return spoil


def tombstone(event: Event, random: Random) -> None:
    """No value at all."""


def empty(event: Event, random: Random) -> bytes:
    """A value of no bytes, or of blanks."""
    return random.choice((b"", b" ", b"\n"))


def cut_off(event: Event, random: Random) -> bytes:
    """A beginning of the object."""
    text = encode(event)
    return text[: random.randrange(1, len(text))]


def not_json(event: Event, random: Random) -> bytes:
    """What a broken sender logs."""
    return random.choice((b"ERROR: read timed out", b"<html><body>502 Bad Gateway</body></html>", repr(event).encode()))


def not_an_object(event: Event, random: Random) -> bytes:
    """JSON, but an array or a scalar."""
    return random.choice((b"[" + encode(event) + b"]", b"[]", b"null", b"42", json.dumps(encode(event).decode()).encode()))


def trailing_text(event: Event, random: Random) -> bytes:
    """More after the object, a second one for instance."""
    text = encode(event)
    return text + random.choice((b"\n" + text, b"}", b",", b" end"))


def invalid_utf8(event: Event, random: Random) -> bytes:
    """A text with a stray byte, a cut sequence, an overlong form or a lone surrogate."""
    return encode(event).replace(b':"', b':"' + random.choice((b"\xff", b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80")), 1)


def deep_nesting(event: Event, random: Random) -> bytes:
    """Arrays in arrays, in a field that nobody declared."""
    depth = random.randint(1_001, 3_000)
    return encode(event)[:-1] + b',"trace":' + b"[" * depth + b"]" * depth + b"}"


def repeated_field(event: Event, random: Random) -> bytes:
    """The first field twice."""
    field = next(iter(event))
    return encode({field: event[field]})[:-1] + b"," + encode(event)[1:]


def oversized(event: Event, random: Random) -> bytes:
    """A good event with a debugging dump of more than 1 MiB."""
    return encode({**event, "dump": "x" * OVERSIZED_BYTES})


_ANY = (empty, cut_off, not_json, not_an_object, trailing_text, invalid_utf8, deep_nesting, repeated_field)
MALFORMED = (*(Flaw("malformed_record", spoil) for spoil in _ANY), Flaw("malformed_record", oversized, weight=0.01))
"""The flaws that any JSON stream can have; an oversized record is rare, so that it doesn't weigh on the rate."""
