"""How values and results are written."""

import io
import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import duckdb
import pytest

from flink_jobs.results import Column, Format, Result, plain, write

INSTANT = datetime(2026, 1, 31, 23, 59, 59, 500000, tzinfo=UTC)
VALUES = [  # DuckDB's value, in JSON, as text
    (None, None, ""),
    ("naïve \u00e9", "naïve é", "naïve é"),
    (True, True, "true"),
    (2**70, 2**70, str(2**70)),
    (0.5, 0.5, "0.5"),
    (float("nan"), "NaN", "nan"),
    (Decimal("1234567890123456.7890"), "1234567890123456.7890", "1234567890123456.7890"),
    (INSTANT, "2026-01-31T23:59:59.500000Z", "2026-01-31T23:59:59.500000Z"),
    (INSTANT.astimezone(timezone(timedelta(hours=2))), "2026-02-01T01:59:59.500000+02:00", "2026-02-01T01:59:59.500000+02:00"),
    (date(1970, 1, 1), "1970-01-01", "1970-01-01"),
    (time(7, 5), "07:05:00", "07:05:00"),
    (b'{"a": "\xff\\"}', "7b2261223a2022ff5c227d", r'{"a": "\xFF\x5C"}'),
    ([1, None], [1, None], "[1,null]"),
    ({"at": INSTANT}, {"at": "2026-01-31T23:59:59.500000Z"}, '{"at":"2026-01-31T23:59:59.500000Z"}'),
]


class Terminal(io.StringIO):
    """A stream that Rich takes for a terminal."""

    def isatty(self) -> bool:
        return True


def result(rows: list[tuple[object, ...]], *names: str) -> Result:
    return Result([Column(name, "VARCHAR", False) for name in names], iter(rows))


def written(
    rows: list[tuple[object, ...]], *names: str, output: Format = Format.table, stream: io.StringIO | None = None
) -> tuple[str, str]:
    stream = stream or io.StringIO()
    count = write(result(rows, *names), output, stream)
    return stream.getvalue(), count


@pytest.mark.parametrize(("value", "in_json", "text"), VALUES)
def test_a_value_in_each_format(value: object, in_json: object, text: str) -> None:
    assert json.loads(written([(value,)], "a", output=Format.json)[0]) == [{"a": in_json}]
    assert plain(value) == text


def test_text_of_bytes_is_what_duckdb_reads_back() -> None:
    every = bytes(range(256))
    assert duckdb.execute("SELECT CAST(? AS BLOB)", [plain(every)]).fetchone() == (every,)


def test_csv_quotes_and_leaves_null_empty() -> None:
    assert written([("a,b", None), ('"', "x\ny")], "a", "b", output=Format.csv) == ('a,b\n"a,b",\n"""","x\ny"\n', "2 rows")


@pytest.mark.parametrize(("output", "empty"), [(Format.json, "[]\n"), (Format.csv, "a\n")])
def test_a_result_without_rows(output: Format, empty: str) -> None:
    assert written([], "a", output=output) == (empty, "0 rows")


def test_a_table_for_a_pipe_is_whole_however_long_and_wide() -> None:
    rows = [(f"{i:03}", "x" * 2000) for i in range(100)]
    text, count = written(rows, "a", "b")
    assert count == "100 rows"
    assert [line.split() for line in text.splitlines()[3:]] == [list(row) for row in rows]


def test_a_long_result_on_a_terminal_is_cut_and_says_so() -> None:
    text, notice = written([(f"row-{i}",) for i in range(41)], "a", stream=Terminal())
    assert "row-39" in text
    assert "row-40" not in text
    assert notice.startswith("the first 40 rows: there are more")


def test_a_result_that_just_fits_is_not_called_cut() -> None:
    assert written([(str(i),) for i in range(40)], "a", stream=Terminal())[1] == "40 rows"


def test_rows_wider_than_the_terminal_are_shown_one_column_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    text, notice = written([("x" * 30, "y" * 40)] * 4, "first", "second", stream=Terminal())
    assert text.count("y" * 40) == 3
    assert notice.startswith("the first 3 rows: there are more")


def test_what_a_record_holds_cannot_steer_the_terminal() -> None:
    text, _ = written([("\x1b[2Jgone [red]markup[/red]",)], "a")
    assert r"\x1b[2Jgone [red]markup[/red]" in text
    assert "\x1b" not in text
