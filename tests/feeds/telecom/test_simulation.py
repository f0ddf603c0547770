import json
from collections import Counter
from datetime import timedelta
from itertools import count, islice, pairwise
from statistics import median

import pytest

from feeds.records import Event, Record
from feeds.telecom.simulation import EVENT_TOPICS, MIX, TOPICS, simulate
from tests.feeds.telecom.runs import NIGHT, NOON, good, moment, run, take

TIMES = ("timestamp", "updated_at")


def events_of(records: list[Record]) -> list[Record]:
    return [record for record in records if record.topic in EVENT_TOPICS]


def test_a_seed_makes_the_same_records() -> None:
    shares = {"bad": 0.3, "duplicates": 0.1, "late": 0.1}
    assert take(3000, seed=7, **shares) == take(3000, seed=7, **shares)
    assert not {*events_of(take(3000, seed=7))} & {*events_of(take(3000, seed=8))}


def test_the_clock_decides_every_time() -> None:
    ticks = (NOON + timedelta(seconds=second) for second in count())
    seen = [record for step in islice(simulate(1, clock=lambda: next(ticks)), 3000) for record in step if record.value]
    moments = [*filter(None, (moment(json.loads(record.value)) for record in events_of(seen)))]
    assert len(moments) > 2900
    assert all(earlier <= later for earlier, later in pairwise(moments))
    assert NOON < moments[-1] < next(ticks)


def test_a_later_run_differs_in_nothing_but_times() -> None:
    def timeless(records: list[Record]) -> list[Event | None]:
        events = [json.loads(record.value) if record.value else None for record in records]
        return [event and {name: value for name, value in event.items() if name not in TIMES} for event in events]

    now, later = take(5000), take(5000, at=NOON + timedelta(minutes=17, seconds=3))
    assert timeless(now) == timeless(later)
    assert [record.key for record in now] == [record.key for record in later]
    assert now != later


def test_the_known_members_come_first_and_are_the_same_in_every_run() -> None:
    first, again = (next(simulate(seed, clock=lambda at=at: at)) for seed, at in ((1, NOON), (2, NIGHT)))
    members, others = ([record for record in step if record.topic not in EVENT_TOPICS] for step in (first, again))
    assert members == others == first[: len(members)]
    numbers = Counter(record.topic for record in members)
    assert 19_800 < numbers["users"] < 20_000
    assert set(numbers) == set(TOPICS) - EVENT_TOPICS
    assert {json.loads(record.value or b"")["updated_at"] for record in members} == {"2024-01-01T00:00:00Z"}


def test_the_mix() -> None:
    shares = Counter(record.topic for record in events_of(run()))
    for stream, _, percent in MIX:
        assert 100 * shares[stream.topic] / shares.total() == pytest.approx(percent, rel=0.1)


@pytest.mark.parametrize("chosen", [{"sms"}, {"calls", "users"}, {"agents", "cell_sites"}])
def test_only_some_topics_get_what_they_get_among_all(chosen: set[str]) -> None:
    shares = {"bad": 0.1, "duplicates": 0.1, "late": 0.1}
    some, whole = take(2000, only=chosen, **shares), take(8000, **shares)
    assert {record.topic for record in some} == chosen
    for topic in chosen:
        expected = [record for record in whole if record.topic == topic]
        found = [record for record in some if record.topic == topic]
        assert found == expected[: len(found)]


def test_every_step_is_an_event_that_is_sent_or_any_when_none_is() -> None:
    for chosen in (TOPICS, ["payment", "users"]):
        steps = islice(simulate(1, only=chosen), 500)
        assert all(len(events_of(step)) == 1 for step in steps)
    assert len([*islice(simulate(1, only=["users"]), 500)]) == 500


def test_the_bad_share_spoils_records_of_the_same_events() -> None:
    before, after = events_of(run()), events_of(take(45_000, bad=0.1))
    assert [record.key for record in before] == [record.key for record in after]
    assert all(record == good for good, record in zip(before, after, strict=True) if not record.reason)
    assert sum(bool(record.reason) for record in after) / len(after) == pytest.approx(0.1, abs=0.01)


def test_duplicates_are_earlier_good_records_again() -> None:
    records = events_of(take(45_000, bad=0.1, duplicates=0.05))
    sent: dict[Record, int] = {}
    ages = []
    for place, record in enumerate(records):
        if record.reason == "duplicate":
            ages.append(place - sent[record._replace(reason=None)])
        elif not record.reason:
            sent[record] = place
    assert len(ages) / len(records) == pytest.approx(0.05, rel=0.15)
    assert sum(age < 10 for age in ages) > 100
    assert 100 < median(ages) < 3000
    without = events_of(take(45_000, bad=0.1))
    once = [record for record in records if record.reason != "duplicate"]
    assert once == without[: len(once)]


def test_late_events_are_hours_or_days_old_and_otherwise_the_same() -> None:
    before, after = ([json.loads(record.value or b"") for record in events_of(records)] for records in (run(), take(45_000, late=0.1)))
    ages = [(NOON - told).total_seconds() / 3600 for told in map(moment, after) if told]
    late = [age for age in ages if age > 0.5]
    assert len(late) / len(after) == pytest.approx(0.1, abs=0.01)
    assert 1 <= min(late) < 2 < 100 < max(late) <= 121
    assert all({**good, "timestamp": 0} == {**told, "timestamp": 0} for good, told in zip(before, after, strict=True))


@pytest.mark.parametrize("topic", sorted(EVENT_TOPICS))
def test_keys_are_the_customers_numbers(topic: str) -> None:
    for record in run():
        if record.topic == topic:
            event = json.loads(record.value or b"")
            assert record.key.decode() == event.get("phone_number", event.get("from", {}).get("phone_number"))


@pytest.mark.parametrize("topic", sorted(EVENT_TOPICS))
def test_senders_get_away_with_some_things(topic: str) -> None:
    events = good(topic)
    assert 0.001 < [*map(moment, events)].count(None) / len(events) < 0.012
    numbers = {"calls": "call_duration_seconds", "payment": "payment_amount", "recharge": "balance_before", "support": "wait_time_seconds"}
    texts = [isinstance(event.get(numbers.get(topic), (event.get("network") or event).get("jitter_ms")), str) for event in events]
    assert 0.015 < sum(texts) / len(texts) < 0.06


@pytest.mark.parametrize("topic", ["calls", "sms", "payment", "recharge"])
def test_now_and_then_there_is_no_amount(topic: str) -> None:
    absent = [event.get("billing", event).get("amount") is None for event in good(topic)]
    assert 0 < sum(absent) / len(absent) < 0.012
