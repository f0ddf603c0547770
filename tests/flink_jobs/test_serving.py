"""The views for readers: there as soon as what they read is stored, whatever their files are called."""

from pathlib import Path

import duckdb
import pytest

from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake
from flink_jobs.project import Project
from flink_jobs.reader import Reader
from tests.flink_jobs.lakes import FIXED, append, make_project, make_table


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A shop with the stored table `shop.gold.hours`, and the file of another, `shop.gold.days`, that is not stored."""
    project = make_project(tmp_path, "shop")
    append(make_table(Lake.of(project), "shop.gold.hours", FIXED), 3)
    for folder in ("gold", "serving"):
        (project.root / "sql" / "shop" / folder).mkdir(parents=True)
    (project.root / "sql" / "shop" / "gold" / "days.sql").write_text("CREATE TABLE shop.gold.days (hour INT)")
    return project


def declare(project: Project, name: str, query: str) -> None:
    file = project.root / "sql" / "shop" / "serving" / f"{name}.sql"
    file.write_text(f"-- shop.serving.{name} stands in the way of no shop.serving.z\nCREATE OR REPLACE VIEW shop.serving.{name} AS {query}")


def answer(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple]:
    return connection.execute(query).fetchall()


def test_a_view_is_made_after_those_that_it_reads(project: Project) -> None:
    declare(project, "a", "SELECT max(hour) AS hour FROM shop.serving.b JOIN shop.serving.z USING (hour)")
    declare(project, "b", "FROM shop.serving.z")
    declare(project, "z", "FROM shop.gold.hours")
    assert answer(Lake.of(project).connect(), "FROM shop.serving.a") == [(2,)]


def test_a_view_waits_for_its_tables_and_no_other_view_waits_for_it(project: Project) -> None:
    declare(project, "days", "FROM shop.gold.days")
    declare(project, "late", "FROM shop.serving.days JOIN shop.gold.hours USING (hour)")
    declare(project, "now", "FROM shop.gold.hours")
    lake = Lake.of(project)
    connection = lake.connect()
    assert lake.refresh(connection) == {"shop.serving.days": ["shop.gold.days"], "shop.serving.late": ["shop.gold.days"]}
    assert answer(connection, "SELECT count(*) FROM shop.serving.now") == [(3,)]
    append(make_table(lake, "shop.gold.days", FIXED), 2)
    assert lake.refresh(connection) == {}
    assert answer(connection, "SELECT count(*) FROM shop.serving.late") == [(2,)]


def test_a_view_shows_what_is_stored_since_it_was_made(project: Project) -> None:
    declare(project, "hours", "FROM shop.gold.hours")
    lake = Lake.of(project)
    connection = lake.connect()
    append(lake.find("shop.gold.hours").iceberg, 2)
    lake.refresh(connection)
    assert answer(connection, "SELECT count(*) FROM shop.serving.hours") == [(5,)]


def test_a_query_of_a_view_that_waits_says_what_for(project: Project) -> None:
    declare(project, "late", "FROM shop.gold.days")
    reader = Reader(Lake.of(project))
    with pytest.raises(TrunklineError, match=r"^shop\.serving\.late waits for shop\.gold\.days to be stored; deploy the jobs"):
        list(reader.results("SELECT * FROM shop.serving.late"))
    with pytest.raises(TrunklineError, match="Table with name other does not exist"):
        list(reader.results("SELECT * FROM shop.serving.other"))
    assert [list(result.rows) for result in reader.results("SELECT count(*) FROM shop.gold.hours")] == [[(3,)]]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("FROM shop.gold.nothing", "Catalog Error: .*nothing"),
        ("SELECT nothing FROM shop.gold.hours", "Binder Error: .*nothing"),
        ("SELEC 1", "Parser Error: .*SELEC"),
    ],
)
def test_a_view_that_is_wrong_is_named(project: Project, query: str, said: str) -> None:
    declare(project, "wrong", query)
    with pytest.raises(TrunklineError, match=rf"sql/shop/serving/wrong\.sql: {said}"):
        Lake.of(project).connect()


def test_views_that_read_each_other_are_refused(project: Project) -> None:
    declare(project, "a", "FROM shop.serving.b")
    declare(project, "b", "FROM shop.serving.a")
    with pytest.raises(TrunklineError, match=r"shop\.serving\.(a reads shop\.serving\.b reads shop\.serving\.a|b reads .*a reads .*b);"):
        Lake.of(project).connect()
