"""Files of JSON records, an array or one object a line, read so that each record has its place and every number its digits."""

import json
import re
from collections.abc import Iterator
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal, InvalidOperation
from json import JSONDecodeError
from typing import NamedTuple

BLANKS = re.compile(r"[ \t\r\n]*")
STRINGS_AND_SYMBOLS = re.compile(r'"(?:[^"\\]|\\.)*"|[^" \t\r\n]+')
EXACT = Context(prec=MAX_PREC, Emin=MIN_EMIN, Emax=MAX_EMAX)
LINE_WITH_OBJECT = re.compile(r"^[ \t]*\{", re.MULTILINE)


class Number(NamedTuple):
    """A JSON number. Never equal to a boolean, as Python's own numbers are."""

    value: Decimal


class Record(NamedTuple):
    """The text of one record, and the 1-based line and column where it begins."""

    line: int
    column: int
    text: str


class RefusedError(Exception):
    """What is wrong with a record, and what to do, for each thing that is."""

    def __init__(self, *reasons: tuple[str, str]) -> None:
        super().__init__(*reasons)
        self.reasons = reasons


def records(text: str) -> Iterator[Record]:
    """The records of a file: of an array its items, else the lines that are not blank. Raises a JSONDecodeError at what is neither."""
    start = blanks_end(text, 0)
    if text[start : start + 1] == "[":
        line, counted = 1, 0
        for first, end in items(text, start):
            line, counted = line + text.count("\n", counted, first), first
            yield Record(line, first - text.rfind("\n", 0, first), text[first:end])
    elif start == len(text) or LINE_WITH_OBJECT.search(text):
        for line, whole in enumerate(text.split("\n"), 1):
            if record := whole.strip(" \t\r"):
                yield Record(line, whole.index(record) + 1, record)
    else:
        raise JSONDecodeError("Expecting an array or objects", text, start)


def items(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Where each item of the array that begins at `start` begins and ends; a JSONDecodeError where it breaks, or more follows."""
    place = blanks_end(text, start + 1)
    more = text[place : place + 1] != "]"
    while more:
        end = value_end(text, place)
        yield place, end
        place = blanks_end(text, end)
        if more := text[place : place + 1] == ",":
            place = blanks_end(text, place + 1)
    if text[place : place + 1] != "]":
        raise JSONDecodeError("Expecting ',' or ']'", text, place)
    if (rest := blanks_end(text, place + 1)) < len(text):
        raise JSONDecodeError("Extra data", text, rest)


def find(text: str, path: str) -> int | None:
    """Where the value begins that a dotted path leads to in a JSON text; None if there is none. An empty path leads to the whole."""
    place = blanks_end(text, 0)
    for name in path.split(".") if path else ():
        if text[place : place + 1] != "{" or (inner := dict(members(text, place)).get(name)) is None:
            return None
        place = inner
    return place


def members(text: str, start: int) -> Iterator[tuple[str, int]]:
    """The names in the object that begins at `start`, and where their values begin. It must be JSON."""
    place = blanks_end(text, start + 1)
    while text[place] != "}":
        name, end = SCANNER.raw_decode(text, place)
        value = blanks_end(text, blanks_end(text, end) + 1)
        yield name, value
        place = blanks_end(text, value_end(text, value))
        if text[place] == ",":
            place = blanks_end(text, place + 1)


def value_end(text: str, start: int) -> int:
    """Where the JSON value that begins at `start` ends."""
    try:
        return SCANNER.raw_decode(text, start)[1]
    except RecursionError:
        raise JSONDecodeError("Too many levels", text, start) from None


def blanks_end(text: str, start: int) -> int:
    """The first place from `start` on that holds no blank."""
    return BLANKS.match(text, start).end()


def compact(text: str) -> str:
    """A JSON text on one line, numbers and strings as they are."""
    return "".join(STRINGS_AND_SYMBOLS.findall(text))


def decode(text: str | bytes) -> object:
    """The value of a JSON text; a ValueError (JSON's or Unicode's) when it is none, a RefusedError when readers would disagree on it."""
    try:
        return DECODER.decode(text if isinstance(text, str) else text.decode())
    except RecursionError:
        raise RefusedError(("this record has too many levels", "flatten it")) from None


def canonical(value: object) -> str:
    """A decoded value as text that is the same for equal values: fields in order, numbers without needless zeros, no blanks."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{canonical(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, Number):
        return str(EXACT.normalize(value.value)) if value.value else "0"
    return "[" + ",".join(map(canonical, value)) + "]" if isinstance(value, list) else json.dumps(value)


def to_number(text: str) -> Number:
    """A number, exactly as it is written."""
    try:
        return Number(Decimal(text))
    except InvalidOperation:
        raise RefusedError((f"the number {text} is beyond all bounds", "correct it")) from None


def to_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose fields stand once."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise RefusedError((f"the field {repeated} stands twice", "remove one"))
    return fields


def no_constant(text: str) -> None:
    """NaN and Infinity, which Python alone takes for JSON."""
    raise RefusedError((f"{text} is no JSON value", "write null"))


SCANNER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
DECODER = json.JSONDecoder(object_pairs_hook=to_object, parse_int=to_number, parse_float=to_number, parse_constant=no_constant)
