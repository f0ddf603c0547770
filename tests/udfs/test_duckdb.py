"""The functions in DuckDB: the same answers as in plain Python, by the same test vectors."""

import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from tests.conftest import REPOSITORY
from tests.udfs.judges import JUDGES, Judge, agrees, arguments, load
from tests.udfs.test_keys import VECTORS, parts_of
from udfs.duckdb import register
from udfs.keys import surrogate_key

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'Africa/Cairo'")  # no answer depends on it
    register(connection)
    return connection


def call(connection: duckdb.DuckDBPyConnection, name: str, *values: Any) -> Any:  # noqa: ANN401
    return connection.execute(f"SELECT {name}({', '.join('?' * len(values))})", values).fetchone()[0]


def test_every_function_of_sql_is_there(connection: duckdb.DuckDBPyConnection) -> None:
    declared = set(re.findall(r"^CREATE TEMPORARY FUNCTION (\w+)", (REPOSITORY / "udfs" / "functions.sql").read_text(), re.MULTILINE))
    assert declared <= {name for (name,) in connection.execute("SELECT function_name FROM duckdb_functions()").fetchall()}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_surrogate_keys(connection: duckdb.DuckDBPyConnection, vector: dict[str, Any]) -> None:
    parts = [Decimal(f"{part:f}") if isinstance(part, Decimal) else part for part in parts_of(vector)]  # SQL has no exponent
    assert call(connection, "surrogate_key", vector["entity"], *parts) == vector["key"]


def test_a_key_of_a_column_of_any_type(connection: duckdb.DuckDBPyConnection) -> None:
    sql = (
        "SELECT surrogate_key('x', i), surrogate_key('x', i::VARCHAR), surrogate_key('x', i::DECIMAL(9, 4)), surrogate_key('x', i::DOUBLE)"
    )
    for integer, text, decimal, double in connection.execute(f"{sql} FROM range(3) AS t (i)").fetchall():
        assert integer == text == decimal
        assert double is None


@pytest.mark.parametrize("judge", JUDGES.values(), ids=lambda judge: judge.__name__)
def test_verdicts(connection: duckdb.DuckDBPyConnection, judge: Judge) -> None:
    vectors = load(judge)
    given = [arguments(judge, vectors["good"] | case["given"]) for case in vectors["cases"]]
    verdicts = [call(connection, judge.__name__, *event.values()) for event in given]
    assert [case for case, verdict in zip(vectors["cases"], verdicts, strict=True) if not agrees(verdict, case["expect"])] == []


@pytest.mark.parametrize("name", ["event_time", "iso_date", "price_time", "without_notes", "sales_millions", "published_year"])
def test_texts(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    expected = {text: Decimal(value) if name == "sales_millions" and value else value for text, value in vectors_of(name).items()}
    assert {text: call(connection, name, text) for text in expected} == expected
    assert call(connection, name, None) is None


def test_days_and_authors(connection: duckdb.DuckDBPyConnection) -> None:
    for text, moment in vectors_of("event_time").items():
        assert call(connection, "event_date", text) == (moment or datetime(1970, 1, 1)).date()
    assert call(connection, "author_key", "Agatha Christie[1]") == surrogate_key("author", "Agatha Christie")


def vectors_of(name: str) -> dict[str, Any]:
    """What becomes of each text."""
    return yaml.safe_load((HERE / f"{name}.yaml").read_text())
