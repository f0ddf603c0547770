"""What is bad in the telecom streams: values made from good ones, and the flaws that several streams share.

Each flaw breaks one rule and none before it, so the record is rejected with that rule's code.
"""

import math
from collections.abc import Callable
from functools import wraps
from random import Random
from typing import Any

from feeds.records import ABSENT, MALFORMED, Event, Flaw, at, edit, tombstone

Change = Callable[[Any, Random], object]

_EASTERN = {ord(str(digit)): 0x660 + digit for digit in range(10)}


def or_absent(change: Change) -> Change:
    """What `change` makes, or nothing: for a value that must be there."""

    @wraps(change)
    def changed(value: object, random: Random) -> object:
        return random.choice((ABSENT, None, "")) if random.random() < 0.3 else change(value, random)

    return changed


def not_finite(value: float, random: Random) -> object:
    """NaN and Infinity, which Python writes and JSON does not know."""
    return random.choice((math.nan, math.inf, -math.inf))


def number_for_text(value: str, random: Random) -> object:
    """A phone number, id or status that lost its quotes."""
    return int("".join(filter(str.isascii, filter(str.isdecimal, value))) or 3)


def text_for_object(value: Event, random: Random) -> object:
    """A part flattened to its last value, or as a list."""
    return random.choice(([*value.values()][-1], [value]))


def not_integer(value: int, random: Random) -> object:
    """A number with a fraction, a unit or a colon, out of range, or of another type."""
    return random.choice((12.5, "12.5", "75s", "00:01:15", "", 2**31, -(2**31) - 1, True, [75]))


def not_decimal(value: float, random: Random) -> object:
    """An amount with a decimal comma or a currency, too long for DECIMAL(18, 4), or of another type."""
    return random.choice(("1,50", "1.50 EGP", "", 10**14, 1e300, False, {"value": 1.5}))


def not_degrees(value: float, random: Random) -> object:
    """A coordinate in minutes and seconds, with a comma, or of another type."""
    return random.choice(("30°02'40\"N", "30,0444", "", True, [30.0444]))


def not_flag(value: bool, random: Random) -> object:
    """A yes or no that is not true or false."""
    return random.choice(("yes", "true", "", 0, 1, [True]))


def blank(value: str, random: Random) -> object:
    """An absent or blank id."""
    return random.choice((ABSENT, None, "", "  "))


def bad_phone_number(number: str, random: Random) -> object:
    """A number that is national, with blanks, too long, or in other digits than ASCII."""
    national = (number[1:], "0" + number[3:], "00" + number[1:], "+0" + number[1:])
    return random.choice((*national, number + "0000", f"{number[:5]} {number[5:]}", number.translate(_EASTERN), "+", "anonymous"))


def wrong_check_digit(imei: str, random: Random) -> object:
    """An IMEI with one digit mistyped."""
    place = random.randrange(15)
    return imei[:place] + str((int(imei[place]) + random.randint(1, 9)) % 10) + imei[place + 1 :]


def bad_imei(imei: str, random: Random) -> object:
    """An IMEI without its check digit, with a software version, or written with dashes."""
    return random.choice((imei[:14], imei + "01", f"{imei[:2]}-{imei[2:8]}-{imei[8:14]}-{imei[14]}"))


def bad_cell_site(cell_id: str, random: Random) -> object:
    """A cell site in small letters, or with the wrong number of letters or digits."""
    city, number = cell_id.split("-")
    cities, numbers = (city.lower(), city[:2], "É" + city[1:]), (number[1:], number + "0")
    return random.choice((city + number, *(f"{form}-{number}" for form in cities), *(f"{city}-{form}" for form in numbers)))


def bad_tac(tac: str, random: Random) -> object:
    """A type allocation code of 7 digits, of 9, with a dash or a letter, or in other digits than ASCII."""
    return random.choice((tac[:7], tac + "0", f"{tac[:2]}-{tac[2:]}", tac[:7] + "O", tac.translate(_EASTERN)))


def bad_word(word: str, random: Random) -> object:
    """A status, type, channel or method of no known kind."""
    return random.choice((word.upper(), f"{word} ", f"{word}?", "other", "n/a"))


def bad_currency(currency: str, random: Random) -> object:
    """A currency that is a sign, in small letters, or withdrawn."""
    return random.choice((currency.lower(), "L.E.", "DEM", "ZZZ"))


def no_billing(billing: Event, random: Random) -> object:
    """No bill at all, so no currency."""
    return random.choice((ABSENT, None, {}))


def below_zero(number: int, random: Random) -> object:
    """A count, or a span of time, that runs backwards."""
    return random.choice((-1, -random.randint(2, 3600), f"-{random.randint(1, 3600)}"))


def below_zero_amount(amount: float, random: Random) -> object:
    """A bill that pays the customer."""
    return random.choice((-0.01, -random.randint(1, 500), f"-{random.randint(1, 500)}.25"))


def no_date(text: str, random: Random) -> object:
    """A day that does not exist, or in another form."""
    return random.choice(("", "2023-02-29", "2024-13-01", "31-12-2023", "31/12/2023", "20231231", "2023-1-5", f"{text} 00:00:00"))


def no_time(text: str, random: Random) -> object:
    """A moment that is absent or that nobody can read."""
    return random.choice((ABSENT, None, "", "N/A", "0000-00-00 00:00:00", "31/12/2024 23:59", 1735689600))


def clock_ahead(text: str, random: Random) -> object:
    """A moment of a sender whose clock is years ahead."""
    day = f"{random.randint(2090, 2999)}-01-31"
    return random.choice((f"{day} 12:00:00", f"{day}T12:00:00.5+02:00", f"31-01-{day[:4]} 12:00:00"))


@edit
def with_itself(event: Event, random: Random) -> None:
    """Both parties have one number."""
    event["to"]["phone_number"] = event["from"]["phone_number"]


EVENT = (
    *MALFORMED,
    Flaw("malformed_record", tombstone),
    Flaw("event_in_future", at("timestamp", change=clock_ahead)),
)
"""The flaws of any event."""

PARTIES = (
    Flaw("wrong_type", at("from", "to", change=text_for_object)),
    Flaw("wrong_type", at("from.phone_number", "from.imei", "to.phone_number", "to.imei", change=number_for_text)),
    Flaw("invalid_phone_number", at("from.phone_number", "to.phone_number", change=or_absent(bad_phone_number))),
    Flaw("same_caller_and_callee", with_itself),
    Flaw("invalid_imei", at("from.imei", "to.imei", change=wrong_check_digit)),
    Flaw("invalid_imei", at("from.imei", "to.imei", change=or_absent(bad_imei))),
    Flaw("invalid_cell_site", at("from.cell_site", "to.cell_site", change=or_absent(bad_cell_site))),
)
"""The flaws of what one subscriber sends another."""

CUSTOMER = (
    Flaw("wrong_type", at("customer", change=text_for_object)),
    Flaw("wrong_type", at("customer.phone_number", "phone_number", change=number_for_text)),
    Flaw("invalid_phone_number", at("customer.phone_number", "phone_number", change=or_absent(bad_phone_number))),
)
"""The flaws of what names its customer by number."""

BILLING = (
    Flaw("malformed_record", at("billing.amount", change=not_finite)),
    Flaw("wrong_type", at("billing", change=text_for_object)),
    Flaw("wrong_type", at("billing.amount", change=not_decimal)),
    Flaw("invalid_currency", at("billing.currency", change=or_absent(bad_currency))),
    Flaw("invalid_currency", at("billing", change=no_billing)),
    Flaw("negative_amount", at("billing.amount", change=below_zero_amount)),
)
"""The flaws of a bill."""
