"""Moments of the lake: of each job's tables the snapshots that belong together, so that no record is seen in one and missed in another."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

from flink_jobs.snapshots import Snapshot, StoredTable

Position = tuple[int, int]  # when the Flink job first committed (ms since the epoch), the id of its checkpoint
START: Position = (0, 0)  # before the first checkpoint
ALWAYS = float("inf")


class InconsistentError(Exception):
    """Why nothing shows that snapshots of some tables belong together: a sentence for a person."""


class ExpiredError(InconsistentError):
    """A snapshot that belongs to the others is gone."""


@dataclass(frozen=True)
class Moment:
    """The stored tables as they were at one moment, by name, each pinned: those that a job writes all at one of its checkpoints.

    `apart`: table -> why nothing shows that it belongs to the others of its job. It is not among `tables` if its snapshot is gone.
    """

    tables: tuple[StoredTable, ...] = ()
    apart: Mapping[str, str] = field(default_factory=dict)

    @property
    def at(self) -> datetime | None:
        """When the newest of their snapshots was committed (UTC); None before the first commit."""
        return max((table.committed_at for table in self.tables if table.committed_at), default=None)

    @property
    def gone(self) -> dict[str, str]:
        """Why a table is not among them, by name."""
        return {name: self.apart[name] for name in sorted(self.apart.keys() - {table.name for table in self.tables})}


def moment(tables: Iterable[StoredTable], jobs: Mapping[str, str], as_of: datetime | None = None) -> Moment:
    """The newest moment of the tables, or the newest that was not after `as_of`; `jobs` names the streaming job that writes a table.

    A table that no such job declares goes with those that the same Flink job wrote last.
    """
    together: dict[str, list[StoredTable]] = {}
    for table in tables:
        together.setdefault(jobs.get(table.name) or _last_job_id(table) or table.name, []).append(table)
    pinned: list[StoredTable] = []
    apart: dict[str, str] = {}
    for group in together.values():
        found, reason = _moment_of(group, as_of)
        pinned += found
        if reason:
            apart |= dict.fromkeys((table.name for table in group), reason)
    return Moment(tuple(sorted(pinned, key=lambda table: table.name)), apart)


def consistent(tables: Sequence[StoredTable], limit: float = ALWAYS) -> list[StoredTable]:
    """The tables of one job at the newest checkpoint that all had passed at `limit` (ms since the epoch).

    A checkpoint that brings a table nothing leaves no snapshot there. But Flink begins one when the one before is complete and all
    tables are told to commit it: once a later one is in any table, one without a snapshot of this checkpoint got nothing by it.
    A job that begins anew has a new id and may count its checkpoints from one again. InconsistentError where there is no such set.
    """
    begins: dict[str, int] = {}
    for snapshot in (snapshot for table in tables for snapshot in table.history if snapshot.job_id):
        begins[snapshot.job_id] = min(snapshot.timestamp_ms, begins.get(snapshot.job_id, snapshot.timestamp_ms))
    histories = [[found for found in _positions(table, begins) if found[0].timestamp_ms <= limit] for table in tables]
    for table, history in zip(tables, histories, strict=True):
        if not history and not table.is_whole:
            raise ExpiredError(f"{table.name} has no snapshot any more of that time")
    seen = sorted({position for history in histories for _, position in history if position and position > START})
    if not seen:  # another writer's
        return [table.at(history[-1][0] if history else None) for table, history in zip(tables, histories, strict=True)]
    settled = max((position for position, later in pairwise(seen) if position[0] == later[0]), default=START)
    last = [max((position for _, position in history if position), default=START) for history in histories]
    if settled == START and (silent := [table.name for table, reached in zip(tables, last, strict=True) if reached == START]):
        raise InconsistentError(f"no checkpoint of Flink is committed to {', '.join(silent)}")
    common = min(max(reached, settled) for reached in last)
    return [_up_to(common, table, history) for table, history in zip(tables, histories, strict=True)]


def _moment_of(group: Sequence[StoredTable], as_of: datetime | None) -> tuple[list[StoredTable], str]:
    """The tables of one job at a moment, and why nothing shows that they belong together, if nothing does."""
    limit = as_of.timestamp() * 1000 if as_of else ALWAYS
    try:
        return consistent(group, limit), ""
    except ExpiredError as reason:
        if as_of:
            return [], f"{reason}; the oldest moment that is kept is {_oldest(group):%Y-%m-%dT%H:%M:%S.%fZ}"
        return list(group), str(reason)
    except InconsistentError as reason:
        return [table.at(next((s for s in reversed(table.history) if s.timestamp_ms <= limit), None)) for table in group], str(reason)


def _oldest(group: Sequence[StoredTable]) -> datetime:
    """The oldest time of which the tables of a job are kept, all of them (UTC)."""
    for committed in sorted({snapshot.timestamp_ms for table in group for snapshot in table.history}):
        try:
            consistent(group, committed)
        except ExpiredError:
            continue
        except InconsistentError:
            pass
        return datetime.fromtimestamp(committed / 1000, UTC)
    raise AssertionError("the newest snapshot of a table is never expired")


def _last_job_id(table: StoredTable) -> str:
    return next((snapshot.job_id for snapshot in reversed(table.history) if snapshot.job_id), "")


def _positions(table: StoredTable, begins: Mapping[str, int]) -> Iterator[tuple[Snapshot, Position | None]]:
    """How far the records of each snapshot go. One that no checkpoint made, such as a compaction, holds those of the one before."""
    position = START if table.is_whole else None
    for snapshot in table.history:
        if snapshot.job_id:
            position = begins[snapshot.job_id], snapshot.checkpoint
        yield snapshot, position


def _up_to(common: Position, table: StoredTable, history: Sequence[tuple[Snapshot, Position | None]]) -> StoredTable:
    """The table at its newest snapshot that is not past a position."""
    reached = [snapshot for snapshot, position in history if position and position <= common]
    if not reached and not table.is_whole:
        raise ExpiredError(f"{table.name} has no snapshot any more of the last checkpoint that all tables of its job have")
    return table.at(reached[-1] if reached else None)
