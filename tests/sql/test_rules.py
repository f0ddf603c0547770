"""Every example beside this file: a record through Kafka and its job, against what the tables must hold for it."""

from pathlib import Path

import pytest

from flink_jobs.project import Project
from flink_jobs.scaffold.drafts import draft_domain, write
from tests.oracle.topic import KafkaRecord
from tests.sql.harness import Example, Rows, assert_became, load_examples, new_project, releases, run, send


@pytest.mark.parametrize("example", load_examples(), ids=lambda example: example.id)
def test_example(example: Example, records: dict[str, KafkaRecord], tables: dict[str, Rows]) -> None:
    assert_became(example, records[example.id], tables)


def test_the_examples_of_a_new_domain(broker: Project, tmp_path: Path) -> None:
    project = new_project(tmp_path, broker.settings)
    (project.root / "sql").unlink()
    (project.root / "sql").mkdir()
    write(draft_domain(project, "shop", "sales"))
    examples = load_examples(project.root / "tests" / "sql")
    sent = send(project, {example.id: example.message for example in examples})
    tables = run(project, releases(project))
    assert len(examples) > 5
    for example in examples:
        assert_became(example, sent[example.id], tables)
