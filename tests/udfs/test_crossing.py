from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from udfs.crossing import exact_timestamp, null_when_refused, verdict_when_raised


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
