"""Compares stored rows with expected ones, row for row, and says in a person's words what differs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice

import pyarrow as pa

from tests.oracle.tables import ANY_SENTENCE, COORDINATES

Row = Mapping[str, object]


def differences(
    expected: Mapping[tuple, Row], stored: pa.Table | Sequence[Row], limit: int = 20, *, key: Sequence[str] = COORDINATES
) -> list[str]:
    """List, as lines to read, at most `limit` ways in which `stored` differs from `expected`; empty when it does not.

    `expected` holds the rows by the values of their `key` columns. Values must agree in type too: a naive timestamp
    or a decimal with another number of digits is another value.
    """
    rows = stored.to_pylist() if isinstance(stored, pa.Table) else stored
    columns = [stored.column_names] if isinstance(stored, pa.Table) else [list(row) for row in rows]
    lines = list(_column_differences(expected, columns))
    if all(column in names for column in key for names in columns):
        lines += islice(_row_differences(expected, rows, key), limit + 1)
    return lines if len(lines) <= limit else [*lines[:limit], "... and more"]


def _column_differences(expected: Mapping[tuple, Row], columns: Sequence[Sequence[str]]) -> Iterator[str]:
    wanted, found = set().union(*expected.values()), set().union(*columns)
    if not wanted or not columns:
        return
    yield from (f"column {name} is missing" for name in sorted(wanted) if not all(name in names for names in columns))
    yield from (f"column {name} is not expected" for name in sorted(found - wanted))
    yield from (f"column {name} stands twice" for name in sorted(found) if any(names.count(name) > 1 for names in columns))


def _row_differences(expected: Mapping[tuple, Row], stored: Iterable[Row], key: Sequence[str]) -> Iterator[str]:
    found: dict[tuple, list[Row]] = defaultdict(list)
    for row in stored:
        found[tuple(row[column] for column in key)].append(row)
    for coordinates in sorted(expected.keys() | found.keys(), key=_order):
        where = ", ".join(f"{column} {value!r}" for column, value in zip(key, coordinates, strict=True))
        rows = found.get(coordinates, [])
        if coordinates not in expected:
            yield f"{where}: the row is not expected"
        elif not rows:
            yield f"{where}: the row is missing"
        if len(rows) > 1:
            yield f"{where}: the row stands {len(rows)} times"
        for row in rows if coordinates in expected else ():
            yield from (f"{where}: {line}" for line in _value_differences(expected[coordinates], row))


def _order(coordinates: tuple) -> list[tuple[bool, object]]:
    """Sort by the values of the key, NULLs last."""
    return [(value is None, value) for value in coordinates]


def _value_differences(expected: Row, stored: Row) -> Iterator[str]:
    for column in expected:
        if column in stored and not _same(expected[column], stored[column]):
            yield f"{column} should be {_shown(expected[column])} but is {_shown(stored[column])}"


def _same(expected: object, stored: object) -> bool:
    if expected is ANY_SENTENCE:
        return expected == stored
    if type(expected) is not type(stored) or expected != stored:
        return False
    if isinstance(expected, Decimal):
        return expected.as_tuple().exponent == stored.as_tuple().exponent
    return not isinstance(expected, datetime) or expected.utcoffset() == stored.utcoffset()


def _shown(value: object) -> str:
    text = value.isoformat() if isinstance(value, datetime) else repr(value)
    return text if len(text) <= 200 else f"{text[:200]}... ({len(text)} characters)"
