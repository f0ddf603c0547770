"""What a feed sends: Kafka records, good ones and, in a wanted share, bad ones of every kind."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import wraps
from itertools import accumulate
from random import Random
from typing import Any, NamedTuple

Event = dict[str, Any]
Spoil = Callable[[Event, Random], bytes | None]

ABSENT = object()
OVERSIZED_BYTES = 1024 * 1024 + 1


class Flaw(NamedTuple):
    """One way to be bad: the code of the rule that rejects the record, and the function that makes its value from a good event."""

    reason: str
    spoil: Spoil
    weight: float = 1.0


class Record(NamedTuple):
    """One Kafka record; `flaw` is what was done to it on purpose, None for a good one."""

    key: bytes
    value: bytes | None
    flaw: Flaw | None = None


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
    """A flaw that stands in the event itself: `change` it in place, then encode it."""

    @wraps(change)
    def spoil(event: Event, random: Random) -> bytes:
        change(event, random)
        return encode(event)

    return spoil


def records(events: Iterable[Event], key: Callable[[Event], str], flaws: Sequence[Flaw], bad: float, random: Random) -> Iterator[Record]:
    """Each event as a record; a share `bad` of them (0 to 1) with a flaw. The key is always the good event's."""
    weights = list(accumulate(flaw.weight for flaw in flaws))
    for event in events:
        name = key(event).encode()
        if random.random() < bad:
            flaw = random.choices(flaws, cum_weights=weights)[0]
            yield Record(name, flaw.spoil(event, random), flaw)
        else:
            yield Record(name, encode(event))


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


_ANY = (tombstone, empty, cut_off, not_json, not_an_object, trailing_text, invalid_utf8, deep_nesting, repeated_field)
MALFORMED = (*(Flaw("malformed_record", spoil) for spoil in _ANY), Flaw("malformed_record", oversized, weight=0.01))
"""The flaws that any JSON stream can have; an oversized record is rare, so that it doesn't weigh on the rate."""
