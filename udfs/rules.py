"""Rules that one value of an event must pass, for the verdict on every stream (see `telecom.py`).

A rule returns None when the value passes, else `code: sentence`: the stable code that readers group by, and a sentence for a
person that names the field, its value and what is expected. Fields are named as in the event's JSON: `from.imei`.
"""

import json
import re
from collections.abc import Callable, Set
from datetime import datetime, timedelta
from decimal import Decimal

from udfs.currencies import ACTIVE_CURRENCIES
from udfs.times import event_time, iso_date, price_time

Verdict = str | None

CLOCK_TOLERANCE = timedelta(minutes=5)

_E164 = re.compile(r"\+[1-9][0-9]{1,14}")
_IMEI = re.compile(r"[0-9]{15}")
_CELL_SITE = re.compile(r"[A-Z]{3}-[0-9]{4}")
_TAC = re.compile(r"[0-9]{8}")
_TWICE = bytes.maketrans(b"0123456789", b"0246813579")
_LONGEST_SHOWN = 40


def missing_id(field: str, value: str | None) -> Verdict:
    """An event without an id can't be told from its repeats."""
    return missing("missing_id", field, value)


def missing(code: str, field: str, value: str | None) -> Verdict:
    """What readers look for by its name has one."""
    return None if value and value.strip() else rejection(code, field, value, "a text that is not blank")


def missing_key(field: str, value: str | None) -> Verdict:
    """A member is told from others by its natural key."""
    return missing("missing_key", field, value)


def invalid_phone_number(field: str, value: str | None) -> Verdict:
    """A number is in the international form of ITU-T E.164."""
    passes = value and _E164.fullmatch(value)
    return None if passes else rejection("invalid_phone_number", field, value, "+ and 2 to 15 digits, the first not 0 (E.164)")


def same_caller_and_callee(caller: str | None, callee: str | None) -> Verdict:
    """Nobody calls themselves."""
    return (
        None
        if caller != callee
        else rejection("same_caller_and_callee", "to.phone_number", callee, "another number than from.phone_number")
    )


def invalid_imei(field: str, value: str | None) -> Verdict:
    """An IMEI is 14 digits and a check digit (3GPP TS 23.003)."""
    passes = value and _IMEI.fullmatch(value) and has_right_check_digit(value)
    return None if passes else rejection("invalid_imei", field, value, "15 digits with a right check digit")


def invalid_tac(field: str, value: str | None) -> Verdict:
    """A type allocation code is the first 8 digits of an IMEI (3GPP TS 23.003)."""
    return None if value and _TAC.fullmatch(value) else rejection("invalid_tac", field, value, "8 digits")


def invalid_cell_site(field: str, value: str | None) -> Verdict:
    """A cell site has the form that `dim_cell_site` uses: its city's three letters and its number."""
    passes = value and _CELL_SITE.fullmatch(value)
    return None if passes else rejection("invalid_cell_site", field, value, "three capital letters, - and four digits, like CAI-0042")


def unknown(code: str, field: str, value: str | None, known: Set[str]) -> Verdict:
    """A status, type, method or channel is one that reports know."""
    return None if value in known else rejection(code, field, value, f"one of {', '.join(sorted(known))}")


def invalid_currency(field: str, value: str | None) -> Verdict:
    """An amount is worth something only in a currency of today."""
    return None if value in ACTIVE_CURRENCIES else rejection("invalid_currency", field, value, "an active ISO 4217 code")


def negative(code: str, field: str, value: int | Decimal | None) -> Verdict:
    """A duration, wait or amount is not below zero; one that is absent passes."""
    return None if value is None or value >= 0 else rejection(code, field, value, "0 or more")


def out_of_range(code: str, field: str, value: int | Decimal | None, low: int | Decimal, high: int | Decimal) -> Verdict:
    """A measurement or a score is on its scale, both ends included; one that is absent passes."""
    return None if value is None or low <= value <= high else rejection(code, field, value, f"from {low} to {high}")


def missing_price(field: str, value: Decimal | None) -> Verdict:
    """Each price of a stretch of time is there: the first, the highest, the lowest and the last."""
    return None if value is not None else rejection("missing_price", field, value, "a number above 0")


def price_not_positive(field: str, value: Decimal) -> Verdict:
    """Nothing is for nothing."""
    return None if value > 0 else rejection("price_not_positive", field, value, "above 0")


def high_below_low(high: Decimal, low: Decimal) -> Verdict:
    """Of a stretch of time, the highest price is not below the lowest."""
    return None if high >= low else rejection("high_below_low", "high", high, f"at least low, {low}")


def balance_mismatch(before: Decimal | None, after: Decimal | None, amount: Decimal | None) -> Verdict:
    """A recharge adds its amount to the balance, an absent one nothing. A balance that is absent passes."""
    if before is None or after is None:
        return None
    amount = amount or Decimal(0)
    expected = f"{before + amount}, which is balance_before {before} + amount {amount}"
    return None if after == before + amount else rejection("balance_mismatch", "balance_after", after, expected)


def invalid_date(field: str, text: str | None) -> Verdict:
    """A day is a real one, written in one way; one that is absent passes."""
    return None if text is None or iso_date(text) else rejection("invalid_date", field, text, "a day of the calendar as YYYY-MM-DD")


def unreadable(code: str, field: str, text: str | None, value: object, examples: str) -> Verdict:
    """Where a text is there, a value could be read from it."""
    return None if text is None or value is not None else rejection(code, field, text, examples)


def unreadable_time(code: str, field: str, text: str | None) -> Verdict:
    """Where no default can stand in for a time, it is there and readable."""
    return None if event_time(text) else rejection(code, field, text, "a time, like 2026-01-31 12:00:00 or 2026-01-31T12:00:00+02:00")


def unreadable_timestamp(field: str, text: str | None) -> Verdict:
    """The time of a price is written in one way."""
    return None if price_time(text) else rejection("unreadable_timestamp", field, text, "a time as DD-MM-YYYY HH:MM")


def event_in_future(
    field: str, text: str | None, kafka_timestamp: str | None, read: Callable[[str | None], datetime | None] = event_time
) -> Verdict:
    """An event happens before it is sent, but for clocks that differ by a few minutes. A time that `read` can't read passes."""
    happened, sent = read(text), event_time(kafka_timestamp)
    passes = happened is None or sent is None or happened - sent <= CLOCK_TOLERANCE
    return None if passes else rejection("event_in_future", field, text, f"at most 5 minutes after the Kafka timestamp, {sent} UTC")


def year_in_future(field: str, year: int | None, kafka_timestamp: str | None) -> Verdict:
    """What is out was published in the year in which it is sent, or before. A year that is absent passes."""
    sent = event_time(kafka_timestamp)
    passes = year is None or sent is None or year <= sent.year
    return None if passes else rejection("year_in_future", field, year, f"at most the year of the Kafka timestamp, {sent.year}")


def has_right_check_digit(digits: str) -> bool:
    """Whether the last of the ASCII `digits` is right by Luhn's formula (ISO/IEC 7812-1, annex B)."""
    numerals = digits.encode()
    # The digits of twice a digit, added up, are one digit again; 48 is the code of the numeral 0.
    return (sum(numerals[-1::-2] + numerals[-2::-2].translate(_TWICE)) - 48 * len(numerals)) % 10 == 0


def rejection(code: str, field: str, value: object, expected: str) -> str:
    """`code: field value should be expected`, on one line and of bounded length, whatever the value is."""
    found = "is missing, it" if value is None else shown(value)
    return f"{code}: {field} {found} should be {expected}"


def shown(value: object) -> str:
    """`value` for a person: text in double quotes, escaped so that look-alikes and invisible characters show, and cut at 40 characters."""
    if not isinstance(value, str):
        return str(value)
    return json.dumps(value) if len(value) <= _LONGEST_SHOWN else f"{json.dumps(value[:_LONGEST_SHOWN])}..."
