"""The views that readers see, over tables made by hand as the contracts say, without Flink."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sql.harness import Row, Rows
from tests.sql.lake import Case, assert_shows, empty_lake, fill, load_cases, rows_of
from udfs.keys import surrogate_key

CASES = load_cases(Path(__file__).with_name("serving"))
KEYS = {  # table: its surrogate keys, each of an entity and the column with the natural key
    "dim_user_versions": {"user_sk": ("user", "phone_number")},
    "dim_agent_versions": {"agent_sk": ("agent", "agent_id")},
    "dim_cell_site_versions": {"cell_sk": ("cell_site", "cell_id")},
    "dim_device_versions": {"device_sk": ("device", "tac")},
    "fact_calls": {"from_user_sk": ("user", "from_phone_number"), "to_user_sk": ("user", "to_phone_number")},
    "fact_sms": {"from_user_sk": ("user", "from_phone_number"), "to_user_sk": ("user", "to_phone_number")},
    "fact_support": {"agent_sk": ("agent", "agent_id")},
}


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_lake("telecom") as connection:
        yield connection


def put(connection: duckdb.DuckDBPyConnection, given: Mapping[str, Rows]) -> None:
    """Puts these rows into the gold tables, with what they leave out: surrogate keys, and that a version is no deletion."""
    fill(connection, {table: [defaults(table, row) | row for row in rows] for table, rows in given.items()})


def defaults(table: str, row: Row) -> Row:
    keys = {sk: surrogate_key(entity, row[column]) for sk, (entity, column) in KEYS.get(table, {}).items()}
    if table.endswith("_members"):
        keys = {"member_sk": surrogate_key(row["entity"], row["natural_key"])}
    return keys | ({"is_deleted": False} if table.endswith("_versions") else {})


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_case(connection: duckdb.DuckDBPyConnection, case: Case) -> None:
    put(connection, case.given)
    assert_shows(connection, case.expect)


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
    put(connection, {"dim_user_versions": versions})
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
    put(connection, {"dim_user_versions": versions})
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
