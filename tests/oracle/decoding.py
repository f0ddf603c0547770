"""Decodes the JSON of a record the way the `whole-json` format promises to, by Python's own parser.

Of a schema it knows the types STRING, ANY (a STRING of the option `any-type`), INT, BIGINT, DECIMAL(18, 4), DOUBLE and BOOLEAN, in objects.
It tells the code of what is wrong, not the sentence.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import partial
from itertools import accumulate
from math import isfinite

Schema = Mapping[str, "Callable[[object], object] | Schema"]

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 1000
SOME_JSON = "some JSON"


class MalformedError(ValueError):
    """The record as a whole can't be decoded."""


class WrongTypeError(ValueError):
    """The value of one field does not fit its declared type."""


@dataclass(frozen=True)
class Number:
    """A JSON number, as written."""

    text: str


@dataclass(frozen=True)
class Object:
    """A JSON object, with repeated names."""

    members: list[tuple[str, object]]


@dataclass(frozen=True)
class Decoded:
    """Values by dotted path, None where there is none, and the code of what is wrong, if anything."""

    fields: Mapping[str, object]
    error: str | None


def schema(types: Mapping[str, str]) -> Schema:
    """Make what `decode` reads by from the declared type of each field, by dotted path."""
    tree: dict[str, object] = {}
    for path, declared in types.items():
        *parents, last = path.split(".")
        part = tree
        for parent in parents:
            part = part.setdefault(parent, {})
        part[last] = _READERS[declared]
    return tree


def decode(value: bytes | None, schema: Schema) -> Decoded:
    """Decode the value of a Kafka record."""
    fields = dict.fromkeys(_paths(schema))
    try:
        wrong = list(_read(_parse(value), schema, "", fields))
    except MalformedError:
        return Decoded(dict.fromkeys(fields), "malformed_record")
    return Decoded(fields, "wrong_type" if wrong else None)


def _parse(value: bytes | None) -> Object:
    if not value or len(value) > MAX_BYTES:
        raise MalformedError
    try:
        text = value.decode("utf-8", errors="strict")
        if _depth(text) > MAX_DEPTH:
            raise MalformedError
        with _room_for(MAX_DEPTH):
            document = _JSON.decode(text)
    except ValueError as error:
        raise MalformedError from error
    if not isinstance(document, Object):
        raise MalformedError
    return document


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


_JSON = json.JSONDecoder(object_pairs_hook=Object, parse_int=Number, parse_float=Number, parse_constant=_refuse)
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)


def _depth(text: str) -> int:
    """Tell how deep the brackets of `text` nest; texts with few brackets are not looked at closely."""
    brackets = text.count("{") + text.count("[")
    if brackets <= MAX_DEPTH:
        return brackets
    return max(accumulate((char in "{[") - (char in "}]") for char in _STRING.sub("", text)))


@contextmanager
def _room_for(depth: int) -> Iterator[None]:
    """Let Python's parser, which recurses, go `depth` levels deep wherever it is called from."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit + 2 * depth)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def _read(document: Object, schema: Schema, prefix: str, fields: dict[str, object]) -> Iterator[str]:
    """Fill `fields` from a document; yield the paths whose values are of the wrong type."""
    declared = [(name, value) for name, value in document.members if name in schema]
    if len(dict(declared)) < len(declared):
        raise MalformedError
    for name, value in declared:
        path, kind = prefix + name, schema[name]
        if value is None:
            continue
        if isinstance(kind, Mapping):
            if isinstance(value, Object):
                yield from _read(value, kind, f"{path}.", fields)
            else:
                yield path
            continue
        try:
            fields[path] = kind(value)
        except WrongTypeError:
            yield path


def _paths(schema: Schema, prefix: str = "") -> Iterator[str]:
    for name, kind in schema.items():
        if isinstance(kind, Mapping):
            yield from _paths(kind, f"{prefix}{name}.")
        else:
            yield prefix + name


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise WrongTypeError
    return value


def _any(value: object) -> str:
    """Stand in for the JSON text of any value: such fields are times, which are unreadable unless they are strings."""
    return value if isinstance(value, str) else SOME_JSON


def _integer(value: object, bits: int = 32) -> int:
    number = _numeric(value)
    if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1) or number != number.to_integral_value():
        raise WrongTypeError
    return int(number)


def _money(value: object) -> Decimal:
    try:
        return _numeric(value).quantize(Decimal("0.0001"), ROUND_HALF_UP, Context(prec=18))
    except InvalidOperation as error:  # more than 18 digits
        raise WrongTypeError from error


def _double(value: object) -> float:
    number = float(_numeric(value))
    if not isfinite(number):
        raise WrongTypeError
    return number


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise WrongTypeError
    return value


def _numeric(value: object) -> Decimal:
    number = _number_in(value) if isinstance(value, str) else value
    if not isinstance(number, Number):
        raise WrongTypeError
    return Decimal(number.text)


def _number_in(text: str) -> object:
    digits = text.strip(" \t\r\n")
    if digits[:1] == "+" and digits[1:2].isdigit():
        digits = digits[1:]
    try:
        return _JSON.decode(digits)
    except (ValueError, RecursionError) as error:
        raise WrongTypeError from error


_READERS: Mapping[str, Callable[[object], object]] = {
    "STRING": _string,
    "ANY": _any,
    "INT": _integer,
    "BIGINT": partial(_integer, bits=64),
    "DECIMAL(18, 4)": _money,
    "DOUBLE": _double,
    "BOOLEAN": _boolean,
}
