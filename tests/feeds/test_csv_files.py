import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.csv_files import SEPARATORS, CsvFile
from feeds.members import MAX_BYTES
from flink_jobs.errors import ProjectError

FIELD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=8) | st.sampled_from(
    ['"', "\r\n", ",;\t|", "\r"]
)
NAMES = st.lists(FIELD.filter(str.strip), min_size=2, max_size=5, unique=True)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """A header and rows."""
    names = draw(NAMES)
    return [names, *draw(st.lists(st.lists(FIELD, min_size=len(names), max_size=len(names)), max_size=5))]


@given(
    tables(),
    st.sampled_from(SEPARATORS),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_csv_writer_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], separator: str, quoting: int, encoding: str
) -> None:
    path, written = tmp_path_factory.getbasetemp() / "table.csv", io.StringIO()
    csv.writer(written, delimiter=separator, quoting=quoting).writerows(table)
    path.write_bytes(written.getvalue().encode(encoding))
    names, *rows = table
    read = CsvFile.of(path, separator=separator)
    assert read.columns == tuple(names)
    assert [read.record(row) for row in read.rows()] == [{n: f or None for n, f in zip(names, row, strict=True)} for row in rows]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.csv"
    path.write_bytes(content)
    try:
        table = CsvFile.of(path)
        for row in table.rows():
            assert set(table.record(row)) == set(table.columns)
    except ProjectError as error:
        assert error.problems


def test_an_unclosed_quote_in_a_large_file_is_told_where_it_begins(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    path.write_text('a,b\n1,2\n3,"4\n' + "5,6\n" * MAX_BYTES)
    with pytest.raises(ProjectError, match=r"large.csv:3:1: a quote in this row is never closed"):
        list(CsvFile.of(path).rows())
