"""The plans of the repository's streaming jobs: each record is read once, and crosses into Python once."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from flink_jobs.check import Checked, fresh_imports, in_folder
from flink_jobs.domains import Job, load_domains
from flink_jobs.environment import Environment, load_environment
from flink_jobs.planner import Planner
from flink_jobs.project import Project
from flink_jobs.statements import split
from tests.conftest import REPOSITORY

SHARING = "table.optimizer.reuse-optimize-block-with-digest-enabled"
JOBS = [job for domain in load_domains(Project(REPOSITORY)) for job in domain.jobs if not job.is_batch]


def plan(project: Project, job: Job, folder: Path, *, sharing: bool = True) -> list[str]:
    """The operators of a job, as the optimized execution plan lists them."""
    environment = environment_in(project, folder)
    planner = Planner()
    with fresh_imports(project.root):
        for statement in (*environment.resolved, *job.settings, *job.definitions):
            planner.execute(statement)
        if not sharing:
            planner.execute(split(f"SET '{SHARING}' = 'false';", Path("test.sql"))[0])
        text = planner.explain(job.statement_set)
    return text.partition("== Optimized Execution Plan ==")[2].strip().splitlines()


def environment_in(project: Project, folder: Path) -> Environment:
    environment = load_environment(project)
    return replace(environment, resolved=[in_folder(statement, str(folder)) for statement in environment.resolved])


def crossings(operators: list[str]) -> list[str]:
    """The operators that call Python."""
    return [operator for operator in operators if "PythonCalc(" in operator]


def calls(job: Job, operator: str) -> list[str]:
    """Every call of a Python function, with its arguments."""
    names = re.compile(rf"\b(?:{'|'.join(function.declares for function in job.functions)})\(")
    return [call_at(operator, start.start()) for start in names.finditer(operator)]


def call_at(text: str, start: int) -> str:
    """The text of a call, up to the parenthesis that ends it."""
    depth = 0
    for end in range(text.index("(", start), len(text)):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        if depth == 0:
            return text[start : end + 1]
    raise AssertionError(f"a call without an end: {text[start:]}")


def scans(operators: list[str]) -> list[str]:
    return re.findall(r"TableSourceScan\(table=\[\[(.+?)\]\]", "\n".join(operators))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("plan")


def assert_read_and_crossed_once(job: Job, operators: list[str]) -> None:
    tables = scans(operators)
    assert len(tables) == len(set(tables)) == len(job.sources)
    assert len(crossings(operators)) == (len(tables) if job.functions else 0)
    found = [calls(job, operator) for operator in crossings(operators)]
    assert all(len(calls) == len(set(calls)) for calls in found), "a function is evaluated twice"
    assert {call.partition("(")[0] for calls in found for call in calls} == {function.declares for function in job.functions}


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_each_record_is_read_once_and_crosses_into_python_once(job: Job, repository: Project, folder: Path) -> None:
    assert_read_and_crossed_once(job, plan(repository, job, folder))


def test_tables_that_take_other_columns_share_the_crossing_by_a_setting_of_the_catalog(shop: Project, folder: Path) -> None:
    silver, bronze = (shop.root / "sql/shop" / layer / "orders.sql" for layer in ("silver", "bronze"))
    view = "CREATE TEMPORARY VIEW silver_orders AS SELECT * FROM rated_orders;\n"
    silver.write_text(silver.read_text().replace("silver_orders", "rated_orders") + view)
    bronze.write_text(
        bronze.read_text().replace("order_id, customer, items, price", "rating AS order_id, rating AS customer, items, price")
    )
    bronze.write_text(bronze.read_text().replace("FROM orders", "FROM rated_orders"))
    (job,) = load_domains(shop)[0].jobs
    assert_read_and_crossed_once(job, plan(shop, job, folder))
    with pytest.raises(AssertionError):
        assert_read_and_crossed_once(job, plan(shop, job, folder, sharing=False))
    assert len(crossings(plan(shop, job, folder, sharing=False))) == 2


def test_the_repository_has_no_problem(checked: Checked) -> None:
    assert {job.name for job in JOBS} < {job.name for job in checked.jobs}
