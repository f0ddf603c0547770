"""`new-domain` and `new-table`: what they write works, and touches nothing else."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from flink_jobs.check import check
from flink_jobs.cli import app
from flink_jobs.errors import TrunklineError
from flink_jobs.project import Project
from tests.conftest import REPOSITORY

REFUSED = yaml.safe_load((Path(__file__).parent / "data" / "scaffold.yaml").read_text())

Run = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repository: Project) -> Project:
    """A project without a domain but one small one, whose silver table is written by hand."""
    for name in ("formats", "stack", "jars.lock", "udfs"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    shutil.copytree(REPOSITORY / "catalog", tmp_path / "catalog")
    shutil.copytree(Path(__file__).parent / "ledger" / "sql" / "shop", tmp_path / "sql" / "shop")
    (tmp_path / ".trunkline").symlink_to(repository.state)
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path)


@pytest.fixture
def run() -> Run:
    return lambda *arguments: CliRunner().invoke(app, arguments)


def files(project: Project) -> dict[str, str]:
    found = (file for folder in ("catalog", "sql", "tests") for file in (project.root / folder).rglob("*") if file.is_file())
    return {str(file.relative_to(project.root)): file.read_text() for file in found}


def test_a_new_domain_and_its_new_tables_have_no_problem_and_change_no_file(project: Project, run: Run) -> None:
    before = files(project)
    assert run("new-domain", "bakery", "--stream", "sales").exit_code == 0
    assert run("new-table", "bakery.silver.refunds").exit_code == 0
    silver = files(project)
    assert run("new-table", "bakery.gold.fact_refunds").exit_code == 0
    after = files(project)
    assert before.items() < silver.items()
    assert {name for name in silver if after[name] != silver[name]} == {"sql/bakery/jobs/refunds.sql"}
    assert {name for name in after if name not in silver} == {"sql/bakery/gold/fact_refunds.sql"}
    assert [(job.name, len(job.inserts)) for job in check(project, domain="bakery").jobs] == [("bakery-refunds", 3), ("bakery-sales", 3)]


def test_what_is_written_is_what_a_dry_run_says(project: Project, run: Run) -> None:
    before = files(project)
    said = run("new-table", "shop.gold.refunds", "--dry-run", "--json")
    assert files(project) == before
    assert run("new-table", "shop.gold.refunds", "--json").stdout == said.stdout
    assert files(project).keys() - before.keys() == {name for name, kind in json.loads(said.stdout).items() if kind == "new"}


def test_a_fact_takes_the_columns_of_a_silver_table_that_is_there(project: Project, run: Run) -> None:
    silver = project.root / "sql" / "shop" / "silver" / "customers.sql"
    silver.write_text(
        silver.read_text().replace("city,", "city, FALSE AS is_rejected,").replace("city STRING,", "city STRING, is_rejected BOOLEAN,")
    )
    assert run("new-table", "shop.gold.fact_customers").exit_code == 0
    text = (project.root / "sql" / "shop" / "gold" / "fact_customers.sql").read_text()
    assert "SELECT\n  customer,\n  city,\n  kafka_partition,\n  kafka_offset\nFROM silver_customers\nWHERE NOT is_rejected;" in text
    job = (project.root / "sql" / "shop" / "jobs" / "customers.sql").read_text()
    assert job.endswith("  INSERT INTO shop.gold.fact_customers SELECT * FROM fact_customers;\nEND;\n")


def test_it_says_how_to_go_on(project: Project, run: Run) -> None:
    said = run("new-domain", "bakery", "--stream", "sales").output
    assert "new     sql/bakery/silver/sales.sql" in said
    assert "trunkline feed csv tests/sql/bakery/sales.csv --topic bakery-sales" in said


@pytest.mark.parametrize("arguments", [pytest.param(one["command"].split(), id=one["command"]) for one in REFUSED])
def test_what_cannot_be_is_refused_and_nothing_is_written(project: Project, run: Run, arguments: list[str]) -> None:
    (expected,) = (one["says"] for one in REFUSED if one["command"].split() == arguments)
    before = files(project)
    error = run(*arguments).exception
    assert isinstance(error, TrunklineError)
    assert str(error) == expected
    assert files(project) == before
