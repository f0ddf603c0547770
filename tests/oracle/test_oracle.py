"""Proves the oracle and the comparison by rows that a person worked out."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from tests.oracle.calendar import expected_dates, expected_times
from tests.oracle.calls import ANY_SENTENCE, CURRENCIES, Row, expected, is_imei, surrogate_key
from tests.oracle.compare import differences
from tests.oracle.corpus import Case, load_cases
from tests.oracle.topic import KafkaRecord

NOON = 1_772_366_400_123  # 2026-03-01 12:00:00.123 UTC
CASES = load_cases(NOON)

GOOD = KafkaRecord(
    topic="calls",
    partition=2,
    offset=40,
    timestamp=NOON,
    key=b"+201012345678",
    value=b"""{"call_id": "c-001", "event_type": "call", "status": "completed", "call_type": "volte",
        "from": {"phone_number": "+201012345678", "cell_site": "CAI-0042", "imei": "490154203237518"},
        "to": {"phone_number": "+201198765432", "cell_site": "ALX-0007", "imei": "356938035643809"},
        "timestamp": "2026-03-01T02:30:05.25+02:00", "call_duration_seconds": "61", "billing": {"amount": 1.00005, "currency": "EGP"}}""",
)
REPAIRED = replace(
    GOOD,
    offset=41,
    key=None,
    value=GOOD.value.replace(b"2026-03-01T", b"2026-03-41T").replace(b'"amount": 1.00005, ', b""),
)
TOMBSTONE = KafkaRecord(topic="calls", partition=0, offset=7, timestamp=1_000, key=b"+201012345678", value=None)

KAFKA = {
    "kafka_partition": 2,
    "kafka_offset": 40,
    "kafka_timestamp": datetime(2026, 3, 1, 12, 0, 0, 123000, tzinfo=UTC),
    "kafka_date": date(2026, 3, 1),
}
PLAIN = {
    "call_id": "c-001",
    "event_type": "call",
    "from_phone_number": "+201012345678",
    "to_phone_number": "+201198765432",
    "from_cell_site": "CAI-0042",
    "to_cell_site": "ALX-0007",
    "from_imei": "490154203237518",
    "to_imei": "356938035643809",
    "status": "completed",
    "call_type": "volte",
    "currency": "EGP",
    "call_duration_seconds": 61,
    "amount": Decimal("1.0001"),
}
ACCEPTED = {"is_rejected": False, "rejection_reason": None, "rejection_detail": None}
SILVER = {**PLAIN, **ACCEPTED, **KAFKA, "repaired_columns": None, "event_time": datetime(2026, 3, 1, 0, 30, 5, 250000, tzinfo=UTC)}
# The keys were computed with md5sum from the netstrings, such as 4:call,5:c-001,
FACT = {
    **PLAIN,
    **KAFKA,
    "transaction_sk": "c8d35df0bf081f64ab431edeba3c46c2",
    "date_sk": "a4450113bcf4688a0d10dd195f794e6f",
    "time_sk": 3005,
    "from_user_sk": "dd167fc9cc89474416d500ec9e05a33a",
    "to_user_sk": "3b9e5423415e14f9a194d27d1d1416ca",
    "from_cell_sk": "d7ab8a725c91989cc906e70304b3fcc1",
    "to_cell_sk": "b118e8c247ab292a96fe8af66bbffdd7",
    "from_device_sk": "e4a6ca4eae6519b04c1127cc8a12e0e9",
    "to_device_sk": "f754392440ce62c35829d82caa985a8e",
    "from_tac": "49015420",
    "to_tac": "35693803",
    "timestamp": datetime(2026, 3, 1, 0, 30, 5, 250000, tzinfo=UTC),
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SILVER_REPAIRED = {**SILVER, "kafka_offset": 41, "amount": Decimal("0.0000"), "event_time": EPOCH, "repaired_columns": "timestamp,amount"}
FACT_REPAIRED = {
    **FACT,
    "kafka_offset": 41,
    "amount": Decimal("0.0000"),
    "date_sk": "bece92118e271c2802d2b04e2fd77315",
    "time_sk": 0,
    "timestamp": EPOCH,
}
KAFKA_OF_TOMBSTONE = {
    "kafka_partition": 0,
    "kafka_offset": 7,
    "kafka_timestamp": datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
    "kafka_date": date(1970, 1, 1),
}
SILVER_OF_TOMBSTONE = {
    **dict.fromkeys(PLAIN),
    **KAFKA_OF_TOMBSTONE,
    "amount": Decimal("0.0000"),
    "event_time": EPOCH,
    "repaired_columns": "timestamp,amount",
    "is_rejected": True,
    "rejection_reason": "malformed_record",
    "rejection_detail": "The record has no value.",
}


def bronze(record: KafkaRecord, kafka: Row) -> Row:
    return {"kafka_key": record.key, "kafka_value": record.value, "kafka_topic": "calls", **kafka}


def test_rows_of_each_layer() -> None:
    tables = expected([GOOD, REPAIRED, TOMBSTONE])
    assert tables.bronze == {
        (2, 40): bronze(GOOD, KAFKA),
        (2, 41): bronze(REPAIRED, {**KAFKA, "kafka_offset": 41}),
        (0, 7): bronze(TOMBSTONE, KAFKA_OF_TOMBSTONE),
    }
    assert tables.silver == {(2, 40): SILVER, (2, 41): SILVER_REPAIRED, (0, 7): SILVER_OF_TOMBSTONE}
    assert tables.fact_calls == {(2, 40): FACT, (2, 41): FACT_REPAIRED}
    assert not differences(tables.silver, [SILVER, SILVER_REPAIRED, SILVER_OF_TOMBSTONE])
    assert not differences(tables.fact_calls, [FACT, FACT_REPAIRED])


def test_names_of_cases_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_corpus(case: Case) -> None:
    tables = expected([KafkaRecord("calls", 0, 0, NOON, None, case.value)])
    row = tables.silver[0, 0]
    assert row["rejection_reason"] == case.code
    assert {column: row[column] for column in case.silver} == case.silver
    assert tables.bronze[0, 0]["kafka_value"] == case.value
    assert list(tables.fact_calls) == ([] if case.code else [(0, 0)])


def test_corpus_breaks_every_rule() -> None:
    codes = """malformed_record wrong_type missing_id invalid_phone_number same_caller_and_callee invalid_imei invalid_cell_site
        unknown_status unknown_call_type invalid_currency negative_duration negative_amount event_in_future"""
    assert {case.code for case in CASES} == {None, *codes.split()}


def test_surrogate_key_counts_bytes() -> None:
    assert surrogate_key("call", "é😀,:") == "ad68b374251892c51c3561a72a89974f"  # 4:call,8:é😀,:,


def test_only_one_check_digit_is_right() -> None:
    assert [digit for digit in range(10) if is_imei(f"35209900176148{digit}")] == [1]


def test_currencies_are_codes() -> None:
    assert len(CURRENCIES) == 178
    assert all(len(code) == 3 and code.isupper() for code in CURRENCIES)


ROWS = {(0, offset): {**SILVER, "kafka_partition": 0, "kafka_offset": offset} for offset in range(3)}
TYPES = {
    "amount": pa.decimal128(18, 4),
    "event_time": pa.timestamp("us", "UTC"),
    "kafka_timestamp": pa.timestamp("us", "UTC"),
    "kafka_date": pa.date32(),
    "kafka_partition": pa.int32(),
    "kafka_offset": pa.int64(),
    "call_duration_seconds": pa.int32(),
    "is_rejected": pa.bool_(),
}


def stored(*rows: Row) -> pa.Table:
    return pa.Table.from_pylist([*rows], schema=pa.schema([(name, TYPES.get(name, pa.string())) for name in SILVER]))


def with_value(column: str, value: object) -> Callable[[list[Row]], list[Row]]:
    return lambda rows: [rows[0], {**rows[1], column: value}, rows[2]]


def test_equal_rows_in_any_order() -> None:
    assert differences(ROWS, stored(*reversed(ROWS.values()))) == []


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda rows: rows[:1] + rows[2:], "kafka_partition 0, kafka_offset 1: the row is missing"),
        (lambda rows: [*rows, {**rows[0], "kafka_offset": 9}], "kafka_partition 0, kafka_offset 9: the row is not expected"),
        (lambda rows: [*rows, rows[1]], "kafka_partition 0, kafka_offset 1: the row stands 2 times"),
        (with_value("status", "busy"), "kafka_partition 0, kafka_offset 1: status should be 'completed' but is 'busy'"),
        (with_value("status", None), "kafka_partition 0, kafka_offset 1: status should be 'completed' but is None"),
        (with_value("rejection_detail", "x"), "kafka_partition 0, kafka_offset 1: rejection_detail should be None but is 'x'"),
        (
            with_value("amount", Decimal("1.0002")),
            "kafka_partition 0, kafka_offset 1: amount should be Decimal('1.0001') but is Decimal('1.0002')",
        ),
        (
            with_value("event_time", EPOCH),
            "kafka_partition 0, kafka_offset 1: event_time should be 2026-03-01T00:30:05.250000+00:00 but is 1970-01-01T00:00:00+00:00",
        ),
    ],
)
def test_a_difference_is_one_line(change: Callable[[list[Row]], list[Row]], line: str) -> None:
    assert differences(ROWS, stored(*change(list(ROWS.values())))) == [line]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("amount", Decimal("1.00010")),
        ("amount", 1.0001),
        ("is_rejected", 0),
        ("event_time", datetime(2026, 3, 1, 0, 30, 5, 250000)),
        ("kafka_date", datetime(2026, 3, 1, tzinfo=UTC)),
        ("call_duration_seconds", 61.0),
    ],
)
def test_types_are_part_of_a_value(column: str, value: object) -> None:
    (line,) = differences(ROWS, with_value(column, value)(list(ROWS.values())))
    assert f"1: {column} should be" in line


@pytest.mark.parametrize(("detail", "lines"), [("A sentence.", 0), (None, 1), ("", 1), ("  ", 1), (7, 1)])
def test_any_sentence_is_a_text_with_words(detail: object, lines: int) -> None:
    row = ROWS[0, 0]
    assert len(differences({(0, 0): {**row, "rejection_detail": ANY_SENTENCE}}, [{**row, "rejection_detail": detail}])) == lines


def test_columns_are_compared() -> None:
    table = stored(*ROWS.values())
    assert differences(ROWS, table.drop_columns(["status"])) == ["column status is missing"]
    assert differences(ROWS, table.append_column("plan", pa.nulls(3))) == ["column plan is not expected"]
    assert differences(ROWS, table.append_column("status", table["status"])) == ["column status stands twice"]
    assert differences(ROWS, table.drop_columns(["kafka_offset"])) == ["column kafka_offset is missing"]
    assert differences(ROWS, [*list(ROWS.values())[:2], {k: v for k, v in ROWS[0, 2].items() if k != "repaired_columns"}])


def test_an_empty_table_lacks_every_row() -> None:
    assert len(differences(ROWS, stored())) == 3
    assert len(differences(ROWS, [])) == 3
    assert len(differences({}, stored(*ROWS.values()))) == 3


def test_lines_are_limited() -> None:
    lines = differences(ROWS, stored(), limit=2)
    assert lines == [*(f"kafka_partition 0, kafka_offset {offset}: the row is missing" for offset in range(2)), "... and more"]


def test_dates() -> None:
    dates = expected_dates()
    assert len(dates) == 21 * 365 + 5 + 1  # leap days in 2016, 2020, 2024, 2028 and 2032
    assert dates[20260301,] == {
        "date_sk": "a4450113bcf4688a0d10dd195f794e6f",
        "date_key": 20260301,
        "date_value": date(2026, 3, 1),
        "year": 2026,
        "quarter": 1,
        "quarter_name": "Q1",
        "month": 3,
        "month_name": "March",
        "week": 9,
        "day": 1,
        "day_name": "Sunday",
        "day_of_week": 7,
        "day_of_year": 60,
        "is_weekend": True,
    }
    assert dates[19700101,]["day_name"] == "Thursday"
    assert [dates[key,]["week"] for key in (20210103, 20210104, 20241230)] == [53, 1, 1]
    assert [dates[key,]["quarter"] for key in (20150331, 20150401, 20351231)] == [1, 2, 4]


def test_times() -> None:
    times = expected_times()
    assert len(times) == 86_400
    assert times[130509,] == {
        "time_sk": 130509,
        "hour": 13,
        "minute": 5,
        "second": 9,
        "hour_minute": "13:05",
        "hour_am_pm": "1 PM",
        "time_period": "Afternoon",
    }
    assert [times[key,]["hour_am_pm"] for key in (0, 10000, 115959, 120000, 235959)] == ["12 AM", "1 AM", "11 AM", "12 PM", "11 PM"]
    assert [times[key,]["time_period"] for key in (0, 55959, 60000, 115959, 120000, 175959, 180000, 235959)] == [
        *("Night", "Night", "Morning", "Morning"),
        *("Afternoon", "Afternoon", "Evening", "Evening"),
    ]


def test_calendar_is_compared_by_its_key() -> None:
    dates = expected_dates()
    rows = [row for row in dates.values() if row["date_key"] != 20260301]
    assert differences(dates, rows, key=("date_key",)) == ["date_key 20260301: the row is missing"]
