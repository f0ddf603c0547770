"""Tables as Parquet files, for readers without a connection: a folder a table, a file a day, each replaced as a whole."""

import fcntl
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import duckdb
from pydantic import BaseModel

from feeds.pacing import interruptible as undisturbed
from flink_jobs.errors import TrunklineError, nearest
from flink_jobs.lake import Lake, literal, quoted
from flink_jobs.moments import Moment
from flink_jobs.reader import interruptible
from flink_jobs.serving import mentioned, view_name
from flink_jobs.snapshots import COORDINATES, StoredTable
from flink_jobs.statements import read_text
from readers.model import SHOWN

LAYOUT = "1"  # of the files: after a change of it all are written anew
BOOKKEEPING = "_export"
MANIFEST = "manifest.json"
IN_ORDER = ("kafka_timestamp", *COORDINATES)
NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"

Track = Callable[["list[Part]"], Iterable["Part"]]


class File(BaseModel):
    """A file by its path in the folder. `made_of` stands for all that its rows come from: while that is the same, so are they."""

    path: Path
    rows: int
    bytes: int
    made_of: str


class Exported(BaseModel):
    """A table as a folder holds it: its files, and the moment (UTC) that they are of; None for one without a commit."""

    at: datetime | None
    files: list[File]


class Manifest(BaseModel):
    """What a folder holds, by three-word name."""

    tables: dict[str, Exported] = {}

    @cached_property
    def files(self) -> dict[Path, File]:
        """Those of all tables."""
        return {file.path: file for table in self.tables.values() for file in table.files}


@dataclass(frozen=True)
class Part:
    """What one file is to hold."""

    table: str
    path: Path
    select: str
    made_of: str


class Lakeside:
    """The tables of one moment, cut into files."""

    def __init__(self, lake: Lake, moment: Moment) -> None:
        self.moment = moment
        self.stored = {table.name: table for table in moment.tables}
        self.connection = lake.connect(moment.tables)
        found = self.connection.sql("SELECT concat_ws('.', database_name, schema_name, view_name) FROM duckdb_views() WHERE NOT internal")
        self.names = sorted(name for (name,) in found.fetchall())
        self.views = {view_name(file): file for file in lake.serving}

    def chosen(self, words: Iterable[str]) -> list[str]:
        """The tables of that name, and those for readers of a domain or schema; all of these without any word."""
        shown = [name for name in self.names if name.split(".")[1] in SHOWN]
        chosen: set[str] = set() if (asked := list(words)) else set(shown)
        domains = {word.partition(".")[0] for word in asked or self.moment.gone}
        if gone := [reason for name, reason in self.moment.gone.items() if name.partition(".")[0] in domains]:
            raise TrunklineError(gone[0], "name a later time")
        for word in asked:
            found = [word] if word in self.names else [name for name in shown if name.startswith(f"{word}.")]
            if not found:
                known = {*self.names, *(name.split(".")[0] for name in shown)}
                raise TrunklineError(f"{word}: no such table or domain is stored", nearest(word, known) or "see `trunkline status`")
            chosen |= set(found)
        return sorted(chosen)

    def doubts(self, names: Iterable[str]) -> list[str]:
        """Why tables, or what views read, may differ from the others of their job by a checkpoint."""
        read = {below for name in names for below in self._below(name)}
        return sorted({self.moment.apart[name] for name in read & self.moment.apart.keys()})

    def parts(self, name: str) -> Iterator[Part]:
        """A file for each day, or whatever the stored table is partitioned by; else one file."""
        folder, file = Path(*name.split(".")), f"{name.rpartition('.')[2]}.parquet"
        by = partition_columns(self.stored[name]) if name in self.stored else []
        selected, order = self._selected(name, without=by)
        select = f"SELECT {selected} FROM {quoted(name)}"  # noqa: S608
        if not by:
            yield Part(name, folder / file, f"{select} ORDER BY {order}", self.made_of(name))
            return
        columns = ", ".join(map(quoted, by))
        counted = f"SELECT {columns}, count(*) FROM {quoted(name)} GROUP BY ALL ORDER BY ALL"  # noqa: S608
        for *values, rows in self._run(counted):
            day = dict(zip(by, values, strict=True))
            where = " AND ".join(f"{quoted(column)} {_equals(value)}" for column, value in day.items())
            place = folder.joinpath(*(f"{column}={_word(value)}" for column, value in day.items()))
            yield Part(name, place / file, f"{select} WHERE {where} ORDER BY {order}", self.made_of(name, rows))

    def made_of(self, name: str, rows: int | None = None) -> str:
        """What the rows of a table, or `rows` of one day of it, depend on. An append-only table has others only where it has more."""
        if name in self.views:
            return _digest(LAYOUT, read_text(self.views[name]), *map(self.made_of, self._reads(name)))
        table = self.stored[name]
        appended = set(COORDINATES) <= set(table.columns)
        counted = (table.rows if rows is None else rows) if appended else table.snapshot and table.snapshot.id
        return _digest(LAYOUT, table.metadata["table-uuid"], str(table.fields), str(counted))

    def write(self, part: Part, file: Path) -> File:
        """Writes a part."""
        file.parent.mkdir(parents=True, exist_ok=True)
        ((rows,),) = self._run(f"COPY ({part.select}) TO {literal(file)} (FORMAT parquet, COMPRESSION zstd)")
        with file.open("rb") as written:
            os.fsync(written.fileno())
        return File(path=part.path, rows=rows, bytes=file.stat().st_size, made_of=part.made_of)

    def _reads(self, name: str) -> list[str]:
        return sorted(mentioned(self.views[name]) & set(self.names)) if name in self.views else []

    def _below(self, name: str) -> Iterator[str]:
        """The stored tables that a table or view is made of."""
        yield name
        for used in self._reads(name):
            yield from self._below(used)

    def _run(self, sql: str) -> list[tuple]:
        """What a statement answers; TrunklineError where files are gone, for the lake has moved on, or can't be written."""
        try:
            return interruptible(self.connection, lambda: self.connection.execute(sql).fetchall())
        except duckdb.IOException as error:
            raise TrunklineError(str(error), "run it again: the snapshots may have expired meanwhile") from None

    def _selected(self, name: str, without: Collection[str]) -> tuple[str, str]:
        """The columns but those that the path says, and their order. Parquet has no HUGEINT, DuckDB's type of a sum."""
        kinds = {column: kind for column, kind, *_ in self._run(f"DESCRIBE {quoted(name)}")}
        kept = [
            f"{quoted(column)}{'::BIGINT' if kind == 'HUGEINT' else ''} AS {quoted(column)}"
            for column, kind in kinds.items()
            if column not in without
        ]
        return ", ".join(kept), ", ".join(IN_ORDER) if set(IN_ORDER) <= kinds.keys() else "ALL"


class Folder:
    """A folder of exported tables. A reader finds each file as it was or as it is now, whole; `_export/` says which there are."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bookkeeping = root / BOOKKEEPING
        self.staging = self.bookkeeping / "staging"

    @property
    def manifest(self) -> Manifest:
        """What is in it; nothing before the first export."""
        return _read(self.bookkeeping / MANIFEST)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One export at a time. What a killed one had finished writing is published, anything less removed."""
        try:
            self.bookkeeping.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TrunklineError(f"{self.root} can't be written to: {error.strerror}", "name another folder") from None
        with (self.bookkeeping / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise TrunklineError(f"another export writes to {self.root}", "wait for its end, or end it") from None
            self._publish()
            try:
                yield
            finally:
                if not (self.staging / MANIFEST).exists():
                    shutil.rmtree(self.staging, ignore_errors=True)

    def due(self, parts: Iterable[Part]) -> list[Part]:
        """The parts whose files are not there, or hold something else."""
        there = {path: file.made_of for path, file in self.manifest.files.items() if _size(self.root / path) == file.bytes}
        return [part for part in parts if there.get(part.path) != part.made_of]

    def refuse_strangers(self, tables: Iterable[str]) -> None:
        """Raises TrunklineError where something else stands in the place of a table: it would be read with it, or lost."""
        for name in set(tables) - self.manifest.tables.keys():
            if (place := self.root.joinpath(*name.split("."))).exists():
                raise TrunklineError(f"{place} is there already, and no export wrote it", "move it away, or name another folder")

    def replace(self, tables: Mapping[str, Exported]) -> None:
        """Puts what is staged into its places; what tables held before and do not hold now is removed."""
        whole = Manifest(tables=self.manifest.tables | tables)
        self.staging.mkdir(parents=True, exist_ok=True)
        draft = self.staging / f"{MANIFEST}.draft"
        with draft.open("w") as file:
            file.write(whole.model_dump_json(indent=1))
            file.flush()
            os.fsync(file.fileno())
        with undisturbed():
            draft.replace(self.staging / MANIFEST)  # from here on a kill is made good by the next export
            self._publish()

    def _publish(self) -> None:
        """Does all that the staged manifest says and is not done yet, if there is one; nothing else stays staged."""
        staged = self.staging / MANIFEST
        if staged.exists():
            new, old = _read(staged), self.manifest
            for path in new.files:
                if (file := self.staging / path).exists():
                    (self.root / path).parent.mkdir(parents=True, exist_ok=True)
                    file.replace(self.root / path)
            for path in old.files.keys() - new.files.keys():
                self._remove(self.root / path)
            staged.replace(self.bookkeeping / MANIFEST)
        shutil.rmtree(self.staging, ignore_errors=True)

    def _remove(self, file: Path) -> None:
        """Removes a file, and the folders that are empty without it."""
        file.unlink(missing_ok=True)
        for folder in file.parents:
            if folder == self.root or any(folder.iterdir()):
                return
            folder.rmdir()


@dataclass(frozen=True)
class Outcome:
    """What was done with a table: how many files it has and how many of them were written, their rows and bytes in all."""

    table: str
    files: int
    written: int
    removed: int
    rows: int
    bytes: int


def plan(lakeside: Lakeside, words: Iterable[str], folder: Folder) -> dict[str, list[Part]]:
    """The parts of each chosen table; TrunklineError where the folder has no place for it."""
    names = lakeside.chosen(words)
    folder.refuse_strangers(names)
    return {name: list(lakeside.parts(name)) for name in names}


def export(lakeside: Lakeside, words: Iterable[str], folder: Folder, track: Track) -> list[Outcome]:
    """Brings tables of a folder to the moment of the lakeside; nothing in it changes before everything is written."""
    with folder.alone():
        lakeside.connection.execute(f"SET temp_directory = {literal(folder.staging / 'spill')}")
        planned, before = plan(lakeside, words, folder), folder.manifest
        due = folder.due(part for parts in planned.values() for part in parts)
        written = {part.path: lakeside.write(part, folder.staging / part.path) for part in track(due)}
        files = before.files | written
        tables = {name: Exported(at=lakeside.moment.at, files=[files[part.path] for part in parts]) for name, parts in planned.items()}
        folder.replace(tables)
        return [outcome(name, table, written, before) for name, table in tables.items()]


def outcome(name: str, table: Exported, written: Mapping[Path, File], before: Manifest) -> Outcome:
    """What became of a table."""
    now = {file.path for file in table.files}
    gone = {file.path for file in before.tables[name].files} - now if name in before.tables else set()
    rows, size = (sum(getattr(file, what) for file in table.files) for what in ("rows", "bytes"))
    return Outcome(name, len(now), len(now & written.keys()), len(gone), rows, size)


def partition_columns(table: StoredTable) -> list[str]:
    """The columns by whose values, as they are, a table is partitioned."""
    names, current = {field["id"]: field["name"] for field in table.fields}, table.metadata["default-spec-id"]
    spec = next(spec["fields"] for spec in table.metadata["partition-specs"] if spec["spec-id"] == current)
    return [names[field["source-id"]] for field in spec if field["transform"] == "identity"]


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()[:32]


def _word(value: object) -> str:
    """A partition's value as Hive writes it into a path."""
    return NULL_PARTITION if value is None else quote(str(value), safe=" ")


def _equals(value: object) -> str:
    return "IS NULL" if value is None else f"= {literal(value)}"


def _size(file: Path) -> int | None:
    return file.stat().st_size if file.exists() else None


def _read(file: Path) -> Manifest:
    return Manifest.model_validate_json(file.read_text()) if file.exists() else Manifest()
