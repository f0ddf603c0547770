"""Tables behind an Iceberg REST server, a real one: catalog/rest.sql as it is shipped, with files in place of S3."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import trunkline
from flink_jobs.catalogs import REST_CATALOG
from flink_jobs.cli import app
from flink_jobs.environment import load_environment
from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake
from flink_jobs.local import jars
from flink_jobs.project import Project
from flink_jobs.snapshots import CHECKPOINT, JOB_ID
from tests.conftest import REPOSITORY
from tests.flink_jobs.lakes import SILVER, append, make_table
from tests.services import rest
from tests.services.rest import RestCatalog

ELSEWHERE = ("S3_ENDPOINT", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
COUNT = "SELECT count(*) AS n FROM shop.gold.fact_orders"


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestCatalog]:
    """A server with two warehouses."""
    folder = tmp_path_factory.mktemp("rest")
    with RestCatalog(Project(folder), ["farm", "shop"], f"file://{folder}/warehouse", {}) as server:
        yield server


@pytest.fixture
def project(catalog: RestCatalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Two domains whose tables are behind it; the working directory is in the project."""
    (tmp_path / "catalog").symlink_to(REPOSITORY / "catalog")
    for domain in ("farm", "shop"):
        (tmp_path / "sql" / domain).mkdir(parents=True)
    for name, value in (catalog.variables | dict.fromkeys(ELSEWHERE, "not asked")).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path)


@pytest.fixture
def lake(project: Project) -> Iterator[Lake]:
    """Those tables; none of them stays."""
    lake = Lake.of(project, "rest")
    yield lake
    for catalog in lake.catalogs.values():
        for namespace in catalog.list_namespaces():
            for table in catalog.list_tables(namespace):
                catalog.drop_table(table)


def query(*options: str) -> list[dict[str, object]]:
    """What `trunkline query` prints."""
    done = CliRunner().invoke(app, ["query", "--env", "rest", "--format", "json", *options])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_shipped_environment_is_that_of_this_server(project: Project, catalog: RestCatalog) -> None:
    options = load_environment(project, "rest").catalogs["shop"]
    assert (options["catalog-impl"], options["warehouse"], options["credential"]) == (REST_CATALOG, "shop", catalog.credential)


def test_tables_are_asked_by_three_words_now_and_as_they_were(lake: Lake, tmp_path: Path) -> None:
    orders = make_table(lake, "shop.gold.fact_orders", SILVER)
    append(orders, 20)
    then = lake.find("shop.gold.fact_orders").committed_at
    append(orders, 5, start=20)
    assert query(COUNT) == [{"n": 25}]
    assert query(COUNT, "--as-of", then.isoformat()) == [{"n": 20}]
    with trunkline.connect(environment="rest") as connection:
        assert connection.sql(COUNT).fetchone() == (25,)
    exported = CliRunner().invoke(app, ["export", "shop", "--env", "rest", "--to", str(tmp_path / "out"), "--json"])
    assert [(one["table"], one["rows"]) for one in json.loads(exported.stdout)] == [("shop.gold.fact_orders", 25)]


def test_tables_of_a_job_are_seen_at_one_checkpoint(lake: Lake) -> None:
    names = ("shop.silver.orders", "shop.gold.fact_orders")
    silver, gold = (make_table(lake, name, SILVER) for name in names)
    for table in (silver, gold):
        append(table, 10, summary={JOB_ID: "job", CHECKPOINT: "1"})
    append(silver, 10, start=10, summary={JOB_ID: "job", CHECKPOINT: "2"})
    assert query(f"SELECT (SELECT count(*) FROM {names[0]}) AS silver, ({COUNT}) AS gold") == [{"silver": 10, "gold": 10}]


def test_each_domain_is_a_warehouse(lake: Lake) -> None:
    make_table(lake, "shop.gold.fact_orders", SILVER)
    make_table(lake, "farm.gold.fact_eggs", SILVER)
    assert [table.name for table in lake.tables()] == ["farm.gold.fact_eggs", "shop.gold.fact_orders"]


def test_a_warehouse_that_the_server_does_not_have_is_named(lake: Lake) -> None:
    barn = Lake({"barn": {**lake.options["shop"], "warehouse": "barn"}})
    with pytest.raises(TrunklineError, match=r"^catalog barn can't be read: .*no warehouse barn"):
        barn.tables()


def test_a_token_is_enough(lake: Lake, catalog: RestCatalog) -> None:
    make_table(lake, "shop.gold.fact_orders", SILVER)
    options = {"catalog-impl": REST_CATALOG, "uri": catalog.uri, "warehouse": "shop", "token": catalog.token}
    assert [table.name for table in Lake({"shop": options}).tables()] == ["shop.gold.fact_orders"]
    with pytest.raises(TrunklineError, match=r"^catalog shop can't be read: .*no valid token"):
        Lake({"shop": options | {"token": "another"}}).tables()


def test_a_wrong_secret_is_one_line_that_does_not_show_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICEBERG_REST_CREDENTIAL", "trunkline:hunter2")
    done = CliRunner().invoke(app, ["query", "--env", "rest", COUNT])
    assert done.exit_code == 1
    assert str(done.exception).count("\n") == 0
    assert "catalog farm can't be read: " in str(done.exception)
    assert "invalid_client" in str(done.exception)
    assert "hunter2" not in str(done.exception) + done.output


def test_a_reader_goes_on_when_the_server_is_back(lake: Lake, catalog: RestCatalog) -> None:
    orders = make_table(lake, "shop.gold.fact_orders", SILVER)
    append(orders, 20)
    with lake.connect() as connection:
        catalog.stop()
        with pytest.raises(TrunklineError, match=rf"^catalog farm can't be read: {catalog.uri}/v1/\S+ does not answer; correct"):
            lake.refresh(connection)
        assert connection.sql(COUNT).fetchone() == (20,)  # what it has seen, it goes on seeing
        catalog.start()
        append(orders, 5, start=20)
        lake.refresh(connection)
        assert connection.sql(COUNT).fetchone() == (25,)


def test_the_lock_of_jars_has_what_is_wanted() -> None:
    locked = {name: {jar.coordinates for jar in group} for name, group in jars._locked(rest.LOCK).items()}
    assert locked.keys() == rest.WANTED.keys()
    assert all(locked[name] >= set(group.artifacts) for name, group in rest.WANTED.items())


def test_nothing_secret_is_in_its_command(catalog: RestCatalog) -> None:
    assert catalog.secret not in " ".join(catalog.daemon.process().cmdline())
