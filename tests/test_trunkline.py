"""`import trunkline`: a DuckDB over the stored tables."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

import trunkline
from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake
from flink_jobs.project import Project
from tests.flink_jobs.lakes import FIXED, SILVER, append, make_project, make_table

COUNT = "SELECT count(*) FROM shop.silver.orders"
VIEW = "-- Orders that stand.\nCREATE VIEW shop.serving.accepted AS SELECT id, amount FROM shop.silver.orders WHERE NOT is_rejected;"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    project = make_project(tmp_path / "project", "shop")
    (project.root / "sql" / "shop" / "serving").mkdir(parents=True)
    (project.root / "sql" / "shop" / "serving" / "accepted.sql").write_text(VIEW)
    append(make_table(Lake.of(project), "shop.silver.orders", SILVER), 20)
    monkeypatch.chdir(project.root)
    return project


def add(project: Project, count: int, start: int) -> None:
    append(Lake.of(project).find("shop.silver.orders").iceberg, count, start=start)


def test_tables_and_views_are_there_as_frames_of_three_kinds(project: Project) -> None:
    connection = trunkline.connect()
    found = connection.sql("FROM shop.serving.accepted ORDER BY id")
    assert found.df().shape == found.pl().shape == found.to_arrow_table().shape == (18, 2)


def test_a_connection_stays_at_its_moment_until_it_is_refreshed(project: Project) -> None:
    connection = trunkline.connect()
    began = datetime.now(UTC)
    add(project, 5, 20)
    assert connection.sql(COUNT).fetchone() == (20,)
    moment = trunkline.refresh(connection)
    assert connection.sql(COUNT).fetchone() == (25,)
    assert began - timedelta(milliseconds=1) < moment <= datetime.now(UTC)
    trunkline.refresh(connection, as_of=began.isoformat())
    assert connection.sql(COUNT).fetchone() == (20,)
    assert trunkline.connect(as_of=began.replace(tzinfo=None), project=project.root).sql(COUNT).fetchone() == (20,)


def test_views_of_a_moment_before_a_table_are_of_no_rows(project: Project) -> None:
    connection = trunkline.connect(as_of="-1d")
    assert connection.sql("SELECT count(*) FROM shop.serving.accepted").fetchone() == (0,)
    make_table(Lake.of(project), "shop.gold.hours", FIXED)
    trunkline.refresh(connection)
    assert connection.sql("FROM shop.gold.hours").fetchall() == []


@pytest.mark.parametrize("as_of", ["yesterday", "2999-01-01"])
def test_what_is_no_time_of_the_past_is_told(project: Project, as_of: str) -> None:
    with pytest.raises(TrunklineError, match="write now"):
        trunkline.connect(as_of=as_of)


def test_only_own_connections_can_be_refreshed(project: Project) -> None:
    with pytest.raises(TrunklineError, match=r"not one of trunkline.connect"):
        trunkline.refresh(duckdb.connect())


def test_a_folder_without_a_project_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrunklineError, match="no project here"):
        trunkline.connect(project=tmp_path)
