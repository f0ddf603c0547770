"""What the pages show: answers of one moment, and what runs. However many browsers look, each is asked for once."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from threading import RLock
from typing import Any, Generic, TypeVar

import duckdb
import pandas as pd

from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake
from flink_jobs.moments import Moment
from flink_jobs.monitor import Monitor, Status
from flink_jobs.snapshots import StoredTable

REFRESH_SECONDS = 5
STATUS_SECONDS = 10
LARGEST_SHARE = 0.2  # of one core

T = TypeVar("T")


class NotStoredError(TrunklineError):
    """What a query reads is not there yet."""


class Paced(Generic[T]):
    """The newest value of something that costs: taken anew after `every` seconds, or later where that would need too much of a core."""

    def __init__(self, take: Callable[[], T], every: float) -> None:
        self._take = take
        self._every = every
        self._lock = RLock()
        self._values: list[T] = []
        self._began = self._spent = 0.0
        self._is_first = True

    def get(self) -> T:
        """The value; what taking it raises."""
        with self._lock:
            if not self._values or time.monotonic() >= self._began + max(self._every, self._spent / LARGEST_SHARE):
                self._is_first = not self._values
                self._began, self._spent = time.monotonic(), 0.0
                with self.spending():
                    self._values = [self._take()]
            return self._values[0]

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Counts what this thread does meanwhile as the value's cost, but for the first, which loads libraries. One thread at a time."""
        with self._lock:
            began = time.thread_time()
            try:
                yield
            finally:
                self._spent += 0 if self._is_first else time.thread_time() - began


class Look:
    """Answers from the tables of a moment. They come from connections that all looks share: only the newest look may ask."""

    def __init__(self, lake: Lake, moment: Moment, connections: dict[str, duckdb.DuckDBPyConnection]) -> None:
        self.moment = moment
        self._lake = lake
        self._connections = connections
        self._moved: set[str] = set()
        self._answers: dict[tuple[Any, ...], pd.DataFrame] = {}

    def ask(self, query: str, **parameters: object) -> pd.DataFrame:
        """What `queries/<domain>/<name>.sql` answers from gold and serving; NotStoredError while something that it reads is not there."""
        domain = query.partition("/")[0]
        tables = [table for table in self.moment.tables if (table.catalog, table.database) == (domain, "gold")]
        return self._answer(domain, tables, _text(query), parameters)

    def ask_silver(self, sql: str, **parameters: object) -> pd.DataFrame:
        """What a statement answers from the silver tables of all domains."""
        return self._answer("silver", [table for table in self.moment.tables if table.database == "silver"], sql, parameters)

    def _answer(self, room: str, tables: list[StoredTable], sql: str, parameters: dict[str, object]) -> pd.DataFrame:
        """A frame with all times in UTC. A room has a connection of its own: one for all tables would have to follow all of them."""
        key = (sql, *sorted(parameters.items()))
        if key not in self._answers:
            connection = self._connections.setdefault(room, _open(self._lake))
            if room not in self._moved:
                self._lake.refresh(connection, tables)
                self._moved.add(room)
            self._answers[key] = _run(connection, sql, parameters)
        return self._answers[key]


class Source:
    """The project that the pages show, for all browsers."""

    def __init__(self, monitor: Monitor) -> None:
        self._lake = monitor.lake
        self._connections: dict[str, duckdb.DuckDBPyConnection] = {}
        self._look: Look | None = None
        self._looks = Paced(self._newest, REFRESH_SECONDS)
        self._running = Paced(monitor.running, STATUS_SECONDS)
        self._status = Paced(monitor.look, STATUS_SECONDS)

    @contextmanager
    def looking(self) -> Iterator[Look]:
        """The newest look, for one browser at a time; showing it is a part of its cost."""
        with self._looks.spending():
            yield self.newest()

    def newest(self) -> Look:
        """The same, but only to see whether there is a newer one."""
        return self._looks.get()

    def running(self) -> Status:
        """What runs, without tables and topics."""
        return self._running.get()

    def status(self) -> Status:
        """What runs, how fresh the tables are, and how far behind Kafka."""
        return self._status.get()

    def _newest(self) -> Look:
        """A look at the newest moment, or the one before where nothing has changed since."""
        moment = self._lake.moment()
        if self._look is None or not _shows_the_same(moment, self._look.moment):
            self._look = Look(self._lake, moment, self._connections)
        return self._look


def _shows_the_same(one: Moment, other: Moment) -> bool:
    if [table.name for table in one.tables] != [table.name for table in other.tables]:
        return False
    return all(table.shows_the_same_as(before) for table, before in zip(one.tables, other.tables, strict=True))


def _open(lake: Lake) -> duckdb.DuckDBPyConnection:
    connection = lake.open()
    connection.execute("SET threads = 1")  # the other cores are the stack's
    return connection


def _run(connection: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, object]) -> pd.DataFrame:
    try:
        frame = connection.execute(sql, parameters).df()
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise NotStoredError(str(error).partition("\n")[0]) from None
    times = frame.select_dtypes("datetime").columns  # days, and times without a zone
    return frame.assign(**{time: frame[time].dt.tz_localize("UTC") for time in times})


@cache
def _text(query: str) -> str:
    return files("dashboard").joinpath("queries", f"{query}.sql").read_text()
