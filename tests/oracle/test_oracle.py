"""Proves the oracle and the comparison by rows that a person worked out."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from tests.oracle import calls, telecom
from tests.oracle.calendar import expected_dates, expected_times
from tests.oracle.calls import expected
from tests.oracle.compare import differences
from tests.oracle.corpus import Case, load_cases
from tests.oracle.tables import ANY_SENTENCE, Coordinates, Row
from tests.oracle.topic import KafkaRecord
from tests.oracle.values import CURRENCIES, is_imei, surrogate_key

NOON = 1_772_366_400_123  # 2026-03-01 12:00:00.123 UTC
CASES = {topic: load_cases(NOON, topic) for topic in telecom.TOPICS}
ROWS_BY_HAND = yaml.safe_load(Path(__file__).with_name("rows.yaml").read_text(encoding="utf-8"))

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
    value=GOOD.value.replace(b"2026-03-01T", b"2026-03-41T").replace(b'"amount": 1.00005, ', b"").replace(b"c-001", b"c-002"),
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
SILVER_REPAIRED = {
    **SILVER,
    "kafka_offset": 41,
    "call_id": "c-002",
    "amount": Decimal("0.0000"),
    "event_time": EPOCH,
    "repaired_columns": "timestamp,amount",
}
FACT_REPAIRED = {
    **FACT,
    "transaction_sk": "41f4a302cfa30297f324f607c8e7a9a0",
    "call_id": "c-002",
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


MEMBERS = [
    ("user", "+201012345678", "dd167fc9cc89474416d500ec9e05a33a"),
    ("user", "+201198765432", "3b9e5423415e14f9a194d27d1d1416ca"),
    ("cell_site", "CAI-0042", "d7ab8a725c91989cc906e70304b3fcc1"),
    ("cell_site", "ALX-0007", "b118e8c247ab292a96fe8af66bbffdd7"),
    ("device", "49015420", "e4a6ca4eae6519b04c1127cc8a12e0e9"),
    ("device", "35693803", "f754392440ce62c35829d82caa985a8e"),
]


def bronze(record: KafkaRecord, kafka: Row) -> Row:
    return {"kafka_key": record.key, "kafka_value": record.value, "kafka_topic": record.topic, **kafka}


def members(rows: Iterable[Row]) -> dict[tuple[str, str], Row]:
    return {(row["entity"], row["natural_key"]): row for row in rows}


def test_rows_of_each_layer() -> None:
    tables = expected([GOOD, REPAIRED, TOMBSTONE])
    assert tables.bronze == {
        (2, 40): bronze(GOOD, KAFKA),
        (2, 41): bronze(REPAIRED, {**KAFKA, "kafka_offset": 41}),
        (0, 7): bronze(TOMBSTONE, KAFKA_OF_TOMBSTONE),
    }
    assert tables.silver == {(2, 40): SILVER, (2, 41): SILVER_REPAIRED, (0, 7): SILVER_OF_TOMBSTONE}
    assert tables.gold == {(2, 40): FACT, (2, 41): FACT_REPAIRED}
    assert tables.members == members({"entity": entity, "natural_key": key, "member_sk": sk} for entity, key, sk in MEMBERS)
    assert not differences(tables.silver, [SILVER, SILVER_REPAIRED, SILVER_OF_TOMBSTONE])
    assert not differences(tables.gold, [FACT, FACT_REPAIRED])


@pytest.mark.parametrize("topic", ROWS_BY_HAND)
def test_rows_of_each_topic(topic: str) -> None:
    by_hand = ROWS_BY_HAND[topic]
    record = replace(GOOD, topic=topic, key=b"AG-0007", value=by_hand["value"] and by_hand["value"].encode())
    tables = telecom.TOPICS[topic].expected([record])
    both = {column: as_stored(topic, column, value) for column, value in by_hand["both"].items()}
    assert tables.bronze == {(2, 40): bronze(record, KAFKA)}
    assert not differences({(2, 40): both | by_hand["silver"] | ACCEPTED | KAFKA}, list(tables.silver.values()))
    assert not differences({(2, 40): both | by_hand["gold"] | KAFKA}, list(tables.gold.values()))
    assert tables.members == members(by_hand.get("members", []))


def as_stored(topic: str, column: str, value: object) -> object:
    field = telecom.TOPICS[topic].columns.get(column)
    return Decimal(value) if field and field.type.startswith("DECIMAL") else value


def test_every_topic_has_rows_by_hand() -> None:
    assert {"calls", *ROWS_BY_HAND} == set(telecom.TOPICS)


@pytest.mark.parametrize("topic", telecom.TOPICS)
def test_names_of_cases_are_unique(topic: str) -> None:
    assert len({case.name for case in CASES[topic]}) == len(CASES[topic])


@pytest.mark.parametrize(
    ("topic", "case"), [pytest.param(topic, case, id=f"{topic}: {case.name}") for topic, cases in CASES.items() for case in cases]
)
def test_corpus(topic: str, case: Case) -> None:
    tables = telecom.TOPICS[topic].expected([KafkaRecord(topic, 0, 0, NOON, case.key, case.value)])
    row = tables.silver[0, 0]
    assert row["rejection_reason"] == case.code
    assert {column: row[column] for column in case.silver} == case.silver
    assert tables.bronze[0, 0]["kafka_value"] == case.value
    assert list(tables.gold) == ([] if case.code else [(0, 0)])


@pytest.mark.parametrize(
    ("topic", "codes"),
    [
        (
            "calls",
            """missing_id invalid_phone_number same_caller_and_callee invalid_imei invalid_cell_site unknown_status unknown_call_type
            invalid_currency negative_duration negative_amount event_in_future""",
        ),
        (
            "sms",
            """missing_id invalid_phone_number same_caller_and_callee invalid_imei invalid_cell_site unknown_status
            invalid_currency negative_amount negative_latency negative_jitter signal_out_of_range event_in_future""",
        ),
        (
            "payment",
            """missing_id invalid_phone_number unknown_status unknown_payment_method invalid_currency
            negative_amount event_in_future""",
        ),
        (
            "recharge",
            """missing_id invalid_phone_number unknown_payment_method invalid_currency negative_amount balance_mismatch
            event_in_future""",
        ),
        (
            "support",
            """missing_id invalid_phone_number unknown_channel negative_duration negative_wait satisfaction_out_of_range
            event_in_future""",
        ),
        ("users", "missing_key invalid_phone_number invalid_date unreadable_updated_at event_in_future"),
        ("devices", "missing_key invalid_tac unreadable_updated_at event_in_future"),
        ("cell_sites", "missing_key invalid_cell_site unreadable_updated_at event_in_future"),
        ("agents", "missing_key unreadable_updated_at event_in_future"),
    ],
)
def test_corpus_breaks_every_rule(topic: str, codes: str) -> None:
    assert [code for code, _ in telecom.TOPICS[topic].rules] == codes.split()
    assert {case.code for case in CASES[topic]} == {None, "malformed_record", "wrong_type", *codes.split()}


def test_a_rule_can_be_changed_for_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "STATUSES", calls.STATUSES - {"completed"})
    assert expected([GOOD]).silver[2, 40]["rejection_reason"] == "unknown_status"


def test_nobody_took_the_contact() -> None:
    value = ROWS_BY_HAND["support"]["value"].replace('"AG-0007"', "null").encode()
    tables = telecom.TOPICS["support"].expected([replace(GOOD, value=value)])
    assert tables.gold[2, 40]["agent_sk"] is None
    assert {entity for entity, _ in tables.members} == {"user"}


HOUR = 3_600_000


def arrivals(*places: Coordinates, call_id: str = "c-001", hours: float = 0) -> list[KafkaRecord]:
    value = GOOD.value.replace(b"c-001", call_id.encode())
    return [
        replace(GOOD, partition=partition, offset=offset, value=value, timestamp=NOON + round(hours * HOUR)) for partition, offset in places
    ]


def accepted(records: list[KafkaRecord], stored: Iterable[Coordinates] = ()) -> list[Coordinates]:
    tables = expected(records, set(stored))
    rejected = {place: row for place, row in tables.silver.items() if row["is_rejected"]}
    assert all(row["rejection_reason"] == "duplicate" and row["rejection_detail"] is ANY_SENTENCE for row in rejected.values())
    assert tables.gold.keys() | rejected.keys() == tables.silver.keys()
    return sorted(tables.gold)


def test_the_first_of_an_id_is_accepted() -> None:
    assert accepted(arrivals((0, 1), (0, 2), (0, 7)) + arrivals((0, 8), call_id="c-002")) == [(0, 1), (0, 8)]


def test_ids_are_compared_as_they_are() -> None:
    assert accepted(arrivals((0, 1)) + arrivals((0, 2), call_id="C-001") + arrivals((0, 3), call_id="c-001 ")) == [(0, 1), (0, 2), (0, 3)]


def test_what_is_rejected_is_no_first() -> None:
    busy = replace(GOOD, value=GOOD.value.replace(b'"completed"', b'"lost"'))
    rows = expected([busy, *arrivals((2, 41), (2, 42))]).silver
    assert [rows[2, offset]["rejection_reason"] for offset in (40, 41, 42)] == ["unknown_status", None, "duplicate"]


@pytest.mark.parametrize(
    ("stored", "first"),
    [
        ([], (0, 5)),
        ([(0, 5)], (0, 5)),
        ([(1, 3)], (1, 3)),
        ([(2, 9)], (2, 9)),
        ([(0, 6)], (0, 5)),  # the second of its partition can't have come first
        ([(1, 3), (2, 9)], (1, 3)),  # two are one too many
        ([(3, 0)], (0, 5)),
    ],
)
def test_any_partition_may_be_first_but_only_one(stored: list[Coordinates], first: Coordinates) -> None:
    assert accepted(arrivals((0, 5), (1, 3), (0, 6), (2, 9)), stored) == [first]


def test_an_id_is_new_again_24_hours_after_its_last_arrival() -> None:
    records = [
        *arrivals((0, 0)),
        *arrivals((0, 1), hours=23.9),
        *arrivals((0, 2), hours=47.8),
        *arrivals((0, 3), hours=71.8),
        *arrivals((0, 4), hours=95.7),
    ]
    assert accepted(records) == [(0, 0), (0, 3)]


def records_by_hand() -> dict[str, list[KafkaRecord]]:
    others = {topic: by_hand["value"] and by_hand["value"].encode() for topic, by_hand in ROWS_BY_HAND.items()}
    return {"calls": [GOOD]} | {topic: [replace(GOOD, topic=topic, key=b"AG-0007", value=value)] for topic, value in others.items()}


def as_arrow(table: telecom.Table) -> pa.Table:
    return pa.Table.from_pylist([row | dict.fromkeys(table.aside) for row in table.rows.values()])


def test_the_whole_lakehouse() -> None:
    topics = telecom.expected(records_by_hand())
    tables = telecom.stored_tables(topics) | telecom.serving_views(topics)
    assert {name: len(table.rows) for name, table in tables.items() if ".gold." in name or ".serving." in name} == {
        "telecom.gold.fact_calls": 1,
        "telecom.gold.call_members": 6,
        "telecom.gold.fact_sms": 1,
        "telecom.gold.sms_members": 6,
        "telecom.gold.fact_payment": 1,
        "telecom.gold.payment_members": 1,
        "telecom.gold.fact_recharge": 1,
        "telecom.gold.recharge_members": 1,
        "telecom.gold.fact_support": 1,
        "telecom.gold.support_members": 2,
        "telecom.gold.dim_user_versions": 1,
        "telecom.gold.dim_device_versions": 1,
        "telecom.gold.dim_cell_site_versions": 1,
        "telecom.gold.dim_agent_versions": 1,
        "telecom.serving.dim_user": 2,
        "telecom.serving.dim_user_history": 1,
        "telecom.serving.dim_device": 2,
        "telecom.serving.dim_cell_site": 2,
        "telecom.serving.dim_cell_site_history": 1,
        "telecom.serving.dim_agent": 1,
        "telecom.serving.dim_agent_history": 0,
        "telecom.serving.fact_events": 2,
    }
    events = tables["telecom.serving.fact_events"].rows.values()
    assert {(row["event_id"], row["plan_sender"], row["plan_receiver"]) for row in events} == {
        ("c-001", "prepaid", None),
        ("s-001", "prepaid", None),
    }
    stored = {name: as_arrow(table) for name, table in tables.items()}
    assert telecom.differences(tables, stored.get) == []


def test_the_winner_among_partitions_is_read_from_silver() -> None:
    rows = [{"kafka_partition": 1, "kafka_offset": 3, "is_rejected": False}, {"kafka_partition": 0, "kafka_offset": 5, "is_rejected": True}]
    topics = telecom.expected({"calls": arrivals((0, 5), (1, 3))}, {"telecom.silver.calls": pa.Table.from_pylist(rows)}.get)
    assert list(topics["calls"].gold) == [(1, 3)]


def test_differences_name_their_table() -> None:
    table = telecom.stored_tables(telecom.expected({"calls": [GOOD]}))["telecom.gold.call_members"]
    stored = as_arrow(table)
    lines = telecom.differences({"a.b.c": table}, lambda _: stored.drop_columns(["kafka_date"]).slice(1))
    assert lines == ["a.b.c: column kafka_date is missing", "a.b.c: entity 'user', natural_key '+201012345678': the row is missing"]
    twice = pa.concat_tables([stored, stored.slice(0, 1)])
    assert telecom.differences({"a.b.c": table}, lambda _: twice) == [
        "a.b.c: entity 'user', natural_key '+201012345678': the row stands 2 times"
    ]


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
