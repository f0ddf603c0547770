"""The checks of every domain: none finds anything in a right row, each finds what it is for."""

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import yaml

from flink_jobs.lake import quoted
from udfs.keys import surrogate_key

HERE = Path(__file__).parent
SQL = HERE.parents[1] / "sql"
CASES: dict[str, dict[str, Any]] = {
    f"{file.parent.name}/checks/{check}": case
    for file in sorted(HERE.glob("*/checks.yaml"))
    for check, case in yaml.safe_load(file.read_text()).items()
}

Row = dict[str, Any]


def keyed(row: Row, keys: dict[str, tuple[str, str]]) -> Row:
    """The row with the keys that its columns give."""
    values = {name: value.date() if isinstance(value, datetime) else value for name, value in row.items()}
    return row | {key: surrogate_key(entity, values[column]) for key, (entity, column) in keys.items()}


def found(check: str, *rows: Row) -> list[Row]:
    """What a check finds in a table with these rows."""
    case = CASES[check]
    tables = {**case.get("others", {}), case["table"]: [*rows, *case.get("beside", [])]}
    connection = duckdb.connect()
    connection.execute(f"SET TimeZone = 'UTC'; ATTACH ':memory:' AS {check.partition('/')[0]}")
    for table, stored in tables.items():
        types = pa.Table.from_pylist([keyed(case["row"], case.get("keys", {}))] if table == case["table"] else stored).schema
        store(connection, table, pa.Table.from_pylist(stored, schema=types))
    return connection.execute((SQL / f"{check}.sql").read_text()).fetchall()


def store(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(table.rpartition('.')[0])}")
    connection.register("rows", rows)
    connection.execute(f"CREATE TABLE {quoted(table)} AS FROM rows")


def test_every_check_has_its_cases() -> None:
    assert {str(file.relative_to(SQL).with_suffix("")) for file in SQL.glob("*/checks/*.sql")} == set(CASES)


@pytest.mark.parametrize("check", CASES)
def test_a_right_row_is_not_found(check: str) -> None:
    case = CASES[check]
    for change in ({}, *case["right"]):
        assert found(check, keyed(case["row"] | change, case.get("keys", {}))) == [], change


@pytest.mark.parametrize(
    ("check", "change"), [(check, change) for check, case in CASES.items() for change in case["wrong"]], ids=lambda value: str(value)
)
def test_a_wrong_row_is_found(check: str, change: Row) -> None:
    assert found(check, CASES[check]["row"] | change) != []


@pytest.mark.parametrize(("check", "key"), [(check, key) for check, case in CASES.items() for key in case.get("keys", {})])
def test_a_key_that_is_not_of_its_natural_key_is_found(check: str, key: str) -> None:
    row = keyed(CASES[check]["row"], CASES[check]["keys"])
    for other in ("0" * 32, None):
        assert len(found(check, row | {key: other})) == 1
