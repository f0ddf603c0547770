"""What the pages show: answers of one moment, and what runs. However many browsers look, each is asked for once."""

import time
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from threading import RLock
from typing import Any

import duckdb
import pandas as pd

from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake, StoredTable
from flink_jobs.monitor import Monitor, Status

REFRESH_SECONDS = 5
STATUS_SECONDS = 10
LARGEST_SHARE = 0.1  # of one core


class NotStoredError(TrunklineError):
    """What a query reads is not there yet."""


class Pace:
    """When something that costs may be done again: after some seconds, or later, so that it costs LARGEST_SHARE of the time at most."""

    def __init__(self, every: float) -> None:
        self._every = every
        self._began = self._spent = float("-inf")

    @property
    def is_due(self) -> bool:
        """Whether it is time."""
        return time.monotonic() >= self._began + max(self._every, self._spent / LARGEST_SHARE)

    def begin(self) -> None:
        """The next round begins: nothing is spent on it yet."""
        self._began, self._spent = time.monotonic(), 0.0

    def spend(self, seconds: float) -> None:
        """The round has cost so much more."""
        self._spent += seconds


class Look:
    """Answers from tables as they were at one moment, `at` (UTC; None while nothing is stored)."""

    def __init__(self, lake: Lake, tables: Sequence[StoredTable], pace: Pace) -> None:
        self.tables = tables
        self.at = max((table.committed_at for table in tables if table.committed_at), default=None)
        self._connection = lake.connect(tables)
        self._connection.execute("SET threads = 1")  # the other cores are the stack's
        self._pace = pace
        self._answers: dict[tuple[Any, ...], pd.DataFrame] = {}
        self._lock = RLock()

    def ask(self, query: str, **parameters: object) -> pd.DataFrame:
        """What `queries/<query>.sql` answers; NotStoredError while something that it reads is not there."""
        return self.answer(_text(query), **parameters)

    def answer(self, sql: str, **parameters: object) -> pd.DataFrame:
        """What a statement answers, with times in UTC; the same one with the same parameters is run once."""
        key = (sql, *sorted(parameters.items()))
        with self._lock:
            if key not in self._answers:
                began = time.perf_counter()
                self._answers[key] = self._run(sql, parameters)
                self._pace.spend(time.perf_counter() - began)
            return self._answers[key]

    def _run(self, sql: str, parameters: dict[str, object]) -> pd.DataFrame:
        try:
            frame = self._connection.execute(sql, parameters).df()
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise NotStoredError(str(error).partition("\n")[0]) from None
        times = frame.select_dtypes("datetime").columns  # days and times without a zone, all of UTC
        return frame.assign(**{time: frame[time].dt.tz_localize("UTC") for time in times})


class Source:
    """The project that the pages show, for all browsers."""

    def __init__(self, monitor: Monitor) -> None:
        self.monitor = monitor
        self._lock = RLock()
        self._look: Look | None = None
        self._look_pace = Pace(REFRESH_SECONDS)
        self._status_lock = RLock()
        self._status: Status | None = None
        self._status_pace = Pace(STATUS_SECONDS)

    def look(self) -> Look:
        """The newest moment, or the one before where nothing was committed since."""
        with self._lock:
            if self._look is None or self._look_pace.is_due:
                self._look_pace.begin()
                began = time.perf_counter()
                tables = self.monitor.lake.tables()
                if self._look is None or _versions(tables) != _versions(self._look.tables):
                    self._look = Look(self.monitor.lake, tables, self._look_pace)
                self._look_pace.spend(time.perf_counter() - began)
            return self._look

    def status(self) -> Status:
        """What runs, and how far behind Kafka it is."""
        with self._status_lock:
            if self._status is None or self._status_pace.is_due:
                self._status_pace.begin()
                began = time.perf_counter()
                self._status = self.monitor.look()
                self._status_pace.spend(time.perf_counter() - began)
            return self._status

    def forget(self) -> None:
        """Makes the next look a new one: files of this one have expired."""
        with self._lock:
            self._look = None


def _versions(tables: Sequence[StoredTable]) -> list[str]:
    return [table.metadata_location for table in tables]


@cache
def _text(query: str) -> str:
    return files("dashboard").joinpath("queries", f"{query}.sql").read_text()
