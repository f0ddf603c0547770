"""What a stored table has that PostgreSQL lacks: the data files that were appended since, or the rows beyond the Kafka offsets reached."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pyiceberg.manifest import DataFileContent, ManifestContent, ManifestEntryStatus

from flink_jobs.errors import TrunklineError
from flink_jobs.lake import quoted
from flink_jobs.snapshots import Snapshot, StoredTable
from flink_jobs.topics import Offsets, reached_offset
from readers.model import Column

COORDINATES = ("kafka_partition", "kafka_offset")
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
    if table.snapshot is None or table.snapshot.id == reached.snapshot or sequence_of(table) <= reached.sequence:
        return None
    since = _since(table, reached.snapshot)
    if since is None or {snapshot.summary[OPERATION] for snapshot in since} - {APPEND, COMPACTION}:
        return Increment(table, tuple(_files(table)), reached.offsets)
    try:
        appended = [file for snapshot in since if snapshot.summary[OPERATION] == APPEND for file in _files(table, snapshot)]
    except FileNotFoundError:  # expired since the moment was taken
        return Increment(table, tuple(_files(table)), reached.offsets)
    return Increment(table, tuple(appended))


def reached_by(table: StoredTable, offsets: Offsets | None = None) -> Reached:
    """How far one has come that has all rows of a table, and with them these offsets."""
    return Reached(table.metadata["table-uuid"], table.snapshot.id if table.snapshot else None, sequence_of(table), offsets or {})


def sequence_of(table: StoredTable) -> int:
    """The number of its snapshot, which grows with each commit; 0 before the first."""
    current = table.snapshot.id if table.snapshot else None
    return next((kept["sequence-number"] for kept in table.metadata.get("snapshots", ()) if kept["snapshot-id"] == current), 0)


def rows_of(found: Increment, columns: Sequence[Column]) -> str:
    """The rows as a DuckDB query with these columns; NULL where a data file, or the table itself, lacks one."""
    ids = field_ids(found.table)
    fields = ", ".join(
        f"{ids.get(column.name, UNUSED_FIELD_ID + place)}: {{name: {_text(column.name)}, type: {_text(column.type)}, default_value: NULL}}"
        for place, column in enumerate(columns)
    )
    files = ", ".join(_text(_path(file)) for file in found.files)
    names = ", ".join(quoted(column.name) for column in columns)
    condition = "" if found.beyond is None else f" WHERE kafka_offset > {reached_offset(found.beyond)}"
    return f"SELECT {names} FROM read_parquet([{files}], schema = MAP {{{fields}}}){condition}"  # noqa: S608


def field_ids(table: StoredTable) -> Mapping[str, int]:
    """The id of each column of the current schema, by name: what data files know it by."""
    current = table.metadata["current-schema-id"]
    return {one["name"]: one["id"] for schema in table.metadata["schemas"] if schema["schema-id"] == current for one in schema["fields"]}


def _since(table: StoredTable, snapshot: int | None) -> list[Snapshot] | None:
    """The snapshots after one, oldest first; None where that is not kept."""
    ids = [kept.id for kept in table.history]
    if snapshot is None:
        return list(table.history) if table.is_whole else None
    return list(table.history[ids.index(snapshot) + 1 :]) if snapshot in ids else None


def _files(table: StoredTable, of: Snapshot | None = None) -> Iterator[str]:
    """The data files of the table's snapshot, or those that `of` added."""
    chosen = of or table.snapshot
    snapshot = chosen and table.iceberg.metadata.snapshot_by_id(chosen.id)
    for manifest in snapshot.manifests(table.iceberg.io) if snapshot else ():
        if of and manifest.added_snapshot_id != of.id:
            continue
        if manifest.content != ManifestContent.DATA:
            raise TrunklineError(f"{table.name} has deleted rows", "gold tables are appended to; write it anew without DELETE and UPDATE")
        for entry in manifest.fetch_manifest_entry(table.iceberg.io):
            if entry.data_file.content == DataFileContent.DATA and (
                of is None or (entry.status == ManifestEntryStatus.ADDED and entry.snapshot_id in (None, of.id))
            ):
                yield entry.data_file.file_path


def _path(file: str) -> str:
    """A file on this machine by its path, anything else by its URI."""
    return LOCAL.sub("/", file)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
