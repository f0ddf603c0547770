"""What becomes of a record of the telecom streams: a second, small reading of the fields and rules that the feed breaks on purpose."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from udfs.rules import (
    event_in_future,
    invalid_cell_site,
    invalid_currency,
    invalid_imei,
    invalid_phone_number,
    missing_id,
    negative,
    same_caller_and_callee,
    unknown,
)
from udfs.telecom import judge_call
from udfs.times import event_time

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
    verdict = JUDGES[topic](fields, sent_at)
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


def _call(call: Fields, sent_at: str) -> str | None:
    columns = ("call_id", *(f"{end}.{field}" for field in ("phone_number", "cell_site", "imei") for end in ("from", "to")))
    columns += ("status", "call_type", "billing.currency", "call_duration_seconds", "billing.amount", "timestamp")
    return judge_call(None, *(call[column] for column in columns), sent_at)


def _sms(sms: Fields, sent_at: str) -> str | None:
    ends = [(end, {field: sms[f"{end}.{field}"] for field in _PARTY}) for end in ("from", "to")]
    signal = sms["network.signal_strength_dbm"]
    return (
        missing_id("sms_id", sms["sms_id"])
        or _first(invalid_phone_number(end, party["phone_number"]) for end, party in ends)
        or same_caller_and_callee(*(party["phone_number"] for _, party in ends))
        or _first(invalid_imei(end, party["imei"]) for end, party in ends)
        or _first(invalid_cell_site(end, party["cell_site"]) for end, party in ends)
        or unknown("unknown_status", "status", sms["status"], {"sent", "delivered", "failed", "expired"})
        or invalid_currency("billing.currency", sms["billing.currency"])
        or negative("negative_amount", "billing.amount", sms["billing.amount"])
        or negative("negative_latency", "network.latency_ms", sms["network.latency_ms"])
        or negative("negative_jitter", "network.jitter_ms", sms["network.jitter_ms"])
        or (None if signal is None or -140 <= signal <= -30 else "signal_out_of_range")
        or event_in_future("timestamp", sms["timestamp"], sent_at)
    )


METHODS = {"card", "cash", "bank_transfer", "wallet", "voucher"}


def _payment(payment: Fields, sent_at: str) -> str | None:
    return (
        missing_id("payment_id", payment["payment_id"])
        or _first(invalid_phone_number(field, payment[field]) for field in ("customer.phone_number", "phone_number"))
        or unknown("unknown_status", "status", payment["status"], {"completed", "pending", "failed", "refunded"})
        or unknown("unknown_payment_method", "payment_method", payment["payment_method"], METHODS)
        or invalid_currency("billing.currency", payment["billing.currency"])
        or negative("negative_amount", "payment_amount", payment["payment_amount"])
        or negative("negative_amount", "billing.amount", payment["billing.amount"])
        or event_in_future("timestamp", payment["timestamp"], sent_at)
    )


def _recharge(recharge: Fields, sent_at: str) -> str | None:
    before, after = recharge["balance_before"], recharge["balance_after"]
    adds_up = None in (before, after) or after == before + (recharge["amount"] or 0)
    return (
        missing_id("transaction_id", recharge["transaction_id"])
        or invalid_phone_number("phone_number", recharge["phone_number"])
        or unknown("unknown_payment_method", "payment_method", recharge["payment_method"], METHODS)
        or invalid_currency("currency", recharge["currency"])
        or negative("negative_amount", "amount", recharge["amount"])
        or (None if adds_up else "balance_mismatch")
        or event_in_future("timestamp", recharge["timestamp"], sent_at)
    )


def _support(ticket: Fields, sent_at: str) -> str | None:
    score = ticket["satisfaction_score"]
    return (
        missing_id("support_id", ticket["support_id"])
        or _first(invalid_phone_number(field, ticket[field]) for field in ("customer.phone_number", "phone_number"))
        or unknown("unknown_channel", "channel", ticket["channel"], {"phone", "chat", "email", "app", "store", "social"})
        or negative("negative_duration", "resolution_time_seconds", ticket["resolution_time_seconds"])
        or negative("negative_wait", "wait_time_seconds", ticket["wait_time_seconds"])
        or (None if score is None or 1 <= score <= 5 else "satisfaction_out_of_range")
        or event_in_future("timestamp", ticket["timestamp"], sent_at)
    )


def _member(key: str, wrong_form: Callable[[str], str | None]) -> Callable[[Fields, str], str | None]:
    def judge(member: Fields, sent_at: str) -> str | None:
        if not (member[key] or "").strip():
            return "missing_key"
        return (
            wrong_form(member[key])
            or (None if _is_date(member.get("registered_on")) else "invalid_date")
            or (None if event_time(member["updated_at"]) else "unreadable_updated_at")
            or event_in_future("updated_at", member["updated_at"], sent_at)
        )

    return judge


def _is_date(day: str | None) -> bool:
    if day is None:
        return True
    try:
        return bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day) and date.fromisoformat(day))
    except ValueError:
        return False


def _first(verdicts: Iterator[str | None]) -> str | None:
    return next(filter(None, verdicts), None)


JUDGES: dict[str, Callable[[Fields, str], str | None]] = {
    "calls": _call,
    "sms": _sms,
    "payment": _payment,
    "recharge": _recharge,
    "support": _support,
    "users": _member("phone_number", lambda number: invalid_phone_number("phone_number", number)),
    "devices": _member("tac", lambda tac: None if re.fullmatch("[0-9]{8}", tac) else "invalid_tac"),
    "cell_sites": _member("cell_id", lambda cell_id: invalid_cell_site("cell_id", cell_id)),
    "agents": _member("agent_id", lambda agent_id: None),
}

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
