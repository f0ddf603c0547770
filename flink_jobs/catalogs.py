"""The Iceberg catalogs of an environment, opened from outside Flink."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from flink_jobs.errors import TrunklineError

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog

JDBC_CATALOG = "org.apache.iceberg.jdbc.JdbcCatalog"
SQLITE = "jdbc:sqlite:"
BUSY_SECONDS = 30
LOCATIONS = "SELECT table_namespace, table_name, metadata_location FROM iceberg_tables WHERE catalog_name = ?"


def table_locations(name: str, options: Mapping[str, str]) -> dict[str, str]:
    """The URI of the newest metadata file of each table, by three-word name; TrunklineError for a catalog that can't be read."""
    file = _sqlite_file(name, options)
    if not file.exists():
        return {}
    with closing(sqlite3.connect(file, timeout=BUSY_SECONDS)) as connection:
        try:
            found = connection.execute(LOCATIONS, [name]).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):  # nobody has opened the catalog yet
                return {}
            raise TrunklineError(f"catalog {name}: {file} can't be read: {error}") from None
    return {f"{name}.{namespace}.{table}": location for namespace, table, location in found}


def iceberg_catalog(name: str, options: Mapping[str, str]) -> "Catalog":
    """The catalog that Flink opens by `CREATE CATALOG name WITH (options)`; TrunklineError for one that can't be read.

    An SQLite file that does not exist yet is created without tables, as Flink does.
    """
    from pyiceberg.catalog.sql import SqlCatalog
    from sqlalchemy import URL

    file = _sqlite_file(name, options)
    file.parent.mkdir(parents=True, exist_ok=True)
    url = URL.create("sqlite", database=str(file), query={"timeout": str(BUSY_SECONDS)})
    return SqlCatalog(name, uri=url.render_as_string(), warehouse=options["warehouse"])


def _sqlite_file(name: str, options: Mapping[str, str]) -> Path:
    implementation, uri = options.get("catalog-impl") or options.get("catalog-type"), options.get("uri", "")
    if implementation == JDBC_CATALOG and uri.startswith(SQLITE):
        if "warehouse" not in options:
            raise TrunklineError(f"catalog {name} does not say where its tables are", "give it a 'warehouse', such as 'file:///lake'")
        return Path(uri.removeprefix(SQLITE).partition("?")[0])
    protocol = ":".join(uri.split(":")[:2]) if uri.startswith("jdbc:") else uri.partition(":")[0]  # the rest may hold a password
    raise TrunklineError(
        f"catalog {name}: tables of {implementation or 'no catalog-impl'} at {protocol or 'no uri'} can't be read from here",
        f"declare it with 'catalog-impl'='{JDBC_CATALOG}' and a 'uri' that starts with {SQLITE}",
    )
