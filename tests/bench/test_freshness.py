"""The measurement itself, on a table that a thread appends to."""

import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from bench.freshness import measure, summary
from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake
from tests.flink_jobs.lakes import SILVER, append, make_project, make_table


def test_each_row_in_the_window_counts_once(tmp_path: Path) -> None:
    project = make_project(tmp_path, "shop")
    table = make_table(Lake.of(project), "shop.silver.orders", SILVER)
    begin = time.time() + 1
    end = begin + 2
    append(table, 50, at=datetime.fromtimestamp(begin - 60, UTC))
    counted: list[np.ndarray] = []
    measuring = threading.Thread(
        target=lambda: counted.append(measure(Lake.of(project), "shop.silver.orders", begin, end, threading.Event()))
    )
    measuring.start()
    in_window, start = 0, 50
    while measuring.is_alive():
        now = time.time()
        append(table, 20, start=start, at=datetime.fromtimestamp(now, UTC))
        written = now + np.arange(start, start + 20) / 1000  # append() spaces its rows by a millisecond
        in_window += int(((written >= begin) & (written < end)).sum())
        start += 20
    assert in_window
    assert len(counted[0]) == in_window


def test_summary() -> None:
    assert summary(np.arange(101) / 100, seconds=10) == {"rows": 101, "p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0, "rate": 10.1}


def test_nothing_seen_is_an_error() -> None:
    with pytest.raises(TrunklineError, match="no row became visible"):
        summary(np.empty(0), seconds=10)
