"""A stored table and its snapshots, read from its metadata file without the Iceberg library, which takes a second to load."""

import json
import tempfile
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from flink_jobs.errors import TrunklineError

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.io import FileIO
    from pyiceberg.table import Table

JOB_ID = "flink.job-id"
CHECKPOINT = "flink.max-committed-checkpoint-id"
COORDINATES = ("kafka_partition", "kafka_offset")  # of the record that a row came with
NONE = -1  # Iceberg's id of no snapshot


@dataclass(frozen=True)
class Snapshot:
    """One commit of a table: its id, its number in the table, when it was made (ms since the epoch), its summary, its list of files."""

    id: int
    number: int
    timestamp_ms: int
    summary: Mapping[str, str]
    manifest_list: str

    @property
    def job_id(self) -> str:
        """The Flink job that committed it; empty when it was another writer, such as a compaction."""
        return self.summary.get(JOB_ID, "")

    @property
    def checkpoint(self) -> int:
        """The id of the newest Flink checkpoint that is in it."""
        return int(self.summary[CHECKPOINT])

    @property
    def changes_files(self) -> bool:
        """Whether it added or removed any: a job commits each checkpoint, also one that brings the table nothing."""
        return self.summary.get("changed-partition-count") != "0"

    @property
    def committed_at(self) -> datetime:
        """When it was committed (UTC)."""
        return datetime.fromtimestamp(self.timestamp_ms / 1000, UTC)


@dataclass(frozen=True, eq=False)
class StoredTable:
    """An Iceberg table at one of its snapshots, by its three-word name `catalog.database.table`.

    `location` is the URI of the lake's own metadata file, and `metadata` what that holds, but for the snapshot.
    """

    name: str
    location: str
    metadata: Mapping[str, Any]
    open_catalog: Callable[[], "Catalog"]

    @classmethod
    def read(cls, name: str, location: str, open_catalog: Callable[[], "Catalog"]) -> "StoredTable":
        """The table as that metadata file says."""
        return cls(name, location, from_json(_read(location, open_catalog)), open_catalog)

    def at(self, snapshot: Snapshot | None) -> "StoredTable":
        """The same table at another snapshot, or without rows. Its columns stay those of now, so that views fit."""
        if snapshot == self.snapshot:
            return self
        return replace(self, metadata={**self.metadata, "current-snapshot-id": snapshot.id if snapshot else NONE, "refs": {}})

    @property
    def catalog(self) -> str:
        """The first word of its name: its domain."""
        return self.name.split(".")[0]

    @property
    def database(self) -> str:
        """The second word of its name."""
        return self.name.split(".")[1]

    @property
    def fields(self) -> list[Mapping[str, Any]]:
        """The columns of the current schema, as Iceberg's metadata describes them."""
        current = self.metadata["current-schema-id"]
        return next(schema["fields"] for schema in self.metadata["schemas"] if schema["schema-id"] == current)

    @property
    def columns(self) -> list[str]:
        """Names, in the order of the current schema."""
        return [field["name"] for field in self.fields]

    @property
    def rows(self) -> int:
        """How many the snapshot holds, by its own summary; 0 before the first commit."""
        return int(self.snapshot.summary["total-records"]) if self.snapshot else 0

    @property
    def committed_at(self) -> datetime | None:
        """When the snapshot was committed (UTC); None before the first commit."""
        return self.snapshot.committed_at if self.snapshot else None

    @property
    def snapshot(self) -> Snapshot | None:
        """The one of this moment; None before the first commit."""
        return self.history[-1] if self.history else None

    @property
    def last_change(self) -> Snapshot | None:
        """The newest kept snapshot that added or removed files, else the oldest."""
        changes = (snapshot for snapshot in reversed(self.history) if snapshot.changes_files)
        return next(changes, self.history[0] if self.history else None)

    @cached_property
    def history(self) -> tuple[Snapshot, ...]:
        """What has led to the snapshot and is not expired, oldest first."""
        kept = {snapshot["snapshot-id"]: snapshot for snapshot in self.metadata.get("snapshots", ())}
        found, current = [], kept.get(self.metadata.get("current-snapshot-id"))
        while current:
            number = current.get("sequence-number", 0)
            summary, files = current.get("summary", {}), current.get("manifest-list", "")
            found.append(Snapshot(current["snapshot-id"], number, current["timestamp-ms"], summary, files))
            current = kept.get(current.get("parent-snapshot-id"))
        return tuple(reversed(found))

    def shows_the_same_as(self, other: "StoredTable") -> bool:
        """Whether a reader finds the same rows and columns in it."""
        return self.snapshot == other.snapshot and self.fields == other.fields

    @property
    def is_whole(self) -> bool:
        """Whether no snapshot of its history is expired."""
        return not self.history or self.history[0].number <= 1

    @cached_property
    def metadata_location(self) -> str:
        """A metadata file of this snapshot alone, there as long as this object is: the lake deletes its own after a few commits.

        It is also read sooner than one with hundreds of snapshots.
        """
        chosen = self.snapshot.id if self.snapshot else NONE
        snapshots = [snapshot for snapshot in self.metadata.get("snapshots", ()) if snapshot["snapshot-id"] == chosen]
        refs = {"main": {"snapshot-id": chosen, "type": "branch"}} if snapshots else {}
        alone = {"current-snapshot-id": chosen, "snapshots": snapshots, "refs": refs, "snapshot-log": [], "metadata-log": []}
        ending = "-pinned.metadata.json"  # what ends with gz.metadata.json, by chance, DuckDB would decompress
        with tempfile.NamedTemporaryFile("w", dir=_folder().name, prefix=f"{self.name}-", suffix=ending, delete=False) as file:
            file.write(json.dumps({**self.metadata, **alone}))  # json.dump is many times slower
        weakref.finalize(self, Path(file.name).unlink, missing_ok=True)
        return file.name

    @cached_property
    def io(self) -> "FileIO":
        """What reads its files."""
        from pyiceberg.io import load_file_io

        return load_file_io({**self.open_catalog().properties, **self.metadata.get("properties", {})}, self.location)

    @cached_property
    def iceberg(self) -> "Table":
        """The table for pyiceberg, at this snapshot until it is refreshed."""
        from pyiceberg.table import Table
        from pyiceberg.table.metadata import TableMetadataUtil

        metadata = TableMetadataUtil.parse_obj(dict(self.metadata))
        return Table(tuple(self.name.split(".")[1:]), metadata, self.location, self.io, self.open_catalog())


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Where this process keeps metadata files; removed when it ends."""
    return tempfile.TemporaryDirectory(prefix="trunkline-")


def _read(location: str, open_catalog: Callable[[], "Catalog"]) -> bytes:
    """What a metadata file holds. Most are on this machine, where the Iceberg library need not be loaded."""
    path = Path(location.removeprefix("file:"))
    if path.is_absolute() and path.name.endswith(".metadata.json") and not path.name.endswith(".gz.metadata.json"):
        return path.read_bytes()
    from pyiceberg.io import load_file_io
    from pyiceberg.serializers import Compressor

    try:
        with load_file_io(dict(open_catalog().properties), location).new_input(location).open() as stream:
            return Compressor.get_compressor(location).stream_decompressor(stream).read()
    except OSError as error:
        what = f"{location} can't be read: {str(error).partition(chr(10))[0]}"
        raise TrunklineError(what, "correct the storage's options in catalog/<env>.sql, or start its server") from None
