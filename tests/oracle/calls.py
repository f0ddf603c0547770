"""The rows that the tables of calls must hold for given Kafka records, worked out a second time.

Shares no code with the pipeline and reaches its answers by other means where there are any.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from hashlib import md5
from itertools import product

from tests.oracle.decoding import decode
from tests.oracle.topic import KafkaRecord

Coordinates = tuple[int, int]
Row = dict[str, object]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CLOCK_SKEW = timedelta(minutes=5)


class _AnySentence:
    """Equals every text that is not blank."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and bool(other.strip())

    def __hash__(self) -> int:
        return hash(_AnySentence)

    def __repr__(self) -> str:
        return "<any sentence>"


ANY_SENTENCE = _AnySentence()


@dataclass(frozen=True)
class Expected:
    """The rows of each table by (kafka_partition, kafka_offset); a row is column name -> Python value."""

    bronze: dict[Coordinates, Row] = field(default_factory=dict)
    silver: dict[Coordinates, Row] = field(default_factory=dict)
    fact_calls: dict[Coordinates, Row] = field(default_factory=dict)


def expected(records: Sequence[KafkaRecord]) -> Expected:
    """Work out the rows of bronze, silver and gold for `records`, in any order.

    Decimals have 4 digits after the point, timestamps are aware and in UTC.
    """
    tables = Expected()
    for record in records:
        coordinates = (record.partition, record.offset)
        tables.bronze[coordinates] = _bronze(record)
        tables.silver[coordinates] = silver = _silver(record)
        if not silver["is_rejected"]:
            tables.fact_calls[coordinates] = _fact(silver)
    return tables


def _kafka(record: KafkaRecord) -> Row:
    timestamp = EPOCH + timedelta(milliseconds=record.timestamp)
    return {
        "kafka_partition": record.partition,
        "kafka_offset": record.offset,
        "kafka_timestamp": timestamp,
        "kafka_date": timestamp.date(),
    }


def _bronze(record: KafkaRecord) -> Row:
    return {"kafka_key": record.key, "kafka_value": record.value, "kafka_topic": record.topic} | _kafka(record)


def _silver(record: KafkaRecord) -> Row:
    decoded = decode(record.value)
    fields = decoded.fields
    event_time = read_timestamp(fields["timestamp"])
    repaired = [name for name, value in (("timestamp", event_time), ("amount", fields["billing.amount"])) if value is None]
    row = {
        "call_id": fields["call_id"],
        "event_type": fields["event_type"],
        "from_phone_number": fields["from.phone_number"],
        "to_phone_number": fields["to.phone_number"],
        "from_cell_site": fields["from.cell_site"],
        "to_cell_site": fields["to.cell_site"],
        "from_imei": fields["from.imei"],
        "to_imei": fields["to.imei"],
        "status": fields["status"],
        "call_type": fields["call_type"],
        "currency": fields["billing.currency"],
        "call_duration_seconds": fields["call_duration_seconds"],
        "amount": Decimal("0.0000") if "amount" in repaired else fields["billing.amount"],
        "event_time": EPOCH if "timestamp" in repaired else event_time,
        "repaired_columns": ",".join(repaired) or None,
    } | _kafka(record)
    reason = decoded.error or next((code for code, passes in RULES if not passes(row)), None)
    return row | {
        "is_rejected": reason is not None,
        "rejection_reason": reason,
        "rejection_detail": None if reason is None else ANY_SENTENCE,
    }


def _fact(silver: Mapping[str, object]) -> Row:
    event_time, from_tac, to_tac = silver["event_time"], silver["from_imei"][:8], silver["to_imei"][:8]
    not_in_gold = {"event_time", "is_rejected", "rejection_reason", "rejection_detail", "repaired_columns"}
    return {column: value for column, value in silver.items() if column not in not_in_gold} | {
        "transaction_sk": surrogate_key("call", silver["call_id"]),
        "date_sk": surrogate_key("date", event_time.date().isoformat()),
        "time_sk": int(event_time.strftime("%H%M%S")),
        "from_user_sk": surrogate_key("user", silver["from_phone_number"]),
        "to_user_sk": surrogate_key("user", silver["to_phone_number"]),
        "from_cell_sk": surrogate_key("cell_site", silver["from_cell_site"]),
        "to_cell_sk": surrogate_key("cell_site", silver["to_cell_site"]),
        "from_device_sk": surrogate_key("device", from_tac),
        "to_device_sk": surrogate_key("device", to_tac),
        "from_tac": from_tac,
        "to_tac": to_tac,
        "timestamp": event_time,
    }


def surrogate_key(entity: str, part: str) -> str:
    """Give the MD5, in hex, of the netstrings of an entity's name and its natural key."""
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


def is_cell_site(text: str | None) -> bool:
    """Tell whether a text has the form of a cell site's id, such as `CAI-0042`."""
    if text is None or len(text) != 8 or text[3] != "-":
        return False
    city, number = text.split("-", 1)
    return city.isascii() and city.isalpha() and city.isupper() and _is_digits(number)


STATUSES = {"completed", "dropped", "failed", "busy", "no_answer"}
CALL_TYPES = {"voice", "volte", "vowifi", "video"}
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

# In order; a row has the code of the first rule that it does not pass.
RULES: tuple[tuple[str, Callable[[Row], bool]], ...] = (
    ("missing_id", lambda row: bool((row["call_id"] or "").strip())),
    ("invalid_phone_number", lambda row: is_phone_number(row["from_phone_number"]) and is_phone_number(row["to_phone_number"])),
    ("same_caller_and_callee", lambda row: row["from_phone_number"] != row["to_phone_number"]),
    ("invalid_imei", lambda row: is_imei(row["from_imei"]) and is_imei(row["to_imei"])),
    ("invalid_cell_site", lambda row: is_cell_site(row["from_cell_site"]) and is_cell_site(row["to_cell_site"])),
    ("unknown_status", lambda row: row["status"] in STATUSES),
    ("unknown_call_type", lambda row: row["call_type"] in CALL_TYPES),
    ("invalid_currency", lambda row: row["currency"] in CURRENCIES),
    ("negative_duration", lambda row: row["call_duration_seconds"] is None or row["call_duration_seconds"] >= 0),
    ("negative_amount", lambda row: row["amount"] >= 0),
    ("event_in_future", lambda row: row["event_time"] - row["kafka_timestamp"] <= CLOCK_SKEW),
)
