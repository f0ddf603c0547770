"""Proves what the oracle says of the serving views, by rows that a person worked out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pytest
import yaml

from tests.oracle import serving, telecom
from tests.oracle.corpus import load_histories
from tests.oracle.members import AGENTS, CELL_SITES, DEVICES, USERS
from tests.oracle.tables import Row
from tests.oracle.topic import KafkaRecord

SCENARIOS = yaml.safe_load(Path(__file__).with_name("histories.yaml").read_text(encoding="utf-8"))
MONA, OMAR = "98f0817e7131139e0e6db7f1a2f15337", "fc792733976dfecfa9c98910a7d1cbc4"  # 4:user,3:+20, and 4:user,3:+21,
EMPTY = dict.fromkeys(["user_id", "name", "first_name", "last_name", "email", "sex", "address", "city", "plan", "registered_on"])


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-01T{clock}Z")


def version(text: str, offset: int) -> Row:
    clock, plan = text.split()
    return EMPTY | {
        "user_sk": MONA,
        "phone_number": "+20",
        "plan": None if plan == "deleted" else plan,
        "is_deleted": plan == "deleted",
        "valid_from": at(clock),
        "kafka_partition": 3,
        "kafka_offset": offset,
        "kafka_timestamp": datetime(2026, 3, 2, tzinfo=UTC),
        "kafka_date": date(2026, 3, 2),
    }


def stretch(text: str) -> Row:
    start, end, plan = text.split()
    valid_to = None if end == "-" else at(end)
    dates = {"valid_from": at(start), "valid_to": valid_to, "is_current": end == "-"}
    return EMPTY | {"user_sk": MONA, "phone_number": "+20", "plan": plan} | dates


def versions(scenario: dict) -> list[Row]:
    return [version(text, offset) for offset, text in enumerate(scenario["given"])]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["name"])
def test_history(scenario: dict) -> None:
    expected = {(MONA, row["valid_from"]): row for row in map(stretch, scenario["history"])}
    for order in orders(versions(scenario)):
        assert serving.history(USERS, order) == expected


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["name"])
def test_current(scenario: dict) -> None:
    plan, *told = scenario["current"].split()
    flags = {"is_deleted": "deleted" in told, "is_inferred": "inferred" in told}
    expected = EMPTY | {"user_sk": MONA, "phone_number": "+20", "plan": None if plan == "-" else plan} | flags
    for order in orders(versions(scenario)):
        assert serving.current(USERS, order, [("user", "+20"), ("agent", "+20"), ("user", "+20")]) == {(MONA,): expected}


def orders(rows: Sequence[Row]) -> list[tuple[Row, ...]]:
    return list(permutations(rows))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["name"])
def test_the_order_in_kafka_matters_in_the_same_second_only(scenario: dict) -> None:
    rows = versions(scenario)
    if len({row["valid_from"] for row in rows}) == len(rows):
        turned = [row | {"kafka_offset": -row["kafka_offset"]} for row in rows]
        assert serving.history(USERS, turned) == serving.history(USERS, rows)
        assert serving.current(USERS, turned, []) == serving.current(USERS, rows, [])


def test_the_partition_goes_before_the_offset() -> None:
    rows = [version("10:00 A", 5) | {"kafka_partition": 0}, version("10:00 B", 2) | {"kafka_partition": 1}]
    assert [row["plan"] for row in serving.history(USERS, rows).values()] == ["B"]


def test_any_attribute_begins_a_stretch() -> None:
    for column in EMPTY:
        rows = [version("10:00 A", 0), version("11:00 A", 1) | {column: "another"}]
        assert [row[column] for row in serving.history(USERS, rows).values()] == [rows[0][column], "another"]


def test_members_stand_apart() -> None:
    rows = [version("10:00 A", 0), version("11:00 A", 1) | {"user_sk": OMAR, "phone_number": "+21"}, version("12:00 A", 2)]
    assert [(row["phone_number"], row["is_current"]) for row in serving.history(USERS, rows).values()] == [("+20", True), ("+21", True)]
    assert set(serving.current(USERS, rows, [("user", "+22")])) == {(MONA,), (OMAR,), ("de31fad838c97d5d7ae78a2fe4a188f2",)}


@pytest.mark.parametrize(
    ("topic", "entity", "row"),
    [
        (
            AGENTS,
            "agent",
            {"agent_sk": "398f427fea0cccca62ccfa886d8e06bb", "agent_id": "nobody", "name": None, "department": None, "email": None},
        ),
        (
            DEVICES,
            "device",
            {
                "device_sk": "e4a6ca4eae6519b04c1127cc8a12e0e9",
                "tac": "49015420",
                "manufacturer": None,
                "brand": None,
                "model": None,
                "os_version": None,
            },
        ),
        (
            CELL_SITES,
            "cell_site",
            {
                "cell_sk": "d7ab8a725c91989cc906e70304b3fcc1",
                "cell_id": "CAI-0042",
                "site_name": None,
                "city": None,
                "region": None,
                "latitude": None,
                "longitude": None,
            },
        ),
    ],
    ids=["agent", "device", "cell site"],
)
def test_members_that_only_facts_name(topic: object, entity: str, row: Row) -> None:
    surrogate_key, natural_key = list(row.values())[:2]
    rows = serving.current(topic, [], [(entity, natural_key), ("user", "+20")])
    assert rows == {(surrogate_key,): row | {"is_deleted": False, "is_inferred": True}}


CALL = {
    "transaction_sk": "c8d35df0bf081f64ab431edeba3c46c2",
    "date_sk": "a4450113bcf4688a0d10dd195f794e6f",
    "time_sk": 103000,
    "from_user_sk": MONA,
    "to_user_sk": OMAR,
    "from_cell_sk": "d7ab8a725c91989cc906e70304b3fcc1",
    "to_cell_sk": "b118e8c247ab292a96fe8af66bbffdd7",
    "from_device_sk": "e4a6ca4eae6519b04c1127cc8a12e0e9",
    "to_device_sk": "f754392440ce62c35829d82caa985a8e",
    "call_id": "c-001",
    "event_type": "call",
    "status": "completed",
    "call_type": "volte",
    "call_duration_seconds": 61,
    "amount": Decimal("1.0001"),
    "currency": "EGP",
    "timestamp": at("10:30"),
}
EVENT = {
    "event_sk": "c8d35df0bf081f64ab431edeba3c46c2",
    "event_type": "call",
    "event_id": "c-001",
    "sender_user_sk": MONA,
    "receiver_user_sk": OMAR,
    "sender_cell_sk": "d7ab8a725c91989cc906e70304b3fcc1",
    "receiver_cell_sk": "b118e8c247ab292a96fe8af66bbffdd7",
    "sender_device_sk": "e4a6ca4eae6519b04c1127cc8a12e0e9",
    "receiver_device_sk": "f754392440ce62c35829d82caa985a8e",
    "date_sk": "a4450113bcf4688a0d10dd195f794e6f",
    "date_key": 20260301,
    "plan_sender": "A",
    "plan_receiver": "C",
    "call_duration_seconds": 61,
    "call_type": "volte",
    "status": "completed",
    "reg_date": date(2020, 1, 1),
    "amount": Decimal("1.0001"),
    "currency": "EGP",
}
LIVES = [
    stretch("10:00 11:00 A") | {"registered_on": date(2020, 1, 1)},
    stretch("11:00 12:00 B") | {"registered_on": date(2020, 1, 2)},
    stretch("13:00 - D"),
    stretch("09:00 - C") | {"user_sk": OMAR, "phone_number": "+21", "registered_on": date(2019, 1, 1)},
]


def test_events_of_both_kinds() -> None:
    lacking = ("call_id", "call_type", "call_duration_seconds")
    sms = {column: value for column, value in CALL.items() if column not in lacking} | {"transaction_sk": "s", "sms_id": "s-001"}
    event_of_sms = EVENT | {"event_sk": "s", "event_id": "s-001", "call_type": None, "call_duration_seconds": None}
    rows = serving.events([CALL], [sms], reversed(LIVES))
    assert rows == {(CALL["transaction_sk"],): EVENT, ("s",): event_of_sms}


@pytest.mark.parametrize(
    ("clock", "plan", "day"),
    [
        ("08:59:59", None, None),
        ("09:59:59.999999", None, None),
        ("10:00", "A", date(2020, 1, 1)),
        ("10:59:59.999999", "A", date(2020, 1, 1)),
        ("11:00", "B", date(2020, 1, 2)),
        ("12:00", None, None),
        ("12:59:59", None, None),
        ("13:00", "D", None),
        ("23:59:59", "D", None),
    ],
)
def test_plans_as_of_the_event(clock: str, plan: str | None, day: date | None) -> None:
    (event,) = serving.events([CALL | {"timestamp": at(clock)}], [], LIVES).values()
    plan_receiver = None if clock < "09" else "C"
    assert event == EVENT | {"plan_sender": plan, "reg_date": day, "plan_receiver": plan_receiver}


def test_unknown_people_have_no_plan() -> None:
    (event,) = serving.events([CALL], [], []).values()
    assert event == EVENT | {"plan_sender": None, "plan_receiver": None, "reg_date": None}


def test_histories_from_records_to_views() -> None:
    topics: dict[str, list[KafkaRecord]] = defaultdict(list)
    for record in load_histories():
        topics[record.topic].append(replace(record, offset=len(topics[record.topic])))
    missing = dict.fromkeys(telecom.TOPICS.keys() - topics.keys(), ())
    views = telecom.serving_views(telecom.expected(topics | missing))
    told = [(f"+2010{number:08}", *text.split()) for number, scenario in enumerate(SCENARIOS) for text in scenario["history"]]
    for view, key, attribute, prefix in (("user", "phone_number", "plan", "+2010"), ("agent", "agent_id", "name", "AG-")):
        rows = views[f"telecom.serving.dim_{view}_history"].rows.values()
        assert {(row[key][-4:], row["valid_from"], row["valid_to"], row[attribute]) for row in rows} == {
            (number[-4:], at(start), None if end == "-" else at(end), plan) for number, start, end, plan in told
        }
        assert all(row[key].startswith(prefix) for row in rows)
    events = {row["event_id"]: row for row in views["telecom.serving.fact_events"].rows.values()}
    there_and_back = {clock: events[f"+201000000001 at {clock}"]["plan_sender"] for clock in ("10:30:00", "11:00:00", "14:00:00")}
    assert there_and_back == {"10:30:00": "A", "11:00:00": "B", "14:00:00": "A"}
    assert sum(row["is_inferred"] for row in views["telecom.serving.dim_user"].rows.values()) == 1  # who was never sent but called
