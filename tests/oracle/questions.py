"""The answers to the analyst's questions, worked out from the expected rows in the plainest way; functions are named like the views."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from operator import itemgetter

from tests.oracle.serving import as_of
from tests.oracle.tables import Row
from tests.oracle.values import EPOCH

Lake = Mapping[str, Collection[Row]]
"""The rows of each stored table and serving view, by the last two words of its name."""

Answer = Sequence[Row]

TOPICS = ("calls", "sms", "payment", "recharge", "support", "users", "devices", "cell_sites", "agents")


def _by(rows: Iterable[Row], measured: Callable[[list[Row]], Row], **keys: Callable[[Row], object]) -> Answer:
    """Group rows by what `keys` say of each, and measure each group."""
    groups: dict[tuple, list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(key(row) for key in keys.values())].append(row)
    return [dict(zip(keys, values, strict=True)) | measured(group) for values, group in groups.items()]


def _attribute(dimension: Iterable[Row], fact_key: str, column: str) -> Callable[[Row], object]:
    """Look a fact's key up in a dimension, whose first column it is; what nobody has sent is unknown."""
    found = {next(iter(member.values())): member[column] for member in dimension}
    return lambda fact: "unknown" if found[fact[fact_key]] is None else found[fact[fact_key]]


def _timed(facts: Iterable[Row]) -> list[Row]:
    return [fact for fact in facts if fact["timestamp"] != EPOCH]


def _day(fact: Row) -> object:
    return None if fact["timestamp"] == EPOCH else fact["timestamp"].date()


def _hour(fact: Row) -> int:
    return fact["timestamp"].hour


def _count(rows: Iterable[Row], column: str, *values: object) -> int:
    return sum(row[column] in values for row in rows)


def _present(rows: Iterable[Row], column: str) -> list:
    return [row[column] for row in rows if row[column] is not None]


def _ratio(part: object, whole: object, digits: int) -> float | None:
    """Divide exactly, then round halves up; None for a division by zero."""
    if not whole:
        return None
    exact = Fraction(part) / Fraction(whole)
    quotient = Decimal(exact.numerator) / exact.denominator
    return float(quotient.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def _percent(part: int, whole: int, digits: int = 1) -> float | None:
    return _ratio(100 * part, whole, digits)


def _minutes(calls: Iterable[Row]) -> float | None:
    return _ratio(sum(_present(calls, "call_duration_seconds")), 60, 1)


def _percentile(values: Iterable[int], percent: int) -> int:
    """Give the smallest value that at least so many percent do not exceed."""
    ordered = sorted(values)
    return ordered[-(-len(ordered) * percent // 100) - 1]


def _average(values: Collection[Decimal]) -> float | None:
    return _ratio(sum(values), len(values), 2)


def busiest_hour_by_region_and_day(lake: Lake) -> Answer:
    region = _attribute(lake["serving.dim_cell_site"], "from_cell_sk", "region")

    def busiest(calls: list[Row]) -> Row:
        hours = [_hour(call) for call in calls]
        hour = min(hours, key=lambda hour: (-hours.count(hour), hour))
        return {"busiest_hour": hour, "calls": hours.count(hour), "calls_percent": _percent(hours.count(hour), len(hours))}

    return _by(_timed(lake["gold.fact_calls"]), busiest, region=region, day=_day)


def call_routes_between_cities(lake: Lake) -> Answer:
    from_city, to_city = (_attribute(lake["serving.dim_cell_site"], f"{end}_cell_sk", "city") for end in ("from", "to"))
    every = lake["gold.fact_calls"]

    def measured(calls: list[Row]) -> Row:
        return {"calls": len(calls), "calls_percent": _percent(len(calls), len(every), 2), "call_minutes": _minutes(calls)}

    return _by(every, measured, from_city=from_city, to_city=to_city)


def dropped_calls_by_cell_site_and_hour(lake: Lake) -> Answer:
    city = _attribute(lake["serving.dim_cell_site"], "from_cell_sk", "city")

    def measured(calls: list[Row]) -> Row:
        answered, dropped = _count(calls, "status", "completed", "dropped"), _count(calls, "status", "dropped")
        counts = {"calls": len(calls), "answered_calls": answered, "dropped_calls": dropped}
        return counts | {"dropped_percent": _percent(dropped, answered)}

    return _by(_timed(lake["gold.fact_calls"]), measured, cell_id=itemgetter("from_cell_site"), city=city, day=_day, hour=_hour)


def first_call_resolution_by_department(lake: Lake) -> Answer:
    careers = defaultdict(list)
    for stretch in lake["serving.dim_agent_history"]:
        careers[stretch["agent_sk"]].append(stretch)

    def department(contact: Row) -> object:
        return as_of(contact["timestamp"], careers[contact["agent_sk"]]).get("department") or "unknown"

    def measured(contacts: list[Row]) -> Row:
        said = _present(contacts, "first_call_resolution")
        counts = {"contacts": len(contacts), "first_call_resolutions": sum(said)}
        return counts | {"first_call_resolution_percent": _percent(sum(said), len(said))}

    taken = [contact for contact in lake["gold.fact_support"] if contact["agent_sk"] is not None]
    return _by(taken, measured, department=department)


def payment_failures_by_method_and_day(lake: Lake) -> Answer:
    def measured(payments: list[Row]) -> Row:
        failed = _count(payments, "status", "failed")
        return {"payments": len(payments), "failed_payments": failed, "failed_percent": _percent(failed, len(payments))}

    return _by(_timed(lake["gold.fact_payment"]), measured, payment_method=itemgetter("payment_method"), day=_day)


def recharge_to_payment_ratio_by_month(lake: Lake) -> Answer:
    paid = [payment for payment in lake["gold.fact_payment"] if payment["status"] == "completed"]

    def month(fact: Row) -> object:
        day = _day(fact)
        return day and day.replace(day=1)

    def measured(facts: list[Row]) -> Row:
        recharged = sum((fact["amount"] for fact in facts if "payment_amount" not in fact), Decimal("0.0000"))
        paid = sum((fact["payment_amount"] for fact in facts if "payment_amount" in fact), Decimal("0.0000"))
        return {"recharged": recharged, "paid": paid, "recharge_to_payment_ratio": _ratio(recharged, paid, 2)}

    return _by([*lake["gold.fact_recharge"], *paid], measured, month=month, currency=itemgetter("currency"))


def recharges_by_payment_method(lake: Lake) -> Answer:
    def measured(recharges: list[Row]) -> Row:
        amounts = [recharge["amount"] for recharge in recharges]
        return {
            "recharges": len(recharges),
            "recharged": sum(amounts),
            "average_recharge": _average([amount for amount in amounts if amount]),
            "average_balance_before": _average(_present(recharges, "balance_before")),
        }

    return _by(lake["gold.fact_recharge"], measured, payment_method=itemgetter("payment_method"), currency=itemgetter("currency"))


def rejections_by_topic_and_reason(lake: Lake) -> Answer:
    def reasons(topic: str) -> Answer:
        records = lake[f"silver.{topic}"]

        def measured(rejected: list[Row]) -> Row:
            newest = max(rejected, key=itemgetter("kafka_timestamp", "kafka_partition", "kafka_offset"))
            counts = {"rejected_records": len(rejected), "rejected_percent": _percent(len(rejected), len(records), 2)}
            return counts | {"newest_detail": newest["rejection_detail"]}

        rejected = [record for record in records if record["is_rejected"]]
        return _by(rejected, measured, topic=lambda _: topic, rejection_reason=itemgetter("rejection_reason"))

    return [row for topic in TOPICS for row in reasons(topic)]


def revenue_by_region_and_day(lake: Lake) -> Answer:
    region = _attribute(lake["serving.dim_cell_site"], "from_cell_sk", "region")

    def measured(events: list[Row]) -> Row:
        return {"events": len(events), "revenue": sum(event["amount"] for event in events)}

    events = [*lake["gold.fact_calls"], *lake["gold.fact_sms"]]
    return _by(events, measured, region=region, day=_day, currency=itemgetter("currency"))


def sms_latency_by_brand(lake: Lake) -> Answer:
    def measured(messages: list[Row]) -> Row:
        latencies = [message["latency_ms"] for message in messages]
        return {"messages": len(latencies)} | {f"p{percent}_latency_ms": _percentile(latencies, percent) for percent in (50, 95, 99)}

    timed = [message for message in lake["gold.fact_sms"] if message["latency_ms"] is not None]
    return _by(timed, measured, brand=_attribute(lake["serving.dim_device"], "from_device_sk", "brand"))


def support_waits_by_channel(lake: Lake) -> Answer:
    def measured(contacts: list[Row]) -> Row:
        waits, escalated = _present(contacts, "wait_time_seconds"), _present(contacts, "escalated")
        percentiles = {f"p{percent}_wait_seconds": _percentile(waits, percent) for percent in (50, 95)}
        escalations = {"escalated_contacts": sum(escalated), "escalated_percent": _percent(sum(escalated), len(escalated))}
        return {"contacts": len(contacts)} | percentiles | escalations

    return _by(lake["gold.fact_support"], measured, channel=itemgetter("channel"))


def unknown_members_in_calls_by_day(lake: Lake) -> Answer:
    named = {
        "caller": ("dim_user", "from_user_sk"),
        "cell_site": ("dim_cell_site", "from_cell_sk"),
        "device": ("dim_device", "from_device_sk"),
    }
    inferred = {name: _attribute(lake[f"serving.{view}"], key, "is_inferred") for name, (view, key) in named.items()}

    def measured(calls: list[Row]) -> Row:
        unknown = {name: sum(is_inferred(call) for call in calls) for name, is_inferred in inferred.items()}
        return {"calls": len(calls)} | {f"unknown_{name}_percent": _percent(count, len(calls)) for name, count in unknown.items()}

    return _by(_timed(lake["gold.fact_calls"]), measured, day=_day)


def usage_by_plan(lake: Lake) -> Answer:
    def measured(events: list[Row]) -> Row:
        calls = [event for event in events if event["call_type"] is not None]
        counts = {"calls": len(calls), "messages": len(events) - len(calls), "call_minutes": _minutes(calls)}
        return counts | {"revenue": sum(event["amount"] for event in events)}

    return _by(lake["serving.fact_events"], measured, plan=lambda event: event["plan_sender"] or "unknown", currency=itemgetter("currency"))


QUESTIONS: dict[str, Callable[[Lake], Answer]] = {
    question.__name__: question
    for question in (
        busiest_hour_by_region_and_day,
        call_routes_between_cities,
        dropped_calls_by_cell_site_and_hour,
        first_call_resolution_by_department,
        payment_failures_by_method_and_day,
        recharge_to_payment_ratio_by_month,
        recharges_by_payment_method,
        rejections_by_topic_and_reason,
        revenue_by_region_and_day,
        sms_latency_by_brand,
        support_waits_by_channel,
        unknown_members_in_calls_by_day,
        usage_by_plan,
    )
}
