"""The Iceberg catalogs of an environment, opened from outside Flink: JDBC on SQLite or PostgreSQL, and REST."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from flink_jobs import storage
from flink_jobs.errors import TrunklineError
from flink_jobs.secrecy import hidden, pieces

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog

JDBC_CATALOG = "org.apache.iceberg.jdbc.JdbcCatalog"
REST_CATALOG = "org.apache.iceberg.rest.RESTCatalog"
SQLITE, POSTGRES = "jdbc:sqlite:", "jdbc:postgresql:"
BUSY_SECONDS = 30
CONNECT_SECONDS = 5
PARALLEL_REQUESTS = 8
LOCATIONS = "SELECT table_namespace, table_name, metadata_location FROM iceberg_tables WHERE catalog_name = "
# Options that pyiceberg and libpq know by the names that Flink and JDBC give them.
LIBPQ_OPTIONS = ("user", "password", "host", "sslmode", "sslrootcert", "sslcert", "sslkey")
SECRETS = ("jdbc.password", "credential", "token", *storage.SECRETS)
REST_OPTIONS = ("uri", "warehouse", "credential", "token", "scope", "audience", "resource", "oauth2-server-uri", "prefix")


def table_locations(name: str, options: Mapping[str, str], open_catalog: Callable[[], "Catalog"]) -> dict[str, str]:
    """The URI of the newest metadata file of each table, by three-word name; TrunklineError for a catalog that can't be read.

    Only of a REST server each table is asked for by itself, through the catalog that `open_catalog` gives.
    """
    kind, uri = _kind(name, options), options["uri"]
    with _failures(name, options):
        if kind == SQLITE:
            found = _in_sqlite(name, _sqlite_file(uri))
        elif kind == POSTGRES:
            found = _in_postgres(name, options)
        else:
            found = _in_rest(open_catalog())
    return {f"{name}.{namespace}.{table}": location for namespace, table, location in found}


def iceberg_catalog(name: str, options: Mapping[str, str]) -> "Catalog":
    """The catalog that Flink opens by `CREATE CATALOG name WITH (options)`; TrunklineError for one that can't be read.

    An SQLite file that does not exist yet is created without tables, as Flink does.
    """
    kind, uri = _kind(name, options), options["uri"]
    with _failures(name, options):
        if kind == REST_CATALOG:
            from flink_jobs.rest import TimedRestCatalog

            given = {key: options[key] for key in REST_OPTIONS if key in options}
            return TimedRestCatalog(name, **given, **storage.file_io(options))
        from pyiceberg.catalog.sql import SqlCatalog
        from sqlalchemy import URL

        if kind == SQLITE:
            file = _sqlite_file(uri)
            file.parent.mkdir(parents=True, exist_ok=True)
            url = URL.create("sqlite", database=str(file), query={"timeout": str(BUSY_SECONDS)})
        else:
            at = _postgres(options)
            user, password, database = (at.pop(part, None) for part in ("user", "password", "dbname"))
            url = URL.create("postgresql+psycopg", user, password, database=database, query=at)
        uri = url.render_as_string(hide_password=False)
        return SqlCatalog(name, uri=uri, warehouse=options["warehouse"], **storage.file_io(options))


def server_time(name: str, options: Mapping[str, str]) -> datetime | None:
    """What time it is in the PostgreSQL of a catalog (UTC); None for another catalog. TrunklineError when it can't be read."""
    if _kind(name, options) != POSTGRES:
        return None
    import psycopg

    with _failures(name, options), psycopg.connect(**_postgres(options)) as connection:
        return connection.execute("SELECT clock_timestamp()").fetchone()[0].astimezone(UTC)


def _kind(name: str, options: Mapping[str, str]) -> str:
    """How a catalog is reached: the beginning of its JDBC address, or REST's class."""
    implementation, uri = options.get("catalog-impl") or options.get("catalog-type"), options.get("uri", "")
    if implementation in ("rest", REST_CATALOG) and urlsplit(uri).scheme in ("http", "https"):
        return REST_CATALOG
    if implementation == JDBC_CATALOG and (kind := next((kind for kind in (SQLITE, POSTGRES) if uri.startswith(kind)), None)):
        if "warehouse" not in options:
            raise TrunklineError(f"catalog {name} does not say where its tables are", "give it a 'warehouse', such as 'file:///lake'")
        return kind
    protocol = ":".join(uri.split(":")[:2]) if uri.startswith("jdbc:") else uri.partition(":")[0]  # the rest may hold a password
    raise TrunklineError(
        f"catalog {name}: tables of {implementation or 'no catalog-impl'} at {protocol or 'no uri'} can't be read from here",
        f"declare it with 'catalog-impl'='{JDBC_CATALOG}' and a 'uri' that starts with {SQLITE} or {POSTGRES}, "
        "or with 'catalog-type'='rest' and one that starts with http",
    )


def _sqlite_file(uri: str) -> Path:
    return Path(uri.removeprefix(SQLITE).partition("?")[0])


def _in_sqlite(name: str, file: Path) -> list[tuple[Any, ...]]:
    if not file.exists():
        return []
    with closing(sqlite3.connect(file, timeout=BUSY_SECONDS)) as connection:
        known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'iceberg_tables'").fetchone()
        return connection.execute(f"{LOCATIONS}?", [name]).fetchall() if known else []


def _in_postgres(name: str, options: Mapping[str, str]) -> list[tuple[Any, ...]]:
    import psycopg

    with psycopg.connect(**_postgres(options)) as connection:
        known = connection.execute("SELECT to_regclass('iceberg_tables')").fetchone() != (None,)
        return connection.execute(f"{LOCATIONS}%s", [name]).fetchall() if known else []


def _in_rest(catalog: "Catalog") -> list[tuple[Any, ...]]:
    tables = [identifier for namespace in catalog.list_namespaces() for identifier in catalog.list_tables(namespace)]
    with ThreadPoolExecutor(PARALLEL_REQUESTS) as pool:
        locations = pool.map(lambda identifier: catalog.load_table(identifier).metadata_location, tables)
        return [(*identifier, location) for identifier, location in zip(tables, locations, strict=True)]


def _postgres(options: Mapping[str, str]) -> dict[str, Any]:
    """What a JDBC address of PostgreSQL and the options beside it say, for libpq."""
    address = urlsplit(options["uri"].removeprefix("jdbc:"))
    given = {key: values[-1] for key, values in parse_qs(address.query).items() if key in LIBPQ_OPTIONS}
    found = given | {
        "host": address.hostname or given.get("host"),
        "port": address.port and str(address.port),
        "dbname": address.path.removeprefix("/"),
    }
    found |= {key: options[f"jdbc.{key}"] for key in ("user", "password") if f"jdbc.{key}" in options}
    return {"connect_timeout": str(CONNECT_SECONDS)} | {key: value for key, value in found.items() if value}


@contextmanager
def _failures(name: str, options: Mapping[str, str]) -> Iterator[None]:
    """What a catalog says that can't be reached, without what is secret."""
    try:
        yield
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("psycopg", "pyiceberg", "requests", "sqlalchemy", "sqlite3"):
            raise
        said = _silent_server(error) or str(error).strip().partition("\n")[0]
        fix = "correct its options in catalog/<env>.sql, or start its server"
        raise TrunklineError(f"catalog {name} can't be read: {hidden(said, _secrets(options))}", fix) from None


def _silent_server(error: Exception) -> str:
    """Which HTTP server does not answer, if that is what is wrong."""
    from requests import ConnectionError, Timeout

    return f"{error.request.url} does not answer" if isinstance(error, ConnectionError | Timeout) and error.request else ""


def _secrets(options: Mapping[str, str]) -> set[str]:
    """What must not be told of the options."""
    address = urlsplit(options["uri"].removeprefix("jdbc:"))
    found = filter(None, (address.password, *parse_qs(address.query).get("password", ()), *map(options.get, SECRETS)))
    return {piece for secret in found for piece in pieces(secret)}
