"""Whether PostgreSQL has every row of every gold table, as pyiceberg reads it, and no other: without any code of `trunkline serve`."""

from collections.abc import Iterable, Iterator, Mapping

import psycopg

from flink_jobs.lake import Lake

Row = Mapping[str, object]


def assert_equals_gold(connection: psycopg.Connection, lake: Lake, domain: str) -> None:
    """The gold tables of a domain, while nobody writes to them, are those of its database."""
    tables = [table for table in lake.tables() if table.name.startswith(f"{domain}.gold.")]
    assert tables != []
    for table in tables:
        rows = connection.execute(f"SELECT * FROM {table.name.partition('.')[2]}")
        columns = [column.name for column in rows.description]
        found = [dict(zip(columns, row, strict=True)) for row in rows]
        assert by_text(found) == by_text(as_postgres_has_them(table.iceberg.scan().to_arrow().to_pylist())), table.name


def as_postgres_has_them(rows: list[Row]) -> Iterator[Row]:
    """Texts can't hold the character 0 there."""
    for row in rows:
        yield {column: value.replace("\0", "\ufffd") if isinstance(value, str) else value for column, value in row.items()}


def by_text(rows: Iterable[Row]) -> list[list[tuple[str, object]]]:
    return sorted((sorted(row.items()) for row in rows), key=lambda row: [str(value) for _, value in row])
