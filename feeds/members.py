"""Dimension members in JSON files: each is what its source can read, or is refused with a reason.

Stricter than Flink's reading in two points: a field that the source does not declare is taken for a typo, since its value would be
lost without a word; and a member has a key.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from json import JSONDecodeError
from pathlib import Path
from typing import NamedTuple

from feeds.json_files import Number, RefusedError, compact, decode, records
from flink_jobs.columns import Type, physical_columns
from flink_jobs.environment import Environment
from flink_jobs.errors import Problem, ProjectError, nearest
from flink_jobs.statements import Statement, read_text

MAX_BYTES = 1024 * 1024  # of a record, for Flink's format as for Kafka
SHOWN_CHARACTERS = 40

NUMERIC_TEXT = re.compile(r"[ \t\r\n]*(?:\+(?=\d))?(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)[ \t\r\n]*", re.ASCII)
LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class Member(NamedTuple):
    """A record to send: its key, and its value as compact JSON."""

    key: bytes
    value: bytes


@dataclass(frozen=True)
class Dimension:
    """What a source says of its topic's members: the fields, of which the first is the natural key; those that take any JSON value."""

    topic: str
    file: Path
    fields: dict[str, Type]
    any_type: frozenset[str]

    @classmethod
    def of(cls, source: Statement, environment: Environment) -> "Dimension":
        """Reads a source; a ProjectError when it has no column, or one that no JSON value fits."""
        fields = physical_columns(source)
        if not fields:
            raise ProjectError([source.problem(f"{source.declares} declares no column of its own", "declare the fields of its records")])
        for path, type_ in leaves(fields):
            if type_.name not in FITS:
                what = f"{path} has the type {type_}, which no JSON value has"
                raise ProjectError([source.problem(what, f"use one of {', '.join(FITS)}, ROW, ARRAY")])
        paths = [value.split(";") for key, value in environment.options(source).items() if key.endswith("whole-json.any-type")]
        return cls(environment.topic(source) or "", source.file, fields, frozenset(path for found in paths for path in found))

    @property
    def key(self) -> str:
        """The field that is the natural key, and Kafka's."""
        return next(iter(self.fields))

    def member(self, text: str) -> Member:
        """The member that a record's text is; a RefusedError when it is none."""
        record = decode(text)
        if not isinstance(record, dict):
            raise RefusedError((f"this record is {shown(record)}, not an object", "write each member as an object"))
        value = compact(text).encode()
        reasons = [*self.unfit(record, Type("ROW", fields=self.fields)), *self.keyless(record)]
        if len(value) > MAX_BYTES:
            reasons.append((f"this record has {len(value):,} bytes", f"shorten it to {MAX_BYTES:,}"))
        if reasons:
            raise RefusedError(*reasons)
        key = record[self.key]
        return Member(str(key.value if isinstance(key, Number) else key).encode(), value)

    def keyless(self, record: dict[str, object]) -> Iterator[tuple[str, str]]:
        """Why a record has no natural key."""
        key = record.get(self.key)
        if key is None or (isinstance(key, str) and not key.strip()):
            state = "missing" if self.key not in record else "null" if key is None else "blank"
            yield f"{self.key} is {state}, and it is the key of {self.topic}", "give it"

    def unfit(self, value: object, type_: Type, path: str = "") -> Iterator[tuple[str, str]]:
        """Every part of a value that its type can't hold."""
        if value is None:
            return
        if type_.name == "ROW" and isinstance(value, dict):
            for name, part in value.items():
                inner = f"{path}.{name}" if path else name
                if name in type_.fields:
                    yield from self.unfit(part, type_.fields[name], inner)
                else:
                    declare = f"remove it, or declare it in {self.file.parent.name}/{self.file.name}"
                    yield f"{self.topic} has no field {inner}", nearest(name, type_.fields) or declare
        elif type_.element and isinstance(value, list):
            for i, part in enumerate(value, 1):
                yield from self.unfit(part, type_.element, f"{path}[{i}]")
        elif not self.fits(value, type_, path):
            yield f"{path} should be {type_} but is {shown(value)}", "correct it"

    def fits(self, value: object, type_: Type, path: str) -> bool:
        """Whether a value that is not looked at part by part fits its type."""
        if type_.name in FITS and FITS[type_.name](value, type_):
            return True
        return not isinstance(value, str) and re.sub(r"\[\d+\]", "[]", path) in self.any_type


def leaves(fields: dict[str, Type], prefix: str = "") -> Iterator[tuple[str, Type]]:
    """Every type in `fields` that holds no other, by its path."""
    for name, type_ in fields.items():
        if type_.fields:
            yield from leaves(type_.fields, f"{prefix}{name}.")
        elif type_.element:
            yield from leaves({f"{name}[]": type_.element}, prefix)
        else:
            yield prefix + name, type_


def read_members(file: Path, dimension: Dimension) -> Iterator[Member | list[Problem]]:
    """Each record of a file, in order, as a member or as what is wrong with it. Of an array that is no JSON, only where it breaks."""
    try:
        found = list(records(read_text(file)))
    except ProjectError as error:
        yield error.problems
        return
    except JSONDecodeError as error:
        yield [not_json(file, error.lineno, error.colno, error)]
        return
    for line, column, text in found:
        try:
            yield dimension.member(text)
        except RefusedError as refused:
            yield [Problem(file, line, column, *reason) for reason in refused.reasons]
        except JSONDecodeError as error:
            yield [not_json(file, line, column + error.pos, error)]


def not_json(file: Path, line: int, column: int, error: JSONDecodeError) -> Problem:
    """Where JSON ends to be JSON."""
    what = f"this is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
    return Problem(file, line, column, what, "correct it; a file is an array of objects, or has one object a line")


def shown(value: object) -> str:
    """A value, or what it is, short enough for a message."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    text = str(value.value) if isinstance(value, Number) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"


def is_text(value: object) -> bool:
    """Whether a value is a text that UTF-8 can write."""
    return isinstance(value, str) and not LONE_SURROGATE.search(value)


def number(value: object) -> Decimal | None:
    """A number, or that in a numeric text."""
    if isinstance(value, Number):
        return value.value
    numeric = NUMERIC_TEXT.fullmatch(value) if isinstance(value, str) else None
    try:
        return Decimal(numeric[1]) if numeric else None
    except InvalidOperation:  # an exponent beyond all bounds
        return None


def is_integer(value: object, bits: int) -> bool:
    """Whether a value is an integer of so many bits."""
    found, bound = number(value), 2 ** (bits - 1)
    return found is not None and -bound <= found < bound and found == found.to_integral_value()


def is_decimal(value: object, precision: int = 10, scale: int = 0) -> bool:
    """Whether a value, rounded to the scale, has no more digits than the precision."""
    found = number(value)
    if found is None:
        return False
    try:
        found.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, Context(precision))
    except InvalidOperation:
        return False
    return True


def is_float(value: object, bound: int) -> bool:
    """Whether a value is a number below a bound, from which on it would be infinite."""
    found = number(value)
    return found is not None and found.copy_abs() < bound


FITS: dict[str, Callable[[object, Type], bool]] = {
    "STRING": lambda value, _: is_text(value),
    "TINYINT": lambda value, _: is_integer(value, 8),
    "SMALLINT": lambda value, _: is_integer(value, 16),
    "INT": lambda value, _: is_integer(value, 32),
    "INTEGER": lambda value, _: is_integer(value, 32),
    "BIGINT": lambda value, _: is_integer(value, 64),
    "DECIMAL": lambda value, type_: is_decimal(value, *type_.numbers),
    "FLOAT": lambda value, _: is_float(value, 2**128 - 2**103),
    "DOUBLE": lambda value, _: is_float(value, 2**1024 - 2**970),
    "BOOLEAN": lambda value, _: isinstance(value, bool),
}
"""Whether a value fits a type, as Flink's whole-json format reads it."""
