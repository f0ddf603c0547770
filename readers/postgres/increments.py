"""What a stored table has that PostgreSQL lacks: the data files that were appended since, or the rows beyond the Kafka offsets reached."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pyiceberg.manifest import DataFileContent, ManifestContent, ManifestEntryStatus, read_manifest_list

from flink_jobs.errors import TrunklineError
from flink_jobs.lake import literal, quoted
from flink_jobs.snapshots import Snapshot, StoredTable
from flink_jobs.topics import Offsets, reached_offset
from readers.model import Column

OPERATION = "operation"
APPEND, COMPACTION = "append", "replace"
LOCAL = re.compile(r"^file:/+")
UNUSED_FIELD_ID = 1_000_000  # and on: for columns that a contract declares and the stored table lacks


@dataclass(frozen=True)
class Reached:
    """How far PostgreSQL has come with a table: which table of that name, the number and id of its snapshot, and the last Kafka offsets."""

    uuid: str
    snapshot: int | None = None
    sequence: int = 0
    offsets: Offsets = field(default_factory=dict)


@dataclass(frozen=True)
class Increment:
    """Data files whose rows PostgreSQL lacks: all of these, or those `beyond` offsets. `is_whole`: of a table that it has nothing of."""

    table: StoredTable
    files: tuple[str, ...]
    beyond: Offsets | None = None
    is_whole: bool = False


def increment(table: StoredTable, reached: Reached | None) -> Increment | None:
    """What came since `reached`; None where that is nothing.

    Snapshot by snapshot while they are kept; compactions bring no rows. A moment before the one that was reached brings nothing either.
    """
    if reached is None or reached.uuid != table.metadata["table-uuid"]:
        return Increment(table, tuple(_files(table)), is_whole=True)
    if table.snapshot is None or table.snapshot.id == reached.snapshot or table.snapshot.number <= reached.sequence:
        return None
    since = _since(table, reached.snapshot)
    if since is None or {snapshot.summary[OPERATION] for snapshot in since} - {APPEND, COMPACTION}:
        return Increment(table, tuple(_files(table)), reached.offsets)
    try:
        appends = [snapshot for snapshot in since if snapshot.summary[OPERATION] == APPEND and snapshot.changes_files]
        appended = [file for snapshot in appends for file in _files(table, snapshot)]
    except FileNotFoundError:  # expired since the moment was taken
        return Increment(table, tuple(_files(table)), reached.offsets)
    return Increment(table, tuple(appended))


def reached_by(table: StoredTable, offsets: Offsets | None = None) -> Reached:
    """How far one has come that has all rows of a table, and with them these offsets."""
    at = table.snapshot
    return Reached(table.metadata["table-uuid"], at.id if at else None, at.number if at else 0, offsets or {})


def rows_of(found: Increment, columns: Sequence[Column]) -> str:
    """The rows as a DuckDB query with these columns; NULL where a data file, or the table itself, lacks one."""
    ids = {field["name"]: field["id"] for field in found.table.fields}  # what data files know columns by
    fields = ", ".join(
        f"{ids.get(name, UNUSED_FIELD_ID + place)}: {{name: {literal(name)}, type: {literal(kind)}, default_value: NULL}}"
        for place, (name, kind) in enumerate((column.name, column.type) for column in columns)
    )
    files = ", ".join(literal(_path(file)) for file in found.files)
    names = ", ".join(quoted(column.name) for column in columns)
    condition = "" if found.beyond is None else f" WHERE kafka_offset > {reached_offset(found.beyond)}"
    return f"SELECT {names} FROM read_parquet([{files}], schema = MAP {{{fields}}}){condition}"  # noqa: S608


def _since(table: StoredTable, snapshot: int | None) -> list[Snapshot] | None:
    """The snapshots after one, oldest first; None where that is not kept."""
    ids = [kept.id for kept in table.history]
    if snapshot is None:
        return list(table.history) if table.is_whole else None
    return list(table.history[ids.index(snapshot) + 1 :]) if snapshot in ids else None


def _files(table: StoredTable, of: Snapshot | None = None) -> Iterator[str]:
    """The data files of the table's snapshot, or those that `of` added."""
    snapshot = of or table.snapshot
    for manifest in read_manifest_list(table.io.new_input(snapshot.manifest_list)) if snapshot else ():
        if of and manifest.added_snapshot_id != of.id:
            continue
        if manifest.content != ManifestContent.DATA:
            raise TrunklineError(f"{table.name} has deleted rows", "gold tables are appended to; write it anew without DELETE and UPDATE")
        for entry in manifest.fetch_manifest_entry(table.io):
            if entry.data_file.content == DataFileContent.DATA and (
                of is None or (entry.status == ManifestEntryStatus.ADDED and entry.snapshot_id in (None, of.id))
            ):
                yield entry.data_file.file_path


def _path(file: str) -> str:
    """A file on this machine by its path, anything else by its URI."""
    return LOCAL.sub("/", file)
