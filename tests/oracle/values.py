"""What single values mean: times, days, keys, and the forms that ids and codes must have."""

from datetime import UTC, date, datetime, time, timedelta
from hashlib import md5
from itertools import product

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def surrogate_key(entity: str, part: str | None) -> str | None:
    """Give the MD5, in hex, of the netstrings of an entity's name and its natural key; None where there is no natural key."""
    if part is None:
        return None
    netstrings = (b"%d:%s," % (len(text), text) for text in (entity.encode(), part.encode()))
    return md5(b"".join(netstrings), usedforsecurity=False).hexdigest()


_DIGITS_TO_9 = str.maketrans("012345678", "999999999")
_SHAPES = {
    "".join(pieces)
    for pieces in product(
        ("9999-99-99",),
        (" ", "T"),
        ("99:99:99",),
        ("", *("." + "9" * digits for digits in range(1, 10))),
        ("", "Z", "+99:99", "-99:99", "+9999", "-9999"),
    )
}
_DAY_FIRST = "99-99-9999 99:99:99"


def read_timestamp(text: str | None) -> datetime | None:
    """Read the text of a timestamp as UTC, cut to microseconds; None when it is absent or unreadable."""
    shape = (text or "").translate(_DIGITS_TO_9)
    try:
        if shape == _DAY_FIRST:
            return datetime.strptime(text, "%d-%m-%Y %H:%M:%S").replace(tzinfo=UTC)
        if shape in _SHAPES:
            fraction, offset = _split_tail(text[19:])
            moment = datetime.fromisoformat(text[:19]).replace(microsecond=int(fraction[:6].ljust(6, "0")), tzinfo=UTC)
            return moment - _offset(offset)
    except (ValueError, OverflowError):  # no such day or time; outside the years 1 to 9999
        pass
    return None


def _split_tail(tail: str) -> tuple[str, str]:
    """Split what follows the seconds into the digits of the fraction and the offset, either of which may be empty."""
    digits = tail[1:] if tail.startswith(".") else ""
    offset = digits.lstrip("0123456789") if digits else tail
    return digits.removesuffix(offset), offset


def _offset(text: str) -> timedelta:
    if text in ("", "Z"):
        return timedelta()
    hours_and_minutes = time.fromisoformat(text[1:])
    distance = timedelta(hours=hours_and_minutes.hour, minutes=hours_and_minutes.minute)
    return -distance if text.startswith("-") else distance


def read_date(text: str | None) -> date | None:
    """Read a day written `YYYY-MM-DD`; None when it is absent or unreadable."""
    if (text or "").translate(_DIGITS_TO_9) != "9999-99-99":
        return None
    try:
        return date(*map(int, text.split("-")))
    except ValueError:  # no such day
        return None


def is_not_blank(text: str | None) -> bool:
    """Tell whether a text is there and holds more than blanks."""
    return bool((text or "").strip())


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def is_phone_number(text: str | None) -> bool:
    """Tell whether a text is an E.164 number."""
    return text is not None and text[:1] == "+" and 2 <= len(text[1:]) <= 15 and _is_digits(text[1:]) and text[1] != "0"


_LUHN_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def is_imei(text: str | None) -> bool:
    """Tell whether a text is an IMEI: 15 digits of which the last is the Luhn check digit."""
    if text is None or len(text) != 15 or not _is_digits(text):
        return False
    digits = [int(char) for char in text]
    return (sum(digits[0::2]) + sum(_LUHN_DOUBLED[digit] for digit in digits[1::2])) % 10 == 0


def is_tac(text: str | None) -> bool:
    """Tell whether a text is a device type's code: 8 digits."""
    return text is not None and len(text) == 8 and _is_digits(text)


def is_cell_site(text: str | None) -> bool:
    """Tell whether a text has the form of a cell site's id, such as `CAI-0042`."""
    if text is None or len(text) != 8 or text[3] != "-":
        return False
    city, number = text.split("-", 1)
    return city.isascii() and city.isalpha() and city.isupper() and _is_digits(number)


def is_not_negative(number: object) -> bool:
    """Tell whether a number is absent or 0 or more."""
    return number is None or number >= 0


# ISO 4217 list one of 2026, after amendment 180.
_CURRENCIES = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CLF "
    "CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF "
    "IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT "
    "MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD "
    "SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS "
    "VED VES VND VUV WST XAD XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF XPD XPF XPT XSU XTS XUA XXX YER ZAR ZMW ZWG"
)
CURRENCIES = set(_CURRENCIES.split())


def is_currency(text: str | None) -> bool:
    """Tell whether a text is the code of a currency of today."""
    return text in CURRENCIES
