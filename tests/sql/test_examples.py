"""Every rule of every topic has examples on both of its sides."""

from collections.abc import Iterator, Mapping

import pytest
from pydantic import JsonValue

from tests import codes
from tests.sql.harness import Case, load_examples
from tests.udfs.judges import JUDGES

CASES = {topic: [example.case for example in load_examples() if example.message.topic == topic] for topic in JUDGES}


@pytest.mark.parametrize("topic", JUDGES)
def test_every_code_rejects_an_example(topic: str) -> None:
    assert {reason(case, topic) for case in CASES[topic]} == {None, *codes.codes(topic)}


@pytest.mark.parametrize(("topic", "rule"), [(topic, rule) for topic in JUDGES for rule in codes.rules(topic)])
def test_every_rule_accepts_an_example_that_changes_what_it_looks_at(topic: str, rule: str) -> None:
    looked_at = {field for case in CASES[topic] if reason(case, topic) == rule for field in changed(case)}
    assert any(looked_at.intersection(changed(case)) for case in CASES[topic] if is_accepted(case))


def reason(case: Case, topic: str) -> str | None:
    """The code that silver must have."""
    return case.expect.get(f"silver.{codes.silver(topic).stem}", {}).get("rejection_reason")


def is_accepted(case: Case) -> bool:
    """Whether the tables must say that the record is accepted."""
    return any(row != "no row" and (table.startswith("gold.") or row.get("is_rejected") is False) for table, row in case.expect.items())


def changed(case: Case) -> Iterator[str]:
    """The dotted paths of the fields in which a record differs from the good one."""
    yield from case.without
    if isinstance(case.given, dict):
        yield from fields(case.given)


def fields(given: Mapping[str, JsonValue], parent: str = "") -> Iterator[str]:
    """The dotted paths of the fields that are no objects."""
    for name, value in given.items():
        if isinstance(value, dict):
            yield from fields(value, f"{parent}{name}.")
        else:
            yield f"{parent}{name}"
