"""The views that readers see, over tables made by hand as the contracts say, without Flink."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from tests.sql.harness import Row, Rows, validated
from tests.sql.telecom.lake import empty_lake, rows_of
from udfs.keys import surrogate_key

CASES = Path(__file__).with_name("serving")
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
KEYS = {  # table: its surrogate keys, each of an entity and the column with the natural key
    "dim_user_versions": {"user_sk": ("user", "phone_number")},
    "dim_agent_versions": {"agent_sk": ("agent", "agent_id")},
    "dim_cell_site_versions": {"cell_sk": ("cell_site", "cell_id")},
    "dim_device_versions": {"device_sk": ("device", "tac")},
    "fact_calls": {"from_user_sk": ("user", "from_phone_number"), "to_user_sk": ("user", "to_phone_number")},
    "fact_sms": {"from_user_sk": ("user", "from_phone_number"), "to_user_sk": ("user", "to_phone_number")},
    "fact_support": {"agent_sk": ("agent", "agent_id")},
}


class Case(BaseModel, extra="forbid"):
    """Rows of stored tables, and all rows of views; `history.yaml` says it in full."""

    name: str
    given: dict[str, Rows]
    expect: dict[str, Rows]


LOADED = [(file.stem, case) for file in sorted(CASES.glob("*.yaml")) for case in validated(list[Case], file)]


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_lake() as connection:
        yield connection


def fill(connection: duckdb.DuckDBPyConnection, given: Mapping[str, Rows]) -> None:
    """Puts these rows, and no others, into the gold tables."""
    for (table,) in connection.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'gold'").fetchall():
        connection.execute(f"DELETE FROM telecom.gold.{table}")
    for table, rows in given.items():
        for offset, row in enumerate(rows):
            whole = defaults(table, row, offset) | row
            columns = ", ".join(f'"{column}"' for column in whole)
            connection.execute(f"INSERT INTO telecom.gold.{table} ({columns}) VALUES ({', '.join('?' * len(whole))})", [*whole.values()])


def defaults(table: str, row: Row, offset: int) -> Row:
    """What a case leaves out: surrogate keys, Kafka coordinates, and that a version is no deletion."""
    keys = {sk: surrogate_key(entity, row[column]) for sk, (entity, column) in KEYS.get(table, {}).items()}
    if table.endswith("_members"):
        keys = {"member_sk": surrogate_key(row["entity"], row["natural_key"])}
    deleted = {"is_deleted": False} if table.endswith("_versions") else {}
    return keys | deleted | {"kafka_partition": 0, "kafka_offset": offset, "kafka_timestamp": NOON, "kafka_date": NOON.date()}


def as_read(value: object, stored: object) -> object:
    """A value as YAML has it, as the type that the view has."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    return Decimal(str(value)) if isinstance(stored, Decimal) else value


def fits(row: Row, expected: Row) -> bool:
    return all(row[column] == as_read(value, row[column]) for column, value in expected.items())


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{theme}: {case.name}") for theme, case in LOADED])
def test_case(connection: duckdb.DuckDBPyConnection, case: Case) -> None:
    fill(connection, case.given)
    for view, expected in case.expect.items():
        rows = rows_of(connection, view)
        assert [[row for row in rows if fits(row, one)] for one in expected] == [[row] for row in ordered(rows, expected)]


def ordered(rows: Rows, expected: Rows) -> Rows:
    """The rows in the order of the expected ones that they fit, then the others."""
    return sorted(rows, key=lambda row: next((place for place, one in enumerate(expected) if fits(row, one)), len(expected)))


untimed = settings(deadline=None, max_examples=40)
PLANS = st.sampled_from([None, "basic", "gold"])
MOMENTS = st.integers(0, 5).map(lambda day: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=day))
VERSIONS = st.builds(
    lambda phone_number, plan, is_deleted, valid_from: {
        "phone_number": phone_number,
        "plan": None if is_deleted else plan,
        "is_deleted": is_deleted,
        "valid_from": valid_from,
    },
    st.sampled_from(["+201", "+202"]),
    PLANS,
    st.booleans(),
    MOMENTS,
)


def seen(connection: duckdb.DuckDBPyConnection, versions: Rows) -> list[set[tuple[Any, ...]]]:
    """What readers see of these versions of users."""
    fill(connection, {"dim_user_versions": versions})
    return [{tuple(row.values()) for row in rows_of(connection, view)} for view in ("dim_user", "dim_user_history")]


@untimed
@given(st.data(), st.lists(VERSIONS, max_size=8, unique_by=lambda row: (row["phone_number"], row["valid_from"])))
def test_versions_may_arrive_in_any_order(connection: duckdb.DuckDBPyConnection, data: st.DataObject, versions: Rows) -> None:
    assert seen(connection, data.draw(st.permutations(versions))) == seen(connection, versions)


@untimed
@given(st.data(), st.lists(VERSIONS, max_size=8))
def test_rows_may_be_stored_in_any_order(connection: duckdb.DuckDBPyConnection, data: st.DataObject, versions: Rows) -> None:
    arrived = [version | {"kafka_offset": offset} for offset, version in enumerate(versions)]
    assert seen(connection, data.draw(st.permutations(arrived))) == seen(connection, arrived)


@untimed
@given(st.lists(VERSIONS, max_size=8))
def test_history_says_of_each_moment_what_the_last_version_up_to_it_says(connection: duckdb.DuckDBPyConnection, versions: Rows) -> None:
    fill(connection, {"dim_user_versions": versions})
    history = rows_of(connection, "dim_user_history")
    for number in {version["phone_number"] for version in versions}:
        own = sorted((version for version in versions if version["phone_number"] == number), key=lambda version: version["valid_from"])
        for moment in {version["valid_from"] for version in own}:
            last = [version for version in own if version["valid_from"] <= moment][-1]
            assert [row["plan"] for row in history if holds(row, number, moment)] == ([] if last["is_deleted"] else [last["plan"]])
        assert all(one["plan"] != after["plan"] for one, after in neighbours(history, number) if one["valid_to"] == after["valid_from"])


def holds(row: Row, number: str, moment: datetime) -> bool:
    return row["phone_number"] == number and row["valid_from"] <= moment and (row["is_current"] or moment < row["valid_to"])


def neighbours(history: Rows, number: str) -> Iterable[tuple[Row, Row]]:
    return pairwise(sorted((row for row in history if row["phone_number"] == number), key=lambda row: row["valid_from"]))
