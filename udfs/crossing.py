"""What a Python function needs to cross into Flink and back: there, an exception stops the job, restarts it, and stops it again."""

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from typing import TypeVar, TypeVarTuple

Ts = TypeVarTuple("Ts")  # SQL has no arguments by name
T = TypeVar("T")

# A worker gives back what it has each second; Flink, which would go on with it, waits meanwhile. No option says how often.
if worker := sys.modules.get("pyflink.fn_execution.utils.operation_utils"):
    worker.PeriodicThread._interval = property(lambda thread: 0.05, lambda thread, seconds: None)


def verdict_when_raised(judge: Callable[[*Ts], str | None]) -> Callable[[*Ts], str | None]:
    """`judge`, but a row on which it raises is rejected as `function_failed`, with the error as the reason."""

    @wraps(judge)
    def crossing(*args: *Ts) -> str | None:
        try:
            return judge(*args)
        except Exception as error:
            return f"function_failed: {judge.__name__} raised {type(error).__name__}: {error}"

    return crossing


def null_when_refused(function: Callable[[*Ts], T | None]) -> Callable[[*Ts], T | None]:
    """`function`, but NULL where it refuses an argument's type: a test of the view finds that, not a job that restarts for ever."""

    @wraps(function)
    def crossing(*args: *Ts) -> T | None:
        try:
            return function(*args)
        except TypeError:
            return None

    return crossing


def remembered(function: Callable[[*Ts], T | None]) -> Callable[[*Ts], T | None]:
    """`function`, but what it gave of late for short texts and days is not computed again.

    Members and days come again and again; the id of an event, which is longer, comes once.
    """
    recent, before = {}, {}  # arguments -> result; each is `before` once it is full, so the least recent are forgotten by the thousand

    @wraps(function)
    def crossing(*args: *Ts) -> T | None:
        nonlocal recent, before
        try:
            found = recent.get(args)
        except TypeError:  # a list or a dict
            return function(*args)
        if found is not None:
            return found
        found = before.get(args) or function(*args)
        if found is not None and _come_again(args):
            if len(recent) >= _REMEMBERED:
                recent, before = {}, recent
            recent[args] = found
        return found

    return crossing


def exact_timestamp(function: Callable[[*Ts], datetime | None]) -> Callable[[*Ts], datetime | None]:
    """`function` of a naive datetime in UTC, so that PyFlink stores it to the microsecond in every year, see `ExactTimestamp`."""

    @wraps(function)
    def crossing(*args: *Ts) -> datetime | None:
        moment = function(*args)
        return moment if moment is None or _EXACT_FROM <= moment < _EXACT_UNTIL else ExactTimestamp.combine(moment.date(), moment.time())

    return crossing


def _come_again(args: tuple[object, ...]) -> bool:
    """Whether all are short texts and days. Of these types, what is equal is of one type; of others not: TRUE is equal to 1."""
    for arg in args:  # noqa: SIM110 - all() takes twice as long
        if not (len(arg) <= _LONGEST_REMEMBERED if type(arg) is str else type(arg) is date):
            return False
    return True


class ExactTimestamp(datetime):
    """A datetime whose `timestamp()` is whole seconds, rounded down.

    PyFlink (2.1, `TimestampCoderImpl`) adds the microseconds to `int(value.timestamp())`. Of a float, that is a second too late
    before 1970, where it rounds up, and from about the year 2500 on, where a float has no room for microseconds.
    """

    def timestamp(self) -> int:
        """Seconds since the epoch, without the fraction."""
        return (self - _EPOCH) // _SECOND


_LONGEST_REMEMBERED = 32  # characters of an argument
_REMEMBERED = 1 << 15  # twice as many keys of members take 18 MiB
_EXACT_FROM, _EXACT_UNTIL = datetime(1970, 1, 1), datetime(2500, 1, 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
