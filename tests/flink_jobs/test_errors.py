"""What is made of a Ctrl-C that another library has met."""

import pytest

from flink_jobs.errors import interrupts


def test_a_ctrl_c_that_duckdb_meets_is_one() -> None:
    with pytest.raises(KeyboardInterrupt), interrupts():
        raise RuntimeError("Query interrupted") from KeyboardInterrupt()


def test_another_error_stays_what_it_is() -> None:
    with pytest.raises(RuntimeError, match="generator"), interrupts():
        raise RuntimeError("generator raised StopIteration") from StopIteration()
