"""DuckDB's types in PostgreSQL."""

import re

NESTED = re.compile(r"\[\]$|^(STRUCT|MAP)\(")
DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
TYPES = {
    "BOOLEAN": "boolean",
    "TINYINT": "smallint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "HUGEINT": "numeric(38, 0)",
    "FLOAT": "real",
    "DOUBLE": "double precision",
    "VARCHAR": "text",
    "BLOB": "bytea",
    "UUID": "uuid",
    "DATE": "date",
    "TIME": "time without time zone",
    "TIMESTAMP": "timestamp without time zone",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
}


def postgres_type(kind: str) -> str:
    """A DuckDB type as PostgreSQL writes it; anything nested is JSON there. KeyError for a type that it has not."""
    if NESTED.search(kind):
        return "jsonb"
    decimal = DECIMAL.fullmatch(kind)
    return f"numeric({decimal[1]}, {decimal[2]})" if decimal else TYPES[kind]
