"""The data model as data, each domain's `model.yaml` in `tests/sql/`, and what a table or view lacks of it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import yaml
from pyiceberg.schema import Schema

MODELS = sorted((Path(__file__).parents[1] / "sql").glob("*/model.yaml"))

Columns = Mapping[str, str]

_ICEBERG = {
    "string": "STRING",
    "binary": "BYTES",
    "boolean": "BOOLEAN",
    "int": "INT",
    "long": "BIGINT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamptz": "TIMESTAMP_LTZ(6)",
}
_DUCKDB = {
    "VARCHAR": "STRING",
    "BOOLEAN": "BOOLEAN",
    "INTEGER": "INT",
    "BIGINT": "BIGINT",
    "DOUBLE": "DOUBLE",
    "DATE": "DATE",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP_LTZ(6)",
    "DECIMAL(18,4)": "DECIMAL(18, 4)",
}


def load_model() -> tuple[dict[str, Columns], dict[str, Columns]]:
    """Give the columns, with their types, of the stored tables and of the views that readers see, by three-word name."""
    stored: dict[str, Columns] = {}
    serving: dict[str, Columns] = {}
    for file in MODELS:
        domain, model = file.parent.name, yaml.safe_load(file.read_text(encoding="utf-8"))
        stored |= {f"{domain}.{name}": columns for name, columns in model["stored"].items()}
        serving |= {f"{domain}.serving.{name}": columns for name, columns in model["serving"].items()}
    return stored, serving


def columns_of_table(schema: Schema) -> Columns:
    """Give a stored table's columns in the model's words; a type that the model never has stays in Iceberg's."""
    return {field.name: _stored_type(str(field.field_type)) + " not null" * field.required for field in schema.fields}


def _stored_type(found: str) -> str:
    return found.upper() if found.startswith("decimal") else _ICEBERG.get(found, found)


def columns_of_view(connection: duckdb.DuckDBPyConnection, name: str) -> Columns:
    """Give a DuckDB view's columns in the model's words; a type that the model never has stays in DuckDB's."""
    return {column: _DUCKDB.get(found, found) for column, found, *_ in connection.execute(f"DESCRIBE {name}").fetchall()}


def lacks(model: Columns, found: Columns) -> Iterator[str]:
    """Tell, as lines to read, which columns of the model a table or view has not, or with another type; it may have more."""
    for column, wanted in model.items():
        if column not in found:
            yield f"column {column} {wanted} is missing"
        elif found[column] != wanted:
            yield f"column {column} should be {wanted} but is {found[column]}"
