import re
from collections import Counter
from collections.abc import Callable
from math import log
from statistics import NormalDist, mean, median

import pytest

from feeds.records import Event
from feeds.telecom.network import network
from tests.feeds.telecom.runs import NIGHT, NOON, good


def calls() -> list[Event]:
    return good("calls")


def share(chosen: Callable[[Event], bool], events: list[Event]) -> float:
    return mean(map(chosen, events))


def test_the_same_people_call_each_other_at_any_hour() -> None:
    def who(event: Event) -> tuple[str, ...]:
        return event["call_id"], event["call_type"], event["from"]["phone_number"], event["to"]["phone_number"], event["from"]["imei"]

    assert [*map(who, good("calls", NOON))] == [*map(who, good("calls", NIGHT))]


def test_the_three_written_forms_are_one_moment() -> None:
    forms = {
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d": "2026-03-04 10:00:00",
        r"\d{4}-\d\d-\d\dT.*": "2026-03-04T12:00:00.250+02:00",
        r"\d\d-\d\d-\d{4} .*": "04-03-2026 10:00:00",
    }
    texts = [event.get("timestamp") for event in calls()]
    for form, text in forms.items():
        written = [t for t in texts if re.fullmatch(form, str(t)) and not str(t).startswith("0000")]
        assert set(written) == {text}
        assert len(written) > 0.05 * len(texts)


def test_calls_go_to_people_of_the_network_and_come_back() -> None:
    numbers = {person.number for person in network().subscribers}
    pairs = Counter((event["from"]["phone_number"], event["to"]["phone_number"]) for event in calls())
    assert {number for pair in pairs for number in pair} <= numbers
    assert len({caller for caller, _ in pairs}) > 5000
    assert pairs.most_common(1)[0][1] > 3


def test_most_calls_stay_in_the_city_and_few_roam() -> None:
    def cities(event: Event) -> set[str]:
        return {event[party]["cell_site"][:3] for party in ("from", "to")}

    assert 0.6 < share(lambda event: len(cities(event)) == 1, calls()) < 0.9
    assert 0.97 < share(lambda event: event["billing"]["currency"] == "EGP", calls()) < 0.999
    assert {event["billing"]["currency"] for event in calls()} == {"EGP", "SAR", "AED", "KWD", "EUR"}


def test_talks_are_log_normal_and_only_answered_calls_have_a_length() -> None:
    seconds = [int(event["call_duration_seconds"]) for event in calls() if event["status"] == "completed"]
    spread = NormalDist.from_samples([log(number) for number in seconds]).stdev
    assert 55 < median(seconds) < 95
    assert 0.95 < spread < 1.2
    assert {int(event["call_duration_seconds"]) for event in calls() if event["status"] in {"busy", "failed", "no_answer"}} == {0}


def test_a_started_minute_is_billed() -> None:
    domestic = [event for event in calls() if event["billing"]["currency"] == "EGP" and event["billing"].get("amount") is not None]
    for event in domestic:
        assert float(event["billing"]["amount"]) == pytest.approx(-(-int(event["call_duration_seconds"]) // 60) * 0.30)


def test_statuses_have_believable_shares() -> None:
    shares = {status: count / len(calls()) for status, count in Counter(event["status"] for event in calls()).items()}
    assert shares["completed"] > 0.75
    assert all(0.005 < shares[status] < 0.2 for status in ("dropped", "no_answer", "busy", "failed"))


def test_some_cell_sites_drop_more() -> None:
    worst = {site.cell_id for person in network().subscribers for site in person.sites if site.drops > 0.06}
    at_worst = [event for event in calls() if event["from"]["cell_site"] in worst]
    others = [event for event in calls() if event["from"]["cell_site"] not in worst]
    assert share(lambda event: event["status"] == "dropped", at_worst) > 2 * share(lambda event: event["status"] == "dropped", others)


def test_night_differs_from_day() -> None:
    def unanswered(event: Event) -> bool:
        return event["status"] == "no_answer"

    assert share(unanswered, good("calls", NIGHT)) > 2 * share(unanswered, good("calls", NOON))
    pairs = zip(good("calls", NOON), good("calls", NIGHT), strict=True)
    moved = sum(day["from"]["cell_site"] != night["from"]["cell_site"] for day, night in pairs)
    assert 0.3 < moved / len(calls()) < 0.8


def test_numbers_come_as_numeric_text_now_and_then() -> None:
    assert 0.01 < share(lambda event: isinstance(event["call_duration_seconds"], str), calls()) < 0.06


def test_phones_without_volte_make_voice_calls() -> None:
    plain = {phone.imei for person in network().subscribers for phone in person.phones if not phone.device.volte}
    assert {event["call_type"] for event in calls() if event["from"]["imei"] in plain} == {"voice"}
    assert {event["call_type"] for event in calls()} == {"voice", "volte", "vowifi", "video"}
