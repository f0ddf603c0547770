"""CSV files, read so that each row has its place, every field its text, and nothing is taken for something else."""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from feeds.members import MAX_BYTES
from flink_jobs.errors import Problem, ProjectError

SEPARATORS = ",;\t|"
BOMS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
BOM = "\ufeff"


class Row(NamedTuple):
    """The fields of one row, and the 1-based line where it begins."""

    line: int
    fields: list[str]


@dataclass(frozen=True)
class CsvFile:
    """A file, how it is written, and the columns that its header names. Every method raises a ProjectError where it is no such file."""

    path: Path
    encoding: str
    separator: str
    columns: tuple[str, ...]

    @classmethod
    def of(cls, path: Path, encoding: str | None = None, separator: str | None = None) -> "CsvFile":
        """Reads the header. A byte order mark tells the encoding, else it is UTF-8; the separator is that which the header has most of."""
        encoding = encoding or detect_encoding(path)
        separator = separator or detect_separator(path, encoding)
        header = next(read_rows(path, encoding, separator), None)
        if not header:
            raise ProjectError([Problem(path, 1, 1, "this file is empty", "write a header line, then the rows")])
        for place, name in enumerate(header.fields, 1):
            if not name.strip():
                raise ProjectError([Problem(path, header.line, 1, f"column {place} has no name", "name it in the header")])
            if name in header.fields[: place - 1]:
                raise ProjectError([Problem(path, header.line, 1, f"two columns are called {name!r}", "rename one")])
        return cls(path, encoding, separator, tuple(header.fields))

    def rows(self) -> Iterator[Row]:
        """The rows below the header, in order; lines that are blank are none."""
        rows = read_rows(self.path, self.encoding, self.separator)
        next(rows)
        yield from rows

    def record(self, row: Row) -> dict[str, str | None]:
        """A row's texts as they are written, by column; None where a field is empty."""
        if (found := len(row.fields)) != (wanted := len(self.columns)):
            fix = "give each column a field, and quote a field that holds a separator or a line break"
            raise self.refused(row, f"this row has {found} fields, and the header {wanted}", fix)
        return {name: field or None for name, field in zip(self.columns, row.fields, strict=True)}

    def refused(self, row: Row, what: str, fix: str) -> ProjectError:
        """What is wrong with a row."""
        return ProjectError([Problem(self.path, row.line, 1, what, fix)])


def read_rows(path: Path, encoding: str, separator: str) -> Iterator[Row]:
    """Every row of a file, the header too. A ProjectError at what is no CSV."""
    csv.field_size_limit(MAX_BYTES)
    reader = csv.reader(read_lines(path, encoding), delimiter=separator, strict=True)
    line = 1
    try:
        for fields in reader:
            if fields:
                yield Row(line, fields)
            line = reader.line_num + 1
    except csv.Error as error:
        raise ProjectError([Problem(path, line, 1, *reason(str(error)))]) from None


def reason(said: str) -> tuple[str, str]:
    """What Python's reader means, and what to do."""
    if "end of data" in said or "field limit" in said:
        return "a quote in this row is never closed", 'close it, and write a quote inside a quoted field as ""'
    if "expected after" in said:
        return "text follows a closing quote in this row", 'write a quote inside a quoted field as ""'
    return f"this row is no CSV: {said}", "correct it"


def read_lines(path: Path, encoding: str) -> Iterator[str]:
    """The lines of a file with their ends, without a byte order mark. A ProjectError at what is no text."""
    try:
        with path.open(encoding=encoding, newline="") as file:
            for number, line in enumerate(file, 1):
                text = line.removeprefix(BOM) if number == 1 else line
                if "\0" in text:
                    fix = "remove it; or, if the file is UTF-16, name that with --encoding"
                    raise ProjectError([Problem(path, number, text.index("\0") + 1, "a NUL is no text", fix)])
                yield text
    except UnicodeDecodeError:
        raise ProjectError([undecodable(path, encoding)]) from None


def undecodable(path: Path, encoding: str) -> Problem:
    """Where the first bytes stand that are no text."""
    content = path.read_bytes()
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        content = content[: error.start]
    lines = content.decode(encoding).removeprefix(BOM).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    fix = "save the file as UTF-8, or name its encoding with --encoding"
    return Problem(path, len(lines), len(lines[-1]) + 1, f"this is not {encoding} text", fix)


def detect_encoding(path: Path) -> str:
    """What a byte order mark tells; UTF-8 without one."""
    with path.open("rb") as file:
        start = file.read(2)
    return BOMS.get(start, "utf-8")


def detect_separator(path: Path, encoding: str) -> str:
    """The one that makes the most of the header line's fields; a comma if none makes two."""
    header = next((line for line in read_lines(path, encoding) if line.strip()), "")
    return max(SEPARATORS, key=lambda separator: len(next(csv.reader([header], delimiter=separator), ())))
