"""What becomes of a record of the telecom streams: a small reading of its fields, judged by the rules of `udfs`."""

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from udfs.members import judge_agent, judge_cell_site, judge_device, judge_user
from udfs.telecom import judge_call, judge_payment, judge_recharge, judge_sms, judge_support

Fields = dict[str, Any]

MAX_BYTES = 1024 * 1024


def rejection(topic: str, value: bytes | None, sent_at: str) -> str | None:
    """The code that a record with this value is rejected with, None for an accepted one. `sent_at` is the Kafka timestamp."""
    try:
        document = _parse(value)
    except (ValueError, RecursionError):
        return "malformed_record"
    fields: Fields = {}
    if not all(_read(document, SCHEMAS[topic], "", fields)):
        return "wrong_type"
    judge, columns = JUDGES[topic]
    verdict = judge(None, *(fields[column] for column in columns), sent_at)
    return verdict and verdict.split(":")[0]


def _parse(value: bytes | None) -> Mapping[str, Any]:
    if not value or len(value) > MAX_BYTES:
        raise ValueError
    document = json.loads(value.decode(), object_pairs_hook=_once, parse_constant=_refused)
    if not isinstance(document, dict):
        raise ValueError
    return document


def _once(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError
    return dict(pairs)


def _refused(constant: str) -> None:
    raise ValueError(constant)


def _read(document: Mapping[str, Any], schema: Mapping[str, Any], prefix: str, fields: Fields) -> Iterator[bool]:
    """Fill `fields` by dotted path, None where there is nothing; yield whether each value fits."""
    for name, kind in schema.items():
        value = document.get(name)
        if isinstance(kind, dict):
            fits = value is None or isinstance(value, dict)
            yield fits
            yield from _read(value if fits and value else {}, kind, f"{prefix}{name}.", fields)
            continue
        try:
            fields[prefix + name] = None if value is None else kind(value)
        except (TypeError, InvalidOperation):
            yield False


def text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def anything(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError
    return Decimal(str(value))


def integer(value: object) -> int:
    whole = number(value)
    if whole != int(whole) or not -(2**31) <= whole < 2**31:
        raise TypeError
    return int(whole)


def money(value: object) -> Decimal:
    amount = number(value)
    if abs(amount) >= 10**14:
        raise TypeError
    return amount


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


_PARTY = {"phone_number": text, "cell_site": text, "imei": text}
_BILLING = {"amount": money, "currency": text}
_ANY_EVENT = {"event_type": text, "timestamp": anything}
_CUSTOMER = {"customer": {"phone_number": text}, "phone_number": text}

SCHEMAS: dict[str, dict[str, Any]] = {
    "calls": _ANY_EVENT
    | {"call_id": text, "from": _PARTY, "to": _PARTY, "status": text, "call_duration_seconds": integer, "call_type": text}
    | {"billing": _BILLING},
    "sms": _ANY_EVENT
    | {"sms_id": text, "from": _PARTY, "to": _PARTY, "status": text, "billing": _BILLING}
    | {"network": {"jitter_ms": integer, "latency_ms": integer, "signal_strength_dbm": integer}},
    "payment": _ANY_EVENT
    | _CUSTOMER
    | dict.fromkeys(("payment_id", "payment_type", "payment_method", "status", "transaction_id", "invoice_number"), text)
    | {"payment_amount": money, "billing": _BILLING, "seasonal_multiplier": money},
    "recharge": _ANY_EVENT
    | {"transaction_id": text, "customer": {"name": text}, "phone_number": text, "currency": text, "payment_method": text}
    | {"balance_before": money, "balance_after": money, "amount": money},
    "support": _ANY_EVENT
    | _CUSTOMER
    | {"support_id": text, "channel": text, "reason": text, "agent_id": text}
    | dict.fromkeys(("wait_time_seconds", "resolution_time_seconds", "satisfaction_score"), integer)
    | dict.fromkeys(("first_call_resolution", "escalated", "call_back_requested"), flag),
    "users": dict.fromkeys(
        ("user_id", "phone_number", "name", "first_name", "last_name", "email", "sex", "address", "city", "plan", "registered_on"), text
    )
    | {"updated_at": anything},
    "devices": dict.fromkeys(("tac", "manufacturer", "brand", "model", "os_version"), text) | {"updated_at": anything},
    "cell_sites": dict.fromkeys(("cell_id", "site_name", "city", "region"), text)
    | {"latitude": number, "longitude": number, "updated_at": anything},
    "agents": dict.fromkeys(("agent_id", "name", "department", "email"), text) | {"updated_at": anything},
}


_PARTIES = tuple(f"{end}.{field}" for field in ("phone_number", "cell_site", "imei") for end in ("from", "to"))
_CARRIED = ("network.latency_ms", "network.jitter_ms", "network.signal_strength_dbm")
_NUMBERS = ("customer.phone_number", "phone_number")

JUDGES: dict[str, tuple[Callable[..., str | None], tuple[str, ...]]] = {
    "calls": (
        judge_call,
        ("call_id", *_PARTIES, "status", "call_type", "billing.currency", "call_duration_seconds", "billing.amount", "timestamp"),
    ),
    "sms": (
        judge_sms,
        ("sms_id", *_PARTIES, "status", "billing.currency", "billing.amount", *_CARRIED, "timestamp"),
    ),
    "payment": (
        judge_payment,
        ("payment_id", *_NUMBERS, "status", "payment_method", "billing.currency", "payment_amount", "billing.amount", "timestamp"),
    ),
    "recharge": (
        judge_recharge,
        ("transaction_id", "phone_number", "payment_method", "currency", "balance_before", "balance_after", "amount", "timestamp"),
    ),
    "support": (
        judge_support,
        ("support_id", *_NUMBERS, "channel", "resolution_time_seconds", "wait_time_seconds", "satisfaction_score", "timestamp"),
    ),
    "users": (judge_user, ("phone_number", "registered_on", "updated_at")),
    "devices": (judge_device, ("tac", "updated_at")),
    "cell_sites": (judge_cell_site, ("cell_id", "updated_at")),
    "agents": (judge_agent, ("agent_id", "updated_at")),
}
"""The rules of each stream, and the fields that they take."""

CODES = {
    "calls": "missing_id invalid_phone_number same_caller_and_callee invalid_imei invalid_cell_site unknown_status unknown_call_type "
    "invalid_currency negative_duration negative_amount event_in_future",
    "sms": "missing_id invalid_phone_number same_caller_and_callee invalid_imei invalid_cell_site unknown_status invalid_currency "
    "negative_amount negative_latency negative_jitter signal_out_of_range event_in_future",
    "payment": "missing_id invalid_phone_number unknown_status unknown_payment_method invalid_currency negative_amount event_in_future",
    "recharge": "missing_id invalid_phone_number unknown_payment_method invalid_currency negative_amount balance_mismatch event_in_future",
    "support": "missing_id invalid_phone_number unknown_channel negative_duration negative_wait satisfaction_out_of_range event_in_future",
    "users": "missing_key invalid_phone_number invalid_date unreadable_updated_at event_in_future",
    "devices": "missing_key invalid_tac unreadable_updated_at event_in_future",
    "cell_sites": "missing_key invalid_cell_site unreadable_updated_at event_in_future",
    "agents": "missing_key unreadable_updated_at event_in_future",
}
"""The codes of each stream's own rules, beside malformed_record and wrong_type."""
