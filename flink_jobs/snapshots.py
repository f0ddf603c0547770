"""Snapshots that belong together, and tables that stay at one of theirs whatever is committed or expired meanwhile."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot, ancestors_of

from flink_jobs.lake import StoredTable

JOB_ID = "flink.job-id"
CHECKPOINT = "flink.max-committed-checkpoint-id"

Moment = tuple[int, int]  # when the Flink job first committed (ms since the epoch), the id of its checkpoint


class InconsistentError(Exception):
    """Why no snapshots of some tables belong together: a sentence for a person."""


def consistent_set(tables: Sequence[StoredTable]) -> dict[str, Snapshot | None]:
    """Each table's snapshot, by name, at the newest checkpoint that all these tables of one job have passed; None before a first commit.

    A checkpoint that brings a table nothing leaves no snapshot, so a table that has none of it is passed by where it has a later one.
    A job that begins anew has a new id and may count its checkpoints from one again. InconsistentError where there is no such set.
    """
    histories = {table.name: _history(table.iceberg) for table in tables}
    begins: dict[str, int] = {}
    for snapshot in (snapshot for history in histories.values() for snapshot in history if _property(snapshot, JOB_ID)):
        job = _property(snapshot, JOB_ID)
        begins[job] = min(snapshot.timestamp_ms, begins.get(job, snapshot.timestamp_ms))
    moments = {name: list(_moments(history, begins)) for name, history in histories.items()}
    if silent := [name for name, found in moments.items() if not any(found)]:
        raise InconsistentError(f"no checkpoint of Flink is committed to {', '.join(silent)}")
    common = min(found[-1] for found in moments.values())
    return {name: _at(name, history, moments[name], common) for name, history in histories.items()}


def pinned(table: StoredTable, snapshot: Snapshot | None, folder: Path) -> StoredTable:
    """The table at that snapshot, by a metadata file in `folder`: the lake's own are deleted after a few commits."""
    metadata = table.iceberg.metadata.model_copy(update={"current_snapshot_id": snapshot and snapshot.snapshot_id})
    file = folder / f"{table.name}.metadata.json"
    file.write_text(metadata.model_dump_json(exclude_none=True))
    return StoredTable(table.name, Table(table.iceberg.name(), metadata, str(file), table.iceberg.io, table.iceberg.catalog))


def _history(table: Table) -> list[Snapshot]:
    """What has led to the current snapshot and is not expired, oldest first."""
    return list(ancestors_of(table.current_snapshot(), table.metadata))[::-1]


def _property(snapshot: Snapshot, key: str) -> str:
    return (snapshot.summary and snapshot.summary[key]) or ""


def _moments(history: Iterable[Snapshot], begins: dict[str, int]) -> Iterator[Moment | None]:
    """How far each snapshot's records go. One that no checkpoint made, such as a compaction, holds those of the one before."""
    moment = None
    for snapshot in history:
        if job := _property(snapshot, JOB_ID):
            moment = begins[job], int(_property(snapshot, CHECKPOINT))
        yield moment


def _at(name: str, history: list[Snapshot], moments: list[Moment | None], common: Moment) -> Snapshot | None:
    """The newest snapshot of a table that is not past a moment."""
    reached = [snapshot for snapshot, moment in zip(history, moments, strict=True) if moment and moment <= common]
    if not reached and history[0].sequence_number > 1:
        raise InconsistentError(f"{name} has no snapshot any more of the last checkpoint that all tables of its job have")
    return reached[-1] if reached else None
