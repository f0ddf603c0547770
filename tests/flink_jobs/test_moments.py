"""The snapshots that belong together."""

import gc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from flink_jobs.lake import Lake
from flink_jobs.moments import moment
from flink_jobs.snapshots import CHECKPOINT, JOB_ID, StoredTable
from tests.flink_jobs.lakes import NOON, SILVER, append, make_project, make_table

CASES = yaml.safe_load((Path(__file__).parent / "data" / "moments.yaml").read_text())
START_MS = int(NOON.timestamp() * 1000)

Commit = tuple[str, str | None, int | None]


def stored(name: str, commits: list[Commit], expired: int = 0) -> StoredTable:
    """A table with its share of the commits of a lake, the first of which are expired; a snapshot's id is the number of its commit."""
    own = [(second, job, checkpoint) for second, (table, job, checkpoint) in enumerate(commits, 1) if table == name]
    snapshots = [
        {
            "snapshot-id": number,
            "parent-snapshot-id": number - 1,
            "sequence-number": number,
            "timestamp-ms": START_MS + second * 1000,
            "summary": {JOB_ID: job, CHECKPOINT: str(checkpoint)} if job else {},
        }
        for number, (second, job, checkpoint) in enumerate(own, 1)
    ]
    metadata = {"snapshots": snapshots[expired:], "current-snapshot-id": len(own) or -1}
    return StoredTable(f"shop.gold.{name}", "", metadata, lambda: pytest.fail("no catalog is needed"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_a_reader_sees(case: dict[str, Any]) -> None:
    tables = [stored(name, case["commits"], case.get("expired", {}).get(name, 0)) for name in case["then"]]
    as_of = NOON + timedelta(seconds=case["as_of"]) if "as_of" in case else None
    found = moment(tables, {table.name: "shop-orders" for table in tables}, as_of)
    seen = {table.name.split(".")[2]: table.snapshot.id if table.snapshot else 0 for table in found.tables}
    assert {name: seen.get(name) for name in case["then"]} == case["then"]
    assert set(found.apart.values()) == ({case["apart"]} if "apart" in case else set())


@st.composite
def histories(draw: Callable[..., Any]) -> tuple[list[str], list[Commit], dict[Commit, int]]:
    """Tables, their commits, and how many rows each brings, of a job that was cut off while the commits of a checkpoint were made.

    The sink passes over a checkpoint that brings a table nothing, but for every tenth in a row.
    """
    tables = [f"t{i}" for i in range(draw(st.integers(1, 4)))]
    last, quiet, commits, rows = draw(st.integers(1, 25)), dict.fromkeys(tables, 0), [], {}
    for checkpoint in range(1, last + 1):
        made = []
        for table in draw(st.permutations(tables)):
            brought = draw(st.integers(0, 2))
            quiet[table] = 0 if brought else quiet[table] + 1
            if brought or quiet[table] % 10 == 0:
                made.append((table, "x", checkpoint))
                rows[made[-1]] = brought
        commits += made if checkpoint < last else made[: draw(st.integers(0, len(made)))]
    return tables, commits, rows


@given(histories())
def test_all_tables_hold_the_same_checkpoints_wherever_a_job_was_cut_off(
    history: tuple[list[str], list[Commit], dict[Commit, int]],
) -> None:
    names, commits, brought = history
    found = moment([stored(name, commits) for name in names], {f"shop.gold.{name}": "shop-orders" for name in names})
    if found.apart:
        return
    held = {table.name.removeprefix("shop.gold."): {int(s.summary[CHECKPOINT]) for s in table.history} for table in found.tables}

    def as_at(checkpoint: int) -> bool:
        return all((number in held[table]) == (number <= checkpoint) for (table, _, number), rows in brought.items() if rows)

    newest = max((checkpoint for _, _, checkpoint in commits), default=0)
    assert any(map(as_at, (newest, newest - 1)))


def test_a_table_that_no_job_declares_goes_with_those_of_its_flink_job() -> None:
    commits = [("a", "x", 1), ("b", "x", 1), ("a", "x", 2), ("c", None, None)]
    found = moment([stored(name, commits) for name in "abc"], {})
    assert [table.snapshot.id for table in found.tables] == [1, 1, 1]


def test_a_moment_is_as_old_as_its_newest_snapshot() -> None:
    found = moment([stored("a", [("a", "x", 1), ("a", "x", 2)]), stored("b", [])], {})
    assert found.at == NOON + timedelta(seconds=2)
    assert moment([stored("b", [])], {}).at is None


def test_a_moment_can_be_read_when_the_lake_has_deleted_its_metadata_files(tmp_path: Path) -> None:
    lake = Lake.of(make_project(tmp_path, "shop"))
    iceberg = make_table(lake, "shop.silver.orders", SILVER)
    append(iceberg, 20)
    between = datetime.now(UTC)
    append(iceberg, 5, start=20)
    then, now = lake.moment(between), lake.moment()
    for file in (tmp_path / ".trunkline").rglob("*.metadata.json"):
        file.unlink()
    assert [lake.select(found.tables[0], "count(*)").fetchone() for found in (then, now)] == [(20,), (25,)]
    assert [found.tables[0].iceberg.scan().to_arrow().num_rows for found in (then, now)] == [20, 25]
    assert [found.tables[0].rows for found in (then, now)] == [20, 25]


def test_a_connection_can_be_read_when_its_lake_is_no_more(tmp_path: Path) -> None:
    lake = Lake.of(make_project(tmp_path, "shop"))
    append(make_table(lake, "shop.silver.orders", SILVER), 20)
    connection = lake.connect()
    del lake
    gc.collect()
    assert connection.execute("SELECT count(*) FROM shop.silver.orders").fetchone() == (20,)


def test_the_files_of_a_moment_go_with_it(tmp_path: Path) -> None:
    lake = Lake.of(make_project(tmp_path, "shop"))
    append(make_table(lake, "shop.silver.orders", SILVER), 1)
    connection = lake.connect()
    (file,) = (
        Path(name)
        for (name,) in connection.execute(
            "SELECT DISTINCT regexp_extract(sql, '''(.*)''', 1) FROM duckdb_views() WHERE sql LIKE '%iceberg_scan%'"
        ).fetchall()
    )
    for rows in (2, 3):
        assert file.exists()
        append(lake.find("shop.silver.orders").iceberg, 1, start=rows)
        lake.refresh(connection)
        assert connection.execute("SELECT count(*) FROM shop.silver.orders").fetchone() == (rows,)
    assert not file.exists()
