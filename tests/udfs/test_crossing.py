import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import cloudpickle
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from udfs import crossing, keys
from udfs.crossing import exact_timestamp, null_when_refused, remembered, verdict_when_raised


def test_a_function_that_raises_gives_a_verdict() -> None:
    def judge_call(duration: int) -> str | None:
        return None if 60 // duration else "short: a sentence"

    guarded = verdict_when_raised(judge_call)
    assert guarded(60) is None
    assert guarded(61) == "short: a sentence"
    assert guarded(0) == "function_failed: judge_call raised ZeroDivisionError: integer division or modulo by zero"
    assert guarded("7").startswith("function_failed: judge_call raised TypeError: unsupported operand")


def test_the_end_of_the_process_is_no_verdict() -> None:
    def judge_call() -> str | None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verdict_when_raised(judge_call)()


def test_a_refused_type_gives_null_and_no_other_error_does() -> None:
    assert null_when_refused(len)("abc") == 3
    assert null_when_refused(len)(1.0) is None
    with pytest.raises(ValueError, match="invalid literal"):
        null_when_refused(int)("x")


def test_what_is_short_is_computed_once() -> None:
    asked = []
    key = remembered(lambda *args: asked.append(args) or f"{args}")
    once = [("user", "+201012345678"), ("date", date(2026, 1, 1)), ("x" * 32, "y" * 32)]
    others = [("user", 1), ("user", None), ("users", ["a"]), ("at", datetime(2026, 1, 1))]
    each_time = [("call", "1cd8f270-d853-483b-ba58-423bd6285e06"), *others]
    for args in [*once, *each_time] * 3:
        assert key(*args) == f"{args}"
    assert sorted(map(str, asked)) == sorted(map(str, [*once, *each_time * 3]))


def test_the_least_recent_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(crossing, "_REMEMBERED", 3)
    key = remembered(lambda text: asked.append(text) or text)
    for text in ("a", "b", "c", "d", "a", "e", "b", "f", "a", "c"):
        assert key(text) == text
    assert asked == ["a", "b", "c", "d", "e", "f", "c"]


EQUAL_IN_PYTHON = [1, True, 1.0, Decimal(1), Decimal("1.0")]
PARTS = st.sampled_from([*EQUAL_IN_PYTHON, "1", "true", "", "é" * 40, None, ("1",), ["1"], date(2026, 1, 1), datetime(2026, 1, 1)])


@given(st.lists(st.lists(PARTS, min_size=1, max_size=3), max_size=30))
def test_a_remembered_key_is_the_key(natural_keys: list[list]) -> None:
    """Also after another one that is equal to it in Python."""
    key = null_when_refused(keys.surrogate_key)
    assert [keys.surrogate_key_or_null(*parts) for parts in natural_keys] == [key(*parts) for parts in natural_keys]


def test_a_worker_gives_back_what_it_has_twenty_times_a_second() -> None:
    """By names within PyFlink, which may be others in its next version."""
    program = (
        "import pyflink.fn_execution.utils.operation_utils as of_flink, udfs.crossing; print(of_flink.PeriodicThread(1, print)._interval)"
    )
    asked = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert asked.stdout == "0.05\n"


def test_all_calls_of_a_worker_share_one_memory_of_keys() -> None:
    """For Flink and Spark send a function by its name where it can be imported by it; else each call in SQL would have its own."""
    assert cloudpickle.loads(cloudpickle.dumps(keys.surrogate_key_or_null)) is keys.surrogate_key_or_null


@given(st.datetimes())
@example(datetime(1969, 12, 31, 23, 59, 59, 500000))
@example(datetime(9999, 12, 31, 23, 59, 59, 999999))
@example(datetime(1, 1, 1, 0, 0, 0, 1))
def test_flink_gets_the_moment_back_from_whole_seconds_and_microseconds(moment: datetime) -> None:
    crossed = exact_timestamp(lambda: moment)()
    seconds = int(crossed.replace(tzinfo=UTC).timestamp())  # as PyFlink's TimestampCoderImpl does
    assert crossed == moment
    assert datetime(1970, 1, 1) + timedelta(seconds=seconds, microseconds=crossed.microsecond) == moment


def test_an_absent_moment_stays_absent() -> None:
    assert exact_timestamp(lambda: None)() is None
