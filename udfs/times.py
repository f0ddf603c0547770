"""When an event happened: the texts that are read as a time, and what they mean in UTC."""

import re
from datetime import UTC, date, datetime
from functools import lru_cache

EPOCH = datetime(1970, 1, 1)

_ISO = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?[0-5]\d)?", re.ASCII)
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DAY_FIRST = re.compile(r"(?P<day>\d\d)-(?P<month>\d\d)-(?P<year>\d{4}) (?P<time>\d\d:\d\d:\d\d)", re.ASCII)
_PRICE_TIME = re.compile(r"(?P<day>\d\d)-(?P<month>\d\d)-(?P<year>\d{4}) (?P<time>\d\d:\d\d)", re.ASCII)
_LONGEST = len("YYYY-MM-DDTHH:MM:SS.nnnnnnnnn+HH:MM")


def event_time(text: str | None) -> datetime | None:
    """The moment that `text` names, in UTC and without tzinfo, to the microsecond; None when it is absent or unreadable.

    Read are `YYYY-MM-DD HH:MM:SS` (or with `T`), with an optional fraction of 1 to 9 digits (cut off after 6) and an optional
    offset (`Z`, `+HH:MM`, `+HHMM`, or with `-`; up to 23:59), and `DD-MM-YYYY HH:MM:SS`. A text without an offset is UTC.
    It must be a real date and time, and in the years 1 to 9999 when in UTC.
    """
    # The length is checked first, so that the cache never holds a text of a megabyte.
    return _read(text) if text is not None and len(text) <= _LONGEST else None


def event_date(text: str | None) -> date:
    """The UTC day of `event_time(text)`; the epoch's, 1970-01-01, when it is absent or unreadable."""
    return (event_time(text) or EPOCH).date()


def iso_date(text: str | None) -> date | None:
    """The day that `text` names as `YYYY-MM-DD`; None when it is absent, of another form, or no day of the calendar."""
    if text is None or not _ISO_DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def price_time(text: str | None) -> datetime | None:
    """The moment that `text` names as `DD-MM-YYYY HH:MM`, UTC, without tzinfo; None when it is absent, of another form, or no real time."""
    match = _PRICE_TIME.fullmatch(text) if text else None
    try:
        return datetime.fromisoformat("{year}-{month}-{day} {time}".format(**match.groupdict())) if match else None
    except ValueError:
        return None


def in_utc(moment: datetime) -> datetime:
    """`moment` in UTC and without tzinfo; one without tzinfo is UTC already."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


# Several functions read the time of one event, one after the other.
@lru_cache(maxsize=4096)
def _read(text: str) -> datetime | None:
    if _ISO.fullmatch(text):
        iso = text
    elif match := _DAY_FIRST.fullmatch(text):
        iso = "{year}-{month}-{day} {time}".format(**match.groupdict())
    else:
        return None
    try:
        return in_utc(datetime.fromisoformat(iso))
    except (ValueError, OverflowError):
        return None
