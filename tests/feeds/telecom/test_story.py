"""What the streams of one run say about the same people fits together."""

import json
from collections import Counter, defaultdict
from statistics import mean, median

from feeds.records import Event, Record
from feeds.telecom.network import network
from feeds.telecom.simulation import EVENT_TOPICS
from tests.feeds.telecom.runs import good, run, take


def amount(event: Event) -> float:
    """What an event says that it costs; nothing is free."""
    return float(event.get("billing", event).get("amount") or 0)


def members(topic: str) -> dict[str, Event]:
    """The topic's members by key, as they are at the start."""
    first = [record for record in run()[:25_000] if record.topic == topic and record.value]
    return {record.key.decode(): json.loads(record.value or b"") for record in reversed(first)}


def story() -> list[tuple[str, Event]]:
    """All events, and the members' changes, in the order of their sending."""
    return [(record.topic, json.loads(record.value)) for record in run() if record.value]


def test_a_recharge_starts_from_the_balance_that_earlier_events_left() -> None:
    spent: Counter[str] = Counter()
    before_last: dict[str, float] = {}
    plans, prepaid, checked = {}, {plan.name for plan in network().plans if plan.prepaid}, 0
    for topic, event in story():
        if topic == "users":
            plans[event["phone_number"]] = event["plan"]
        elif topic in {"calls", "sms"} and plans.get(number := event["from"]["phone_number"]) in prepaid:
            spent[number] += amount(event)
        elif topic == "recharge":
            number, before, after = event["phone_number"], event.get("balance_before"), event.get("balance_after")
            if number in plans and number in before_last and before is not None:
                assert float(before) == round(before_last[number] - spent[number], 2)
                checked += 1
            spent[number] = 0
            if after is None:
                before_last.pop(number, None)
            else:
                before_last[number] = float(after)
    assert checked > 500


def test_nobody_spends_more_than_the_balance() -> None:
    assert min(float(event["balance_before"]) for event in good("recharge") if event.get("balance_before") is not None) >= 0
    assert any(event["status"] == "failed" and event["billing"].get("amount") == 0 for event in good("sms"))


def test_recharges_are_of_those_who_pay_before_and_payments_of_the_others() -> None:
    prepaid = {plan.name for plan in network().plans if plan.prepaid}
    plans = {"users": {}}
    seen = Counter()
    for topic, event in story():
        if topic == "users":
            plans[event["phone_number"]] = event["plan"]
        elif topic in {"recharge", "payment"} and event["phone_number"] in plans:
            seen[topic, plans[event["phone_number"]] in prepaid] += 1
    assert set(seen) == {("recharge", True), ("payment", False)}


def test_those_with_little_left_recharge_more() -> None:
    befores = [float(event["balance_before"]) for event in good("recharge") if event.get("balance_before") is not None]
    assert median(befores) < 0.8 * median(person.balance for person in network().subscribers if person.plan.prepaid)


def test_a_payment_pays_the_month_and_what_was_used_since_the_last() -> None:
    months = {plan.name: round(plan.minutes * 0.3, 2) for plan in network().plans}
    plans, used, owed = {}, Counter(), Counter()
    bills = 0
    for topic, event in story():
        if topic == "users":
            plans[event["phone_number"]] = event["plan"]
        elif topic in {"calls", "sms"} and months.get(plans.get(number := event["from"]["phone_number"])):
            used[number] += amount(event)
        elif topic == "payment" and event["phone_number"] in plans and event["billing"].get("amount") is not None:
            number, bill = event["phone_number"], amount(event)
            if event["billing"]["currency"] == "EGP" and number in owed:
                assert bill == round(months[plans[number]] + owed[number] + used[number], 2)
                bills += 1
            if event["status"] == "completed":
                owed[number], used[number] = round(bill / 2, 2) if event["payment_type"] == "partial" else 0, 0
    assert bills > 50


def test_a_payment_is_the_bill_or_half_of_it_in_its_season() -> None:
    for event in good("payment"):
        if event["payment_amount"] is not None and event["billing"].get("amount") is not None:
            part = 0.5 if event["payment_type"] == "partial" else 1
            assert abs(float(event["payment_amount"]) - amount(event) * part * 0.9) < 0.011
    assert {event["seasonal_multiplier"] for event in good("payment")} == {0.9}


def test_friends_who_call_each_other_write_to_each_other() -> None:
    calls, messages = (
        Counter((event["from"]["phone_number"], event["to"]["phone_number"]) for event in good(topic)) for topic in ("calls", "sms")
    )
    friends = {(person.number, friend.number) for person in network().subscribers for friend in person.friends}
    for pairs in (calls, messages):
        assert 0.9 < sum(number for pair, number in pairs.items() if pair in friends) / pairs.total() < 0.96
    assert len(calls.keys() & messages.keys()) > 500


def test_a_bad_signal_loses_messages_and_old_phones_are_slow() -> None:
    lost = defaultdict(list)
    for event in good("sms"):
        lost[event["network"]["signal_strength_dbm"] <= -105].append(event["status"] in {"failed", "expired"})
    assert mean(lost[True]) > mean(lost[False]) + 0.05
    old = {device.tac for device in network().devices if not device.volte}
    latencies = defaultdict(list)
    for event in good("sms"):
        latencies[event["from"]["imei"][:8] in old].append(int(event["network"]["latency_ms"]))
    assert median(latencies[True]) > 1.5 * median(latencies[False])


def test_tickets_follow_dropped_calls() -> None:
    cut_off: list[str] = []
    since, others = [], []
    for topic, event in story():
        if topic == "calls" and event["status"] == "dropped":
            cut_off += [event["from"]["phone_number"], event["to"]["phone_number"]]
        elif topic == "support":
            (since if event["phone_number"] in cut_off[-100:] else others).append(event["reason"])
    assert len(since) > 0.3 * (len(since) + len(others))
    assert since.count("dropped_calls") > 0.9 * len(since)
    assert others.count("dropped_calls") < 0.1 * len(others)


def test_the_reason_fits_the_channel_and_the_agent_the_reason() -> None:
    channels = {(event["reason"], event["channel"]) for event in good("support")}
    assert {channel for reason, channel in channels if reason == "broken_phone"} == {"store"}
    assert {reason for reason, channel in channels if channel == "store"} < {reason for reason, _ in channels}
    departments: dict[str, str] = {}
    answers = defaultdict(set)
    for topic, event in story():
        if topic == "agents":
            departments[event["agent_id"]] = event["department"]
        elif topic == "support" and event["agent_id"] in departments:
            answers[event["reason"]].add(departments[event["agent_id"]])
    assert len(answers) == 12
    assert all(len(answering) == 1 for answering in answers.values())
    unanswered = {event["channel"] for event in good("support") if event["agent_id"] is None}
    assert unanswered == {"app", "chat"}


def test_who_waits_long_is_less_satisfied() -> None:
    waits = defaultdict(list)
    for event in good("support"):
        if event["channel"] == "phone" and event["satisfaction_score"] is not None:
            waits[int(event["wait_time_seconds"]) > 300].append(int(event["satisfaction_score"]))
    assert mean(waits[False]) > mean(waits[True]) + 0.3
    assert {score for scores in waits.values() for score in scores} == {1, 2, 3, 4, 5}


def test_events_name_known_members_but_for_a_few() -> None:
    named: dict[str, list[str]] = defaultdict(list)
    for topic in EVENT_TOPICS:
        for event in good(topic):
            parties = [event[end] for end in ("from", "to") if end in event] or [event]
            named["users"] += [party["phone_number"] for party in parties]
            named["cell_sites"] += [party["cell_site"] for party in parties if "cell_site" in party]
            named["devices"] += [party["imei"][:8] for party in parties if "imei" in party]
            named["agents"] += [event["agent_id"]] if event.get("agent_id") else []
    for topic, keys in named.items():
        known = members(topic)
        assert 0 < sum(key not in known for key in keys) / len(keys) < 0.03, topic


def test_members_change_one_thing_at_a_time() -> None:
    changes = Counter()
    for topic, key in (("users", "phone_number"), ("agents", "agent_id")):
        last: dict[str, Event] = {}
        for member in good(topic):
            before = last.get(member[key], member)
            changed = {field for field in member if member[field] != before[field]} - {"updated_at"}
            changes[topic, *sorted(changed)] += member[key] in last
            last[member[key]] = member
    assert {kind for kind, number in changes.items() if number} == {
        ("users",),  # returned
        ("users", "plan"),
        ("users", "address", "city"),
        ("agents", "department"),
    }
    assert changes["users", "plan"] > 50 < changes["users", "address", "city"]


def test_who_has_left_does_nothing_until_the_return() -> None:
    gone: set[bytes] = set()
    left = returned = 0
    for record in take(60_000, seed=5):
        if record.topic == "users":
            left += record.value is None
            returned += record.key in gone
            gone = gone | {record.key} if record.value is None else gone - {record.key}
        elif record.topic in EVENT_TOPICS:
            assert not gone & parties(record)
    assert left > 3 < returned


def parties(record: Record) -> set[bytes]:
    """The numbers of those who take part."""
    event = json.loads(record.value or b"")
    return {record.key, *([event["to"]["phone_number"].encode()] if "to" in event else [])}


def test_who_moves_calls_from_the_new_city() -> None:
    codes = {city.name: city.code for city in network().sites}
    homes = {number: user["city"] for number, user in members("users").items()}
    moved: dict[str, str] = {}
    places = defaultdict(set)
    for topic, event in story():
        if topic == "users" and event["city"] != homes[event["phone_number"]]:
            moved[event["phone_number"]] = codes[event["city"]]
        elif topic == "calls" and (number := event["from"]["phone_number"]) in moved:
            places[number].add((moved[number], event["from"]["cell_site"][:3]))
    assert len(places) > 20
    assert all(here == there for pairs in places.values() for here, there in pairs)
    assert all(user["address"].endswith(f", {user['city']}") for user in good("users"))
