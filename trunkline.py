"""The stored tables in Python: `trunkline.connect()` is a DuckDB over them, for notebooks and programs."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from duckdb import DuckDBPyConnection

from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake
from flink_jobs.project import Project
from flink_jobs.times import past_time

if TYPE_CHECKING:
    from readers.masked import MaskedLake

__all__ = ["connect", "refresh"]

_lakes: WeakKeyDictionary[DuckDBPyConnection, "Lake | MaskedLake"] = WeakKeyDictionary()


def connect(
    as_of: datetime | str | None = None, *, masked: bool = False, environment: str = "local", project: Path | str | None = None
) -> DuckDBPyConnection:
    """A DuckDB in memory with every table and serving view by its three words, `catalog.database.table`, and the project's functions.

    All is of one moment, the newest or the newest not after `as_of` (such as "-5m" or "2026-01-31T12:00", UTC where it has no offset),
    and stays there until `refresh`. `environment` is a file of `catalog/`, `project` its folder (default: the one around the working
    directory). With `masked` it has `<domain>.masked.*` alone, in which nothing is personal. TrunklineError when nothing is kept as of
    then. Snapshots expire: local tables can be read for ten minutes.

        trunkline.connect().sql("FROM telecom.serving.usage_by_plan").pl()
    """
    lake = _lake(Project.find(Path(project) if project else None), environment, masked)
    connection = lake.connect(lake.moment(_time(as_of)).tables)
    _lakes[connection] = lake
    return connection


def refresh(connection: DuckDBPyConnection, as_of: datetime | str | None = None) -> datetime | None:
    """Moves a connection to the newest moment, or to the newest not after `as_of`; when that was (UTC), None for an empty lake.

    Only what changed is read. Results that were fetched before stay as they are.
    """
    if connection not in _lakes:
        raise TrunklineError("this connection is not one of trunkline.connect()", "give that one, not a cursor of it")
    moment = _lakes[connection].moment(_time(as_of))
    _lakes[connection].refresh(connection, moment.tables)
    return moment.at


def _lake(project: Project, environment: str, masked: bool) -> "Lake | MaskedLake":
    lake = Lake.of(project, environment)
    if not masked:
        return lake
    from readers.masked import MaskedLake

    return MaskedLake.of(lake, project, environment)


def _time(as_of: datetime | str | None) -> datetime | None:
    if isinstance(as_of, str):
        return past_time(as_of)
    return as_of.replace(tzinfo=UTC) if as_of and not as_of.tzinfo else as_of
