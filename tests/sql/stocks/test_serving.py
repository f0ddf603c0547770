"""The views that readers see, over tables made by hand as the contracts say, without Flink."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.sql.lake import Case, assert_shows, empty_lake, fill, load_cases

CASES = load_cases(Path(__file__).with_name("serving"))


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_lake("stocks") as connection:
        yield connection


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_case(connection: duckdb.DuckDBPyConnection, case: Case, zone: str) -> None:
    connection.execute(f"SET TimeZone = '{zone}'")
    fill(connection, case.given)
    assert_shows(connection, case.expect)
