"""The stored tables, read from outside Flink: their Iceberg catalogs, and DuckDB over their current snapshots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from importlib.resources import files
from pathlib import Path

import duckdb
from pyiceberg.catalog import Catalog
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.table import Table
from sqlalchemy import URL

from flink_jobs.environment import load_environment
from flink_jobs.errors import TrunklineError
from flink_jobs.project import Project
from flink_jobs.serving import create_views, view_name

JDBC_CATALOG = "org.apache.iceberg.jdbc.JdbcCatalog"
SQLITE = "jdbc:sqlite:"
BUSY_SECONDS = "30"


def iceberg_catalog(name: str, options: Mapping[str, str]) -> Catalog:
    """The catalog that Flink opens by `CREATE CATALOG name WITH (options)`; TrunklineError for one that can't be read.

    An SQLite file that does not exist yet is created without tables, as Flink does.
    """
    implementation, uri = options.get("catalog-impl") or options.get("catalog-type"), options.get("uri", "")
    if implementation == JDBC_CATALOG and uri.startswith(SQLITE):
        if "warehouse" not in options:
            raise TrunklineError(f"catalog {name} does not say where its tables are", "give it a 'warehouse', such as 'file:///lake'")
        return _sqlite_catalog(name, Path(uri.removeprefix(SQLITE).partition("?")[0]), options["warehouse"])
    protocol = ":".join(uri.split(":")[:2]) if uri.startswith("jdbc:") else uri.partition(":")[0]  # the rest may hold a password
    raise TrunklineError(
        f"catalog {name}: tables of {implementation or 'no catalog-impl'} at {protocol or 'no uri'} can't be read from here",
        f"declare it with 'catalog-impl'='{JDBC_CATALOG}' and a 'uri' that starts with {SQLITE}",
    )


def _sqlite_catalog(name: str, file: Path, warehouse: str) -> Catalog:
    file.parent.mkdir(parents=True, exist_ok=True)
    url = URL.create("sqlite", database=str(file), query={"timeout": BUSY_SECONDS})
    return SqlCatalog(name, uri=url.render_as_string(), warehouse=warehouse)


@dataclass(frozen=True)
class StoredTable:
    """An Iceberg table at one moment, by its three-word name `catalog.database.table`."""

    name: str
    iceberg: Table

    @property
    def catalog(self) -> str:
        """The first word of its name: its domain."""
        return self.name.split(".")[0]

    @property
    def database(self) -> str:
        """The second word of its name."""
        return self.name.split(".")[1]

    @property
    def columns(self) -> list[str]:
        """Names, in the order of the current schema."""
        return [field.name for field in self.iceberg.schema().fields]

    @property
    def metadata_location(self) -> str:
        """The URI of the metadata file that names the snapshot."""
        return self.iceberg.metadata_location

    @property
    def rows(self) -> int:
        """How many the snapshot holds, by its own summary; 0 before the first commit."""
        snapshot = self.iceberg.current_snapshot()
        return int(snapshot.summary["total-records"]) if snapshot and snapshot.summary else 0

    @property
    def committed_at(self) -> datetime | None:
        """When the current snapshot was committed (UTC); None before the first commit."""
        snapshot = self.iceberg.current_snapshot()
        return datetime.fromtimestamp(snapshot.timestamp_ms / 1000, UTC) if snapshot else None


@dataclass(frozen=True)
class Lake:
    """Every catalog of an environment (name -> its Flink options), and the files that declare views for readers."""

    options: Mapping[str, Mapping[str, str]]
    serving: Sequence[Path] = ()

    @classmethod
    def of(cls, project: Project, environment: str = "local") -> "Lake":
        """The lake of `catalog/<environment>.sql`, with the views of `sql/<domain>/serving/*.sql`."""
        return cls(load_environment(project, environment).catalogs, sorted((project.root / "sql").glob("*/serving/*.sql")))

    @cached_property
    def catalogs(self) -> dict[str, Catalog]:
        """By name; opened at the first use."""
        return {name: iceberg_catalog(name, options) for name, options in self.options.items()}

    def tables(self) -> list[StoredTable]:
        """Every stored table as it is now, by name."""
        found = [
            StoredTable(".".join((name, *identifier)), catalog.load_table(identifier))
            for name, catalog in self.catalogs.items()
            for namespace in catalog.list_namespaces()
            for identifier in catalog.list_tables(namespace)
        ]
        return sorted(found, key=lambda table: table.name)

    def find(self, name: str) -> StoredTable | None:
        """The table of that three-word name as it is now; None if nothing of that name is stored."""
        catalog, _, identifier = name.partition(".")
        try:
            return StoredTable(name, self.catalogs[catalog].load_table(identifier)) if catalog in self.catalogs else None
        except NoSuchTableError:
            return None

    def select(self, table: StoredTable, columns: str, rest: str = "") -> duckdb.DuckDBPyConnection:
        """What `SELECT columns FROM table rest` answers; one statement, for a relation would read the manifests again with each method."""
        source = f"iceberg_scan('{_escaped(table.metadata_location)}')"
        return self._reader.execute(f"SELECT {columns} FROM {source} {rest}")  # noqa: S608

    def reached(self, table: StoredTable) -> dict[int, int] | None:
        """The highest kafka_offset that the table holds, by kafka_partition; None for a table without Kafka coordinates."""
        if not {"kafka_partition", "kafka_offset"} <= set(table.columns):
            return None
        return dict(self.select(table, "kafka_partition, max(kafka_offset)", "GROUP BY ALL").fetchall())

    def connect(self, tables: Sequence[StoredTable] | None = None) -> duckdb.DuckDBPyConnection:
        """A DuckDB with a view of each table (default: all, as they are now), and the serving views, by their three-word names."""
        connection = open_duckdb()
        self.refresh(connection, tables)
        return connection

    def refresh(self, connection: duckdb.DuckDBPyConnection, tables: Sequence[StoredTable] | None = None) -> dict[str, list[str]]:
        """Moves the views of a connection to the snapshots of `tables` (default: those that are current now).

        Returns the serving views that can't be there yet, with the tables that they wait for.
        """
        for catalog in self.catalogs:
            connection.execute(f"ATTACH IF NOT EXISTS ':memory:' AS {quoted(catalog)}")
        for table in self.tables() if tables is None else tables:
            _create_schema(connection, table.name)
            connection.execute(f"CREATE OR REPLACE VIEW {quoted(table.name)} AS FROM iceberg_scan('{_escaped(table.metadata_location)}')")
        for file in self.serving:
            _create_schema(connection, view_name(file))
        return create_views(connection, self.serving)

    @cached_property
    def _reader(self) -> duckdb.DuckDBPyConnection:
        return open_duckdb()


def open_duckdb() -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB in UTC that reads Iceberg, its extensions taken from their wheels: nothing is downloaded."""
    connection = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")  # it would go to stdout
    for name in ("avro", "iceberg"):
        folder = files(f"duckdb_extension_{name}") / "extensions" / f"v{duckdb.__version__}"
        connection.load_extension(str(folder / f"{name}.duckdb_extension"))
    return connection


def quoted(name: str) -> str:
    """A dotted name as SQL identifiers."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


def _create_schema(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(table.rpartition('.')[0])}")


def _escaped(text: str) -> str:
    return text.replace("'", "''")
