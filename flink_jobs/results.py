"""What a statement answers, and how it is written: as a table, JSON or CSV."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from typing import Any, TextIO

from pydantic_core import to_json, to_jsonable_python
from rich import box
from rich.console import Console, Group, RenderableType
from rich.measure import Measurement
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

SHOWN_ROWS = 40
SHOWN_RECORDS = 3
SHOWN_CHARACTERS = 400

Row = tuple[Any, ...]


class Format(StrEnum):
    """How a result is written."""

    table = "table"
    json = "json"
    csv = "csv"


@dataclass(frozen=True)
class Column:
    """A column of a result and its DuckDB type."""

    name: str
    type: str
    is_number: bool


@dataclass(frozen=True)
class Result:
    """What one statement answers; the rows can be read once, before the next statement runs."""

    columns: list[Column]
    rows: Iterator[Row]


def write(result: Result, output: Format, stream: TextIO) -> str:
    """Writes a result to `stream`; answers how many rows there were, in words.

    JSON: an array of objects; decimals and times as text (UTC: `2026-01-31T23:59:59.5Z`), bytes in hex.
    CSV: a header line; NULL is empty, nested values are JSON, bytes as DuckDB writes them (`\\xFF`).
    Only a table on a terminal is ever cut.
    """
    if output is Format.json:
        return _counted(_write_json(result, stream))
    if output is Format.csv:
        return _counted(_write_csv(result, stream))
    return _write_table(result, Console(file=stream))


def print_whole(table: Table, console: Console) -> None:
    """Prints a table; only a terminal cuts or folds its lines."""
    if not console.is_terminal:
        console.width = width(table, console)
    console.print(table)


def width(view: RenderableType, console: Console) -> int:
    """How many characters wide something is that nothing cuts."""
    return Measurement.get(console, console.options.update(max_width=10**6), view).maximum


def _write_json(result: Result, stream: TextIO) -> int:
    names = [column.name for column in result.columns]
    count = 0
    for row in result.rows:
        record = to_json(dict(zip(names, row, strict=True)), bytes_mode="hex", inf_nan_mode="strings")
        stream.write(("[\n" if count == 0 else ",\n") + record.decode())
        count += 1
    stream.write("\n]\n" if count else "[]\n")
    return count


def _write_csv(result: Result, stream: TextIO) -> int:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(column.name for column in result.columns)
    count = 0
    for count, row in enumerate(result.rows, 1):  # noqa: B007
        writer.writerow(map(plain, row))
    return count


def _write_table(result: Result, console: Console) -> str:
    if not console.is_terminal:
        rows = list(result.rows)
        print_whole(_table(result.columns, rows, shown_characters=None), console)
        return _counted(len(rows))
    rows = list(islice(result.rows, SHOWN_ROWS))
    view: Table | Group = _table(result.columns, rows, SHOWN_CHARACTERS)
    shown = len(rows)
    if width(view, console) > console.width:
        shown = min(shown, SHOWN_RECORDS)
        view = _records(result.columns, rows[:shown])
    console.print(view)
    if shown < len(rows) or next(result.rows, None):
        return f"the first {_counted(shown)}: there are more, --format csv or json, or a pipe, gives all"
    return _counted(shown)


def _table(columns: list[Column], rows: list[Row], shown_characters: int | None) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="")
    for column in columns:
        heading = Text.assemble((column.name, "bold"), "\n", (column.type.lower(), "dim"))
        table.add_column(heading, justify="right" if column.is_number else "left")
    for row in rows:
        table.add_row(*(_cell(value, shown_characters) for value in row))
    return table


def _records(columns: list[Column], rows: list[Row]) -> Group:
    """One line a column, for rows that are wider than the terminal."""
    parts: list[Rule | Table] = []
    for number, row in enumerate(rows, 1):
        grid = Table.grid(padding=(0, 2))
        for column, value in zip(columns, row, strict=True):
            grid.add_row(Text(column.name, "bold"), Text(column.type.lower(), "dim"), _cell(value, SHOWN_CHARACTERS))
        parts += [Rule(f"row {number}", align="left", style="dim"), grid]
    return Group(*parts)


def _cell(value: object, shown_characters: int | None) -> Text:
    if value is None:
        return Text("NULL", "dim")
    text = plain(value)
    if shown_characters and len(text) > shown_characters:
        text = text[: shown_characters - 1] + "…"
    return Text("".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text))


def plain(value: object) -> str:
    """A DuckDB value as text; NULL is the empty text."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bytes):
        return "".join(chr(byte) if 32 <= byte < 127 and byte != ord("\\") else f"\\x{byte:02X}" for byte in value)
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool | dict | list | tuple):
        return to_json(value, bytes_mode="hex", inf_nan_mode="strings").decode()
    return str(to_jsonable_python(value))


def _counted(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows:,} rows"
