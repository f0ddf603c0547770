# ruff: noqa: S608 - all names in these queries are those of the model
"""A domain's PostgreSQL database: made, laid out, its keys, roles and bookkeeping."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from flink_jobs.errors import TrunklineError
from flink_jobs.lake import quoted
from readers.model import Table
from readers.postgres.increments import Reached
from readers.postgres.layout import MASKED, Layout, Target, is_required, key_columns, place
from readers.postgres.types import postgres_type

READER, MASKED_READER = "trunkline_reader", "trunkline_masked"
OWN = "trunkline"  # the schema of the bookkeeping, and of tables that are being filled
SCHEMAS = {"gold": READER, "serving": READER, MASKED: MASKED_READER}
LOCK_SECONDS = 3
LOCK = 0x7472756E6B  # "trunk"
APPLICATION = "trunkline serve"
SESSION = {
    "application_name": APPLICATION,
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    # A session whose client was killed ends soon, even in the middle of a long statement.
    "options": "-c timezone=UTC -c client_min_messages=warning -c client_connection_check_interval=1000",
}
BOOKKEEPING = f"""
CREATE SCHEMA IF NOT EXISTS {OWN};
CREATE TABLE IF NOT EXISTS {OWN}.reached (
  table_name text PRIMARY KEY,
  table_uuid uuid NOT NULL,
  snapshot_id bigint,
  sequence_number bigint NOT NULL,
  kafka_offsets jsonb NOT NULL,
  committed_at timestamp with time zone
);
CREATE TABLE IF NOT EXISTS {OWN}.layout (digest text NOT NULL, mask text NOT NULL);
COMMENT ON SCHEMA {OWN} IS 'How far trunkline serve has come';
COMMENT ON TABLE {OWN}.reached IS 'The snapshot of each stored table whose rows are here, committed together with these rows';
"""


def open_database(connection_string: str, domain: str) -> psycopg.Connection:
    """A connection to the database of a domain, which is made if it is not there, and for as long as it is open no other serves it.

    psycopg.OperationalError where the server does not answer; TrunklineError where it refuses.
    """
    _require_database(connection_string, domain)
    connection = psycopg.connect(connection_string, dbname=domain, autocommit=True, **_session(connection_string))
    try:
        _require_lock(connection, domain)
        with connection.transaction():
            connection.execute(BOOKKEEPING)
            for role in (READER, MASKED_READER):
                _require_role(connection, role)
            _grant(connection, domain)
    except BaseException:
        connection.close()
        raise
    return connection


def _session(connection_string: str) -> dict[str, str | int]:
    return SESSION if "options" not in conninfo_to_dict(connection_string) else {k: v for k, v in SESSION.items() if k != "options"}


def _require_database(connection_string: str, domain: str) -> None:
    given = conninfo_to_dict(connection_string)
    try:
        psycopg.connect(connection_string, dbname=domain, **_session(connection_string)).close()
    except psycopg.OperationalError as error:
        if "does not exist" not in str(error):
            raise
        with psycopg.connect(make_conninfo(connection_string, dbname=given.get("dbname", "postgres")), autocommit=True) as server:
            # Texts are compared by their bytes, as in DuckDB.
            server.execute(f"CREATE DATABASE {quoted(domain)} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C'")


def _require_lock(connection: psycopg.Connection, domain: str) -> None:
    def try_it() -> bool:
        return connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()[0]

    with suppress(RetryError):  # the session of one that was killed ends within a second or so
        Retrying(retry=retry_if_result(lambda has_it: not has_it), stop=stop_after_delay(LOCK_SECONDS), wait=wait_fixed(0.2))(try_it)
        return
    holder = connection.execute(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND (classid::bigint << 32) + objid::bigint = %s AND granted", [LOCK]
    ).fetchone()
    raise TrunklineError(f"another `{APPLICATION}` serves the database {domain} (session {holder[0] if holder else '?'})", "end it first")


def _require_role(connection: psycopg.Connection, role: str) -> None:
    if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).rowcount:
        connection.execute(f"CREATE ROLE {role} NOLOGIN")


def _grant(connection: psycopg.Connection, domain: str) -> None:
    """Only the two roles, and each only its schemas."""
    connection.execute(f"REVOKE ALL ON DATABASE {quoted(domain)} FROM PUBLIC; REVOKE ALL ON SCHEMA public FROM PUBLIC")
    connection.execute(f"GRANT CONNECT ON DATABASE {quoted(domain)} TO {READER}, {MASKED_READER}")
    for schema, role in SCHEMAS.items():
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}; GRANT USAGE ON SCHEMA {schema} TO {role}")


def read_reached(connection: psycopg.Connection) -> dict[str, Reached]:
    """How far the database has come, by table."""
    rows = connection.execute(f"SELECT table_name, table_uuid, snapshot_id, sequence_number, kafka_offsets FROM {OWN}.reached").fetchall()
    return {
        name: Reached(str(uuid), snapshot, sequence, {int(partition): offset for partition, offset in offsets.items()})
        for name, uuid, snapshot, sequence, offsets in rows
    }


def write_reached(connection: psycopg.Connection, name: str, reached: Reached, committed_ms: int | None) -> None:
    """Notes how far a table has come."""
    connection.execute(
        f"""INSERT INTO {OWN}.reached VALUES (%s, %s, %s, %s, %s, to_timestamp(%s / 1000.0))
        ON CONFLICT (table_name) DO UPDATE SET table_uuid = excluded.table_uuid, snapshot_id = excluded.snapshot_id,
        sequence_number = excluded.sequence_number, kafka_offsets = excluded.kafka_offsets, committed_at = excluded.committed_at""",
        [name, reached.uuid, reached.snapshot, reached.sequence, json.dumps(reached.offsets), committed_ms],
    )


def is_laid_out(connection: psycopg.Connection, layout: Layout) -> bool:
    """Whether the database has the tables and views of this layout."""
    return connection.execute(f"SELECT digest FROM {OWN}.layout").fetchone() == (layout.digest,)


def mask_of(connection: psycopg.Connection) -> str:
    """The fingerprint of what the masked tables are masked with."""
    return next((mask for (mask,) in connection.execute(f"SELECT mask FROM {OWN}.layout")), "")


def alter(connection: psycopg.Connection, layout: Layout) -> set[str]:
    """Gives the tables that are there the columns and types of the layout, and removes those that no longer belong there.

    Returns those (`schema.table`) that must be filled: they are not there, or have changed in a way that their rows can't follow.
    """
    there = _columns(connection)
    wanted = {target.name: target for target in layout.every_target}
    changes = {name: _changes(target, there[name]) for name, target in wanted.items() if name in there}
    obsolete = [name for name in there if name not in wanted]
    rebuilt = {name for name, target in wanted.items() if changes.get(name) and target.table not in layout.appended}
    if obsolete or any(changes.values()):
        drop_views(connection)
    for name in (*obsolete, *rebuilt):
        connection.execute(f"DROP TABLE {quoted(name)} CASCADE")
    for name, found in changes.items():
        for change in found if name not in rebuilt else ():
            connection.execute(f"ALTER TABLE {quoted(name)} {change}")
    return rebuilt | (wanted.keys() - there.keys())


def _changes(target: Target, there: dict[str, tuple[str, bool]]) -> list[str]:
    wanted = {column.name: (postgres_type(column.type).replace(", ", ","), is_required(target, column)) for column in target.table.columns}
    found = [f"DROP COLUMN {quoted(name)}" for name in there if name not in wanted]
    for name, (kind, required) in wanted.items():
        if name not in there:
            found.append(f"ADD COLUMN {quoted(name)} {kind}")
            continue
        if there[name][0] != kind:
            found.append(f"ALTER COLUMN {quoted(name)} TYPE {kind}")
        if there[name][1] and not required and name not in key_columns(target.table):
            found.append(f"ALTER COLUMN {quoted(name)} DROP NOT NULL")
    return found


def _columns(connection: psycopg.Connection) -> dict[str, dict[str, tuple[str, bool]]]:
    """The columns of each table that is there: type, and whether it is NOT NULL."""
    found: dict[str, dict[str, tuple[str, bool]]] = {}
    rows = connection.execute(
        """SELECT nspname || '.' || relname, attname, format_type(atttypid, atttypmod), attnotnull
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE relkind = 'r' AND nspname = ANY(%s) AND attnum > 0 AND NOT attisdropped ORDER BY attnum""",
        [list(SCHEMAS)],
    )
    for table, name, kind, required in rows:
        found.setdefault(table, {})[name] = kind, required
    return found


def create_aside(connection: psycopg.Connection, target: Target) -> str:
    """Makes an empty table beside the one that readers see, or will see; its name."""
    aside = f"{OWN}.{target.name.replace('.', '_')}"
    columns = ", ".join(
        f"{quoted(column.name)} {postgres_type(column.type)}{' NOT NULL' if is_required(target, column) else ''}"
        for column in target.table.columns
    )
    connection.execute(f"DROP TABLE IF EXISTS {quoted(aside)}; CREATE TABLE {quoted(aside)} ({columns})")
    return aside


def put_in_place(connection: psycopg.Connection, target: Target, aside: str) -> None:
    """Puts a table that is filled where readers see it, in the place of the one that is there."""
    schema, word = target.name.split(".")
    connection.execute(f"DROP TABLE IF EXISTS {quoted(target.name)} CASCADE")
    connection.execute(f"ALTER TABLE {quoted(aside)} RENAME TO {quoted(word)}")
    connection.execute(f"ALTER TABLE {quoted(f'{OWN}.{word}')} SET SCHEMA {schema}")
    _comment(connection, "TABLE", target.name, target.table)


def drop_views(connection: psycopg.Connection) -> None:
    """Removes every view."""
    views = connection.execute("SELECT schemaname || '.' || viewname FROM pg_views WHERE schemaname = ANY(%s)", [list(SCHEMAS)]).fetchall()
    for (name,) in views:
        connection.execute(f"DROP VIEW IF EXISTS {quoted(name)} CASCADE")


def create_views(connection: psycopg.Connection, layout: Layout) -> None:
    """Makes every view anew, says what each table and view is, and gives the roles their rights on them."""
    from readers.postgres.translate import refused

    drop_views(connection)
    for view, statement in layout.view_statements:
        try:
            with connection.transaction():
                connection.execute(statement)
        except psycopg.ProgrammingError as error:
            raise refused(view, error.diag.message_primary or "no reason given") from None
        _comment(connection, "VIEW", statement.split()[2].replace('"', ""), view)
    for target in layout.every_target:
        _comment(connection, "TABLE", target.name, target.table)
    for schema, role in SCHEMAS.items():
        connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}")
    connection.execute(f"DELETE FROM {OWN}.layout")
    fingerprint = layout.mask.fingerprint if layout.mask else ""
    connection.execute(f"INSERT INTO {OWN}.layout VALUES (%s, %s)", [layout.digest, fingerprint])


def _comment(connection: psycopg.Connection, kind: str, name: str, table: Table) -> None:
    said = [(f"{kind} {quoted(name)}", table.comment)]
    said += [(f"COLUMN {quoted(name)}.{quoted(column.name)}", column.comment) for column in table.columns]
    statements = [sql.SQL("COMMENT ON {} IS {}").format(sql.SQL(what), sql.Literal(comment or None)) for what, comment in said]
    connection.execute(sql.SQL("; ").join(statements))


def add_keys(connection: psycopg.Connection, layout: Layout) -> Iterator[str]:
    """Adds the primary keys, foreign keys and indexes that are missing; what rows speak against is left out, and named."""
    tables = "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    names = f"SELECT nspname || '.' || relname {tables}"
    keys = f"SELECT nspname || '.' || relname || '.' || conname {tables} JOIN pg_constraint ON conrelid = c.oid"
    there = {name for (name,) in connection.execute(f"{names} UNION ALL {keys}")}
    targets = list(layout.every_target)
    for keys in (_primary_key, _foreign_keys):
        for target in targets:
            for name, definition in keys(layout, target):
                if f"{target.name}.{name}" not in there and (objection := _objection(connection, target, name, definition)):
                    yield objection
    for target in targets:
        for name, definition in _indexes(layout, target):
            if f"{target.name.split('.')[0]}.{name}" not in there:
                connection.execute(f"CREATE INDEX {quoted(name)} ON {quoted(target.name)} {definition}")


def _objection(connection: psycopg.Connection, target: Target, name: str, definition: str) -> str | None:
    """Adds a key; what the rows have against it, if anything."""
    try:
        with connection.transaction():
            connection.execute(f"ALTER TABLE {quoted(target.name)} ADD CONSTRAINT {quoted(name)} {definition}")
    except (psycopg.IntegrityError, psycopg.errors.InvalidForeignKey) as error:
        return f"{target.name} has no {name}: {error.diag.message_primary}"
    return None


def _primary_key(_: Layout, target: Target) -> Iterator[tuple[str, str]]:
    if key := key_columns(target.table):
        yield f"{target.name.split('.')[1]}_pkey", f"PRIMARY KEY ({', '.join(map(quoted, key))})"


def _foreign_keys(layout: Layout, target: Target) -> Iterator[tuple[str, str]]:
    """They are checked at the end of a transaction, so that the order of changes in it is free."""
    word = target.name.split(".")[1]
    for reference in layout.model.references(target.table):
        to = layout.model.tables[reference.table]
        if not layout.is_translated(to):
            there = f"{quoted(_partner(layout, target, to))} ({quoted(reference.key)}) DEFERRABLE INITIALLY DEFERRED"
            yield f"{word}_{reference.column}_fkey", f"FOREIGN KEY ({quoted(reference.column)}) REFERENCES {there}"


def _partner(layout: Layout, target: Target, to: Table) -> str:
    """The table that the keys of another are in: of a masked one the masked one, if it is no view."""
    if not target.is_masked:
        return place(to.name)
    return next((other.name for other in layout.targets(to) if other.is_masked), place(to.name))


def _indexes(layout: Layout, target: Target) -> Iterator[tuple[str, str]]:
    """What readers filter and join facts by: the keys of dimensions; and times, whose rows stand about in their order."""
    word = target.name.split(".")[1]
    for reference in layout.model.references(target.table):
        yield f"{word}_{reference.column}_idx", f"({quoted(reference.column)})"
    for column in target.table.columns if target.table.is_fact else ():
        if column.type.startswith("TIMESTAMP") or column.type == "DATE":
            yield f"{word}_{column.name}_idx", f"USING brin ({quoted(column.name)})"


def drop_broken(connection: psycopg.Connection, error: psycopg.IntegrityError) -> str:
    """Removes the key that new rows break, so that they get in; what is said of it. TrunklineError where no key is to blame."""
    told = error.diag
    name = told.constraint_name or (f"{told.table_name}_pkey" if told.column_name else None)
    if name is None or told.schema_name not in SCHEMAS:
        raise TrunklineError(f"{told.table_name}: {told.message_primary}", "the rows are not as their contract says")
    table = quoted(f"{told.schema_name}.{told.table_name}")
    with connection.transaction():
        connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {quoted(name)} CASCADE")
        if told.column_name:
            connection.execute(f"ALTER TABLE {table} ALTER COLUMN {quoted(told.column_name)} DROP NOT NULL")
    return f"{told.schema_name}.{told.table_name} has no {name} any more: {told.message_primary}"


@contextmanager
def changed_keys(cursor: psycopg.Cursor, column: str, kind: str) -> Iterator[str]:
    """A table of one transaction for the keys whose rows change; its name."""
    cursor.execute(f"CREATE TEMPORARY TABLE changed ({quoted(column)} {kind})")
    yield "pg_temp.changed"
    cursor.execute("DROP TABLE pg_temp.changed")
