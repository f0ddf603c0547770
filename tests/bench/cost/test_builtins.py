"""The rules, keys and repairs in Flink's own functions, on every call written by hand: the oracle's rows, and the shipped sentences."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from bench.cost.variant import Edit, Run
from bench.cost.variants import VARIANTS
from flink_jobs.planner import start_jvm
from flink_jobs.project import Project
from tests.oracle import calls
from tests.oracle.compare import differences
from tests.oracle.corpus import load_cases
from tests.oracle.topic import KafkaRecord
from tests.sql.conftest import CORPUS_SENT
from tests.sql.harness import Example, Message, Rows, assert_became, load_examples, new_project, releases, run, send

TOPIC = "calls-builtins"
COMPARED = ("silver.calls", "gold.fact_calls")
EXAMPLES = {
    example.id: example for example in load_examples() if example.message.topic == "calls" and "calls/duplicates:" not in example.id
}

Records = dict[str, KafkaRecord]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, broker: Project) -> Project:
    """A project with the SQL of the variant, whose job ends where the topic ends now."""
    variant, folder = VARIANTS["builtins"], tmp_path_factory.mktemp("laid-out")
    variant.run = Run("", {}, folder)
    variant.lay_out()
    Edit("sql/telecom/sources/calls.sql", "'topic' = 'calls'", f"'topic' = '{TOPIC}'").apply(folder)
    project = new_project(tmp_path_factory.mktemp("builtins"), broker.settings)
    (project.root / "sql").unlink()
    (project.root / "sql").symlink_to(folder / "sql")
    (project.state / "run").symlink_to(broker.state / "run")
    start_jvm(project)
    return project


@pytest.fixture(scope="module")
def records(project: Project) -> Records:
    """The examples and the corpus, in the variant's topic."""
    messages = {name: replace(example.message, topic=TOPIC) for name, example in EXAMPLES.items()}
    messages |= {f"corpus: {case.name}": Message(TOPIC, CORPUS_SENT, case.key, case.value) for case in load_cases(CORPUS_SENT)}
    return send(project, messages)


@pytest.fixture(scope="module")
def rows(project: Project, records: Records) -> dict[str, Rows]:
    """What the job made of them."""
    return run(project, releases(project))


def test_the_rows_are_those_of_the_oracle(records: Records, rows: dict[str, Rows]) -> None:
    expected = [calls.expected([record]) for record in records.values()]  # one by one: no repeat is known
    for layer, table in (("bronze", "bronze.calls"), ("silver", "silver.calls"), ("gold", "gold.fact_calls")):
        assert differences(merged(getattr(each, layer) for each in expected), rows[f"telecom.{table}"]) == []


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_an_example_becomes_what_it_says(example: Example, records: Records, rows: dict[str, Rows]) -> None:
    said = {table: row for table, row in example.case.expect.items() if table in COMPARED}
    example = replace(example, case=example.case.model_copy(update={"expect": said}))
    assert_became(example, records[example.id], rows)


def merged(parts: Iterable[dict[tuple, dict[str, object]]]) -> dict[tuple, dict[str, object]]:
    """One mapping of all."""
    return {place: row for part in parts for place, row in part.items()}


def test_no_python_runs(project: Project) -> None:
    (job,) = releases(project)
    assert not [line for line in job.statements if line.statement.kind == "CREATE TEMPORARY FUNCTION"]


def test_contracts_are_the_shipped_ones(project: Project) -> None:
    for name in ("silver/calls", "gold/fact_calls", "bronze/calls"):
        shipped, laid_out = (root / "sql" / "telecom" / f"{name}.sql" for root in (Path(__file__).parents[3], project.root))
        assert contract(shipped) == contract(laid_out)


def contract(file: Path) -> str:
    return file.read_text().partition("CREATE TABLE")[2]
