import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from math import log
from random import Random
from statistics import NormalDist, mean, median

import pytest

from feeds.records import OVERSIZED_BYTES, Event, Flaw, Record
from feeds.telecom.calls import CALL_FLAWS, calls
from feeds.telecom.network import network
from tests.oracle import calls as oracle
from tests.oracle.topic import KafkaRecord

NOON, NIGHT = datetime(2026, 3, 4, 10, 0, 0, 250_000, UTC), datetime(2026, 3, 4, 1, 0, 0, 250_000, UTC)


def take(count: int, seed: int = 1, bad: float = 0.0, at: datetime = NOON) -> list[Record]:
    return list(islice(calls(seed, bad, lambda: at), count))


@cache
def good(at: datetime = NOON) -> list[Event]:
    return [json.loads(record.value or b"") for record in take(20_000, at=at)]


def silver(value: bytes | None) -> oracle.Row:
    """The silver row of a record that is sent at noon."""
    return oracle.expected([KafkaRecord("calls", 0, 0, int(NOON.timestamp() * 1000), b"", value)]).silver[0, 0]


def share(chosen: Callable[[Event], bool], events: list[Event]) -> float:
    return mean(map(chosen, events))


def test_a_seed_makes_the_same_records() -> None:
    assert take(3000, seed=7, bad=0.3) == take(3000, seed=7, bad=0.3)
    assert not {record.value for record in take(3000, seed=7)} & {record.value for record in take(3000, seed=8)}


def test_the_moment_of_sending_changes_nothing_but_the_timestamp() -> None:
    later = [json.loads(record.value or b"") for record in take(5000, at=NOON + timedelta(minutes=17, seconds=3))]
    assert [event.pop("timestamp", None) for event in later] != [event.get("timestamp") for event in good()[:5000]]
    assert later == [{name: value for name, value in event.items() if name != "timestamp"} for event in good()[:5000]]


def test_the_same_people_call_each_other_at_any_hour() -> None:
    def who(event: Event) -> tuple[str, ...]:
        return event["call_id"], event["call_type"], event["from"]["phone_number"], event["to"]["phone_number"], event["from"]["imei"]

    assert [*map(who, good(NOON))] == [*map(who, good(NIGHT))]


def test_the_bad_share_spoils_records_of_the_same_calls() -> None:
    pairs = list(zip(take(20_000), take(20_000, bad=0.1), strict=True))
    assert all(record == before for before, record in pairs if record.flaw is None)
    assert all(record.key == before.key for before, record in pairs)
    assert mean(record.flaw is not None for _, record in pairs) == pytest.approx(0.1, abs=0.01)


def test_every_good_call_is_accepted_and_few_are_repaired() -> None:
    repairs = Counter[str]()
    for record in take(20_000):
        row = silver(record.value)
        assert not row["is_rejected"], record
        repairs.update((row["repaired_columns"] or "").split(","))
    assert all(20 < repairs[column] < 200 for column in ("timestamp", "amount"))


@pytest.mark.parametrize("flaw", CALL_FLAWS, ids=lambda flaw: flaw.spoil.__name__)
def test_a_flaw_is_rejected_by_its_rule(flaw: Flaw) -> None:
    random = Random(1)  # noqa: S311
    for event in good()[:200] if flaw.weight == 1 else good()[:3]:
        value = flaw.spoil(json.loads(json.dumps(event)), random)
        assert silver(value)["rejection_reason"] == flaw.reason, value


def test_bad_records_cover_every_rule_and_every_flaw() -> None:
    seen = Counter(record.flaw for record in take(20_000, bad=1))
    assert set(seen) == set(CALL_FLAWS)
    assert {flaw.reason for flaw in CALL_FLAWS} == {"malformed_record", "wrong_type", *(code for code, _ in oracle.RULES)}
    assert all(0.02 < seen[flaw] / 20_000 < 0.06 for flaw in CALL_FLAWS if flaw.weight == 1)


def test_an_oversized_record_is_rare() -> None:
    sizes = sorted(len(record.value or b"") for record in take(20_000, bad=1))
    assert sizes[-1] > OVERSIZED_BYTES
    assert 1 <= sum(size > 100_000 for size in sizes) < 20


def test_the_key_is_the_callers_number() -> None:
    assert all(record.key.decode() == json.loads(record.value or b"")["from"]["phone_number"] for record in take(1000))


def test_the_three_written_forms_are_one_moment() -> None:
    forms = {
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d": "2026-03-04 10:00:00",
        r"\d{4}-\d\d-\d\dT.*": "2026-03-04T12:00:00.250+02:00",
        r"\d\d-\d\d-\d{4} .*": "04-03-2026 10:00:00",
    }
    texts = [event.get("timestamp") for event in good()]
    for form, text in forms.items():
        written = [t for t in texts if re.fullmatch(form, str(t)) and not str(t).startswith("0000")]
        assert set(written) == {text}
        assert len(written) > 0.05 * len(texts)


def test_calls_go_to_people_of_the_network_and_come_back() -> None:
    numbers = {person.number for person in network().subscribers}
    pairs = Counter((event["from"]["phone_number"], event["to"]["phone_number"]) for event in good())
    assert {number for pair in pairs for number in pair} <= numbers
    assert len({caller for caller, _ in pairs}) > 5000
    assert pairs.most_common(1)[0][1] > 3


def test_most_calls_stay_in_the_city_and_few_roam() -> None:
    def cities(event: Event) -> set[str]:
        return {event[party]["cell_site"][:3] for party in ("from", "to")}

    assert 0.6 < share(lambda event: len(cities(event)) == 1, good()) < 0.9
    assert 0.97 < share(lambda event: event["billing"]["currency"] == "EGP", good()) < 0.999
    assert {event["billing"]["currency"] for event in good()} == {"EGP", "SAR", "AED", "KWD", "EUR"}


def test_talks_are_log_normal_and_only_answered_calls_have_a_length() -> None:
    seconds = [int(event["call_duration_seconds"]) for event in good() if event["status"] == "completed"]
    spread = NormalDist.from_samples([log(number) for number in seconds]).stdev
    assert 55 < median(seconds) < 95
    assert 0.95 < spread < 1.2
    assert {int(event["call_duration_seconds"]) for event in good() if event["status"] in {"busy", "failed", "no_answer"}} == {0}


def test_a_started_minute_is_billed() -> None:
    domestic = [event for event in good() if event["billing"]["currency"] == "EGP" and event["billing"].get("amount") is not None]
    for event in domestic:
        assert float(event["billing"]["amount"]) == pytest.approx(-(-int(event["call_duration_seconds"]) // 60) * 0.30)


def test_statuses_have_believable_shares() -> None:
    shares = {status: count / 20_000 for status, count in Counter(event["status"] for event in good()).items()}
    assert shares["completed"] > 0.75
    assert all(0.005 < shares[status] < 0.2 for status in ("dropped", "no_answer", "busy", "failed"))


def test_some_cell_sites_drop_more() -> None:
    worst = {site.cell_id for person in network().subscribers for site in person.sites if site.drops > 0.06}
    at_worst = [event for event in good() if event["from"]["cell_site"] in worst]
    others = [event for event in good() if event["from"]["cell_site"] not in worst]
    assert share(lambda event: event["status"] == "dropped", at_worst) > 2 * share(lambda event: event["status"] == "dropped", others)


def test_night_differs_from_day() -> None:
    def unanswered(event: Event) -> bool:
        return event["status"] == "no_answer"

    assert share(unanswered, good(NIGHT)) > 2 * share(unanswered, good(NOON))
    moved = sum(day["from"]["cell_site"] != night["from"]["cell_site"] for day, night in zip(good(NOON), good(NIGHT), strict=True))
    assert 0.3 < moved / 20_000 < 0.8


def test_numbers_come_as_numeric_text_now_and_then() -> None:
    assert 0.01 < share(lambda event: isinstance(event["call_duration_seconds"], str), good()) < 0.06


def test_phones_without_volte_make_voice_calls() -> None:
    plain = {phone.imei for person in network().subscribers for phone in person.phones if not phone.device.volte}
    assert {event["call_type"] for event in good() if event["from"]["imei"] in plain} == {"voice"}
    assert {event["call_type"] for event in good()} == {"voice", "volte", "vowifi", "video"}
