"""The stored tables, read from outside Flink: their Iceberg catalogs, and DuckDB over their current snapshots."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakSet

import duckdb

from flink_jobs import functions
from flink_jobs.catalogs import iceberg_catalog, table_locations
from flink_jobs.domains import read_domains
from flink_jobs.environment import load_environment
from flink_jobs.errors import TrunklineError
from flink_jobs.moments import Moment, moment
from flink_jobs.project import Project
from flink_jobs.serving import create_views, view_name
from flink_jobs.snapshots import COORDINATES, StoredTable
from flink_jobs.statements import read_text
from flink_jobs.storage import duckdb_secret
from flink_jobs.times import TIME

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog

DUCKDB_TYPES = {"string": "VARCHAR", "long": "BIGINT", "timestamptz": "TIMESTAMPTZ", "binary": "BLOB"}
EXPIRY = "ask for a later time; how long snapshots are kept is said by the expire-snapshots options in catalog/<env>.sql"
# What the views of each connection read, by name, also when its lake is no more: their metadata files are there as long as these are.
_PINNED: WeakKeyDictionary[duckdb.DuckDBPyConnection, dict[str, StoredTable]] = WeakKeyDictionary()
# What they read before: a cursor in another thread may be about to.
_REPLACED: WeakKeyDictionary[duckdb.DuckDBPyConnection, list[StoredTable]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Lake:
    """Every catalog of an environment (name -> its Flink options), and the files that declare views for readers.

    `jobs`: table -> the streaming job that writes it. `root`: the project's folder, whose functions DuckDB gets.
    """

    options: Mapping[str, Mapping[str, str]]
    serving: Sequence[Path] = ()
    jobs: Mapping[str, str] = field(default_factory=dict)
    root: Path | None = None

    @classmethod
    def of(cls, project: Project, environment: str = "local") -> "Lake":
        """The lake of `catalog/<environment>.sql`, with the views of `sql/<domain>/serving/*.sql` and the jobs that can be read."""
        streaming = [job for domain in read_domains(project) for job in domain.jobs if not job.is_batch]
        return cls(
            load_environment(project, environment).catalogs,
            sorted((project.root / "sql").glob("*/serving/*.sql")),
            {insert.table: job.name for job in streaming for insert in job.inserts},
            project.root,
        )

    def open(self) -> duckdb.DuckDBPyConnection:
        """An in-memory DuckDB that can read the lake's files, and has no table yet."""
        connection = open_duckdb()
        secrets = {name: secret for name, options in self.options.items() if (secret := duckdb_secret(options))}
        if secrets:
            load_extension(connection, "httpfs")
            connection.execute("SET http_timeout = 10")  # seconds
        for name, secret in secrets.items():
            parameters = "".join(f", {word} ${word}" for word in secret)
            connection.execute(f"CREATE SECRET {identifier(name)} (TYPE s3{parameters})", secret)
        return connection

    @cached_property
    def catalogs(self) -> dict[str, "Catalog"]:
        """By name, for pyiceberg; opened at the first use."""
        return {name: iceberg_catalog(name, options) for name, options in self.options.items()}

    def locations(self, catalog: str) -> dict[str, str]:
        """The URI of the newest metadata file of each table of a catalog, by three-word name; TrunklineError when it can't be read."""
        return table_locations(catalog, self.options[catalog], lambda: self.catalogs[catalog])

    def tables(self) -> list[StoredTable]:
        """Every stored table as it is now, by name."""
        locations = {table: at for catalog in self.options for table, at in self.locations(catalog).items()}
        return [self._table(name, location) for name, location in sorted(locations.items())]

    def find(self, name: str) -> StoredTable | None:
        """The table of that three-word name as it is now; None if nothing of that name is stored."""
        catalog = name.partition(".")[0]
        location = self.locations(catalog).get(name) if catalog in self.options else None
        return self._table(name, location) if location else None

    def moment(self, as_of: datetime | None = None) -> Moment:
        """Every stored table at the newest moment, or the newest not after `as_of`: those of a job at one checkpoint, each pinned.

        TrunklineError when no table is kept as of then.
        """
        found = moment(self.tables(), self.jobs, as_of)
        if found.gone and not found.at:
            raise TrunklineError(f"nothing of {as_of:{TIME}} is kept: {next(iter(found.gone.values()))}", EXPIRY)
        return found

    def select(self, table: StoredTable, columns: str, rest: str = "") -> duckdb.DuckDBPyConnection:
        """What `SELECT columns FROM table rest` answers; one statement, for a relation would read the manifests again with each method."""
        return self._reader.execute(f"SELECT {columns} FROM {_scan(table)} {rest}")  # noqa: S608

    def reached(self, table: StoredTable) -> dict[int, int] | None:
        """The highest kafka_offset that the table holds, by kafka_partition; None for a table without Kafka coordinates."""
        if not set(COORDINATES) <= set(table.columns):
            return None
        return dict(self.select(table, "kafka_partition, max(kafka_offset)", "GROUP BY ALL").fetchall())

    def connect(self, tables: Iterable[StoredTable] | None = None) -> duckdb.DuckDBPyConnection:
        """A DuckDB with a view of each table (default: all, at the newest moment), the serving views, by three words, and the functions."""
        connection = self.open()
        self.register(connection)
        self.refresh(connection, tables)
        return connection

    def refresh(
        self, connection: duckdb.DuckDBPyConnection, tables: Iterable[StoredTable] | None = None, asked: Container[str] | None = None
    ) -> dict[str, list[str]]:
        """Moves the views of a connection to the snapshots of `tables` (default: those of the newest moment).

        Of views that are there, only those that are `asked` for by name (default: all) need new rows: each costs as much as a small query.
        Returns the serving views that can't be there yet, with the tables that they wait for.
        """
        tables = self.moment().tables if tables is None else tuple(tables)
        for catalog in self.options:
            connection.execute(f"ATTACH IF NOT EXISTS ':memory:' AS {quoted(catalog)}")
        pinned = _PINNED.setdefault(connection, {})
        for name in pinned.keys() - {table.name for table in tables}:
            connection.execute(f"DROP VIEW {quoted(name)}")
            del pinned[name]
        moved = [table for table in tables if table.name not in pinned or _is_behind(pinned[table.name], table, asked)]
        for name in {*(table.name for table in moved), *map(view_name, self.serving)}:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(name.rpartition('.')[0])}")
        for table in moved:
            # A view is bound when it is made: over the tables themselves the serving views would take a second.
            if table.name not in pinned:
                connection.execute(f"CREATE OR REPLACE VIEW {quoted(table.name)} AS {_without_rows(table)}")
        waiting = create_views(connection, self.serving)
        for catalog in dict.fromkeys(table.catalog for table in moved):
            with _transaction(connection):  # another cursor sees all tables of a domain move at once
                for table in (table for table in moved if table.catalog == catalog):
                    connection.execute(f"CREATE OR REPLACE VIEW {quoted(table.name)} AS FROM {_scan(table)}")
        if moved:
            _REPLACED[connection] = [pinned[table.name] for table in moved if table.name in pinned]
        pinned |= {table.name: table for table in moved}
        return waiting

    def register(self, connection: duckdb.DuckDBPyConnection, *texts: str) -> None:
        """Gives a connection the project's functions; given texts of SQL, only if one of these or a serving view uses one.

        They bring numpy with them, which takes as long to load as a query runs.
        """
        if connection in self._registered:
            return
        if self.root and (not texts or functions.used(self.root, "\n".join([*texts, *map(read_text, self.serving)]))):
            functions.register(self.root, connection)
            self._registered.add(connection)

    def _table(self, name: str, location: str) -> StoredTable:
        """The table as that metadata file says, which is read once."""
        known = self._known.get(name)
        if known is None or known.location != location:
            known = self._known[name] = StoredTable.read(name, location, lambda: self.catalogs[name.partition(".")[0]])
        return known

    @cached_property
    def _known(self) -> dict[str, StoredTable]:
        return {}

    @cached_property
    def _registered(self) -> WeakSet[duckdb.DuckDBPyConnection]:
        return WeakSet()

    @cached_property
    def _reader(self) -> duckdb.DuckDBPyConnection:
        return self.open()


def open_duckdb() -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB in UTC that reads Iceberg on this machine."""
    connection = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    connection.execute("SET TimeZone = 'UTC'")
    if connection.execute("SELECT current_setting('enable_progress_bar')").fetchone() == (True,):  # in Jupyter it is off, and can't be set
        connection.execute("SET enable_progress_bar = false")  # it would go to stdout
    for name in ("avro", "iceberg"):
        load_extension(connection, name)
    return connection


def load_extension(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Gives DuckDB an extension from its wheel: nothing is downloaded."""
    folder = files(f"duckdb_extension_{name}") / "extensions" / f"v{duckdb.__version__}"
    connection.load_extension(str(folder / f"{name}.duckdb_extension"))


def _is_behind(pinned: StoredTable, table: StoredTable, asked: Container[str] | None) -> bool:
    """Whether a view must move, for its columns or, where they are asked for, its rows."""
    if asked is None or table.name in asked:
        return not table.shows_the_same_as(pinned)
    return table.fields != pinned.fields


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.begin()
    try:
        yield
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def quoted(name: str) -> str:
    """A dotted name as SQL identifiers."""
    return ".".join(map(identifier, name.split(".")))


def identifier(name: str) -> str:
    """A name as one SQL identifier, dots and all."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """A value's text as SQL writes it."""
    return "'" + str(value).replace("'", "''") + "'"


def _scan(table: StoredTable) -> str:
    """The table at its snapshot, in a FROM."""
    return f"iceberg_scan({literal(table.metadata_location)})"


def _without_rows(table: StoredTable) -> str:
    """A query with the columns that a scan of the table has."""
    columns = ", ".join(f"CAST(NULL AS {_duckdb_type(field['type'])}) AS {identifier(field['name'])}" for field in table.fields)
    return f"SELECT {columns} LIMIT 0"


def _duckdb_type(kind: str | Mapping[str, Any]) -> str:
    """A type of Iceberg's metadata as DuckDB reads it."""
    if isinstance(kind, str):
        return "BLOB" if kind.startswith("fixed") else DUCKDB_TYPES.get(kind, kind)
    if kind["type"] == "list":
        return f"{_duckdb_type(kind['element'])}[]"
    if kind["type"] == "map":
        return f"MAP({_duckdb_type(kind['key'])}, {_duckdb_type(kind['value'])})"
    fields = ", ".join(f"{identifier(field['name'])} {_duckdb_type(field['type'])}" for field in kind["fields"])
    return f"STRUCT({fields})"
