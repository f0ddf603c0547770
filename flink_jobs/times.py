"""Times as people type and read them."""

import re
from datetime import UTC, datetime, timedelta

from flink_jobs.errors import TrunklineError

TIME = "%Y-%m-%d %H:%M:%S UTC"  # how they are shown
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
AGO = re.compile(rf"-(\d{{1,9}})([{''.join(UNITS)}])")


def past_time(text: str) -> datetime:
    """`now`, so long ago (`-90s`, `-5m`, `-2h`, `-1d`), or a time in ISO 8601, in UTC where it has no offset.

    TrunklineError for anything else, and for a time to come.
    """
    now = datetime.now(UTC)
    if text == "now":
        return now
    try:
        if ago := AGO.fullmatch(text):
            return now - timedelta(**{UNITS[ago[2]]: int(ago[1])})
        time = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise TrunklineError(f"{text!r} is no time", "write now, -5m (or s, h, d), or 2026-01-31T23:59:59") from None
    time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    if time > now:
        raise TrunklineError(f"{text} is in the future", "write now for the newest moment")
    return time
