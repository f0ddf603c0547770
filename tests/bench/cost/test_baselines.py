"""The programs that the shipped job is compared with: Flink can plan them, and what their counts stand for."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from bench.cost.flink_json import is_readable
from bench.cost.naive.job import job
from bench.cost.plain.script import statements
from bench.cost.variant import Run
from bench.cost.variants import VARIANTS
from flink_jobs.domains import load_domains
from flink_jobs.planner import Planner
from flink_jobs.project import Project
from flink_jobs.statements import Statement, read

NOT_JSON = (None, b"", b" \n", b"null", b"[]", b"[1]", b'"{}"', b"{", b'{"a":1', b'{"a":NaN}', b'{"a":"\xff"}', b'{"a":"\xc3"}')
TOO_DEEP = b'{"a":' + b"[" * 1001 + b"]" * 1001 + b"}"
JSON_ENOUGH = (
    b"{} end",
    b"[{}]",
    b"{}\n{}",
    b'{"a":1,"a":2}',
    b'{"a":"\xc0\xaf"}',
    b'{"a":"\xed\xa0\x80"}',
    b'{"a":"' + b"x" * 2_000_000 + b'"}',
)


@pytest.mark.parametrize("value", [*NOT_JSON, TOO_DEEP], ids=lambda value: repr(value)[:30])
def test_a_record_that_is_no_json_is_lost(value: bytes | None) -> None:
    assert not is_readable(value)


@pytest.mark.parametrize("value", JSON_ENOUGH, ids=lambda value: repr(value)[:30])
def test_a_record_that_is_json_enough_is_read(value: bytes) -> None:
    assert is_readable(value)


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Where a program finds everything."""
    found = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "LAKE": str(tmp_path)}
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return found


def test_the_naive_job_reads_twice_and_judges_for_each_table(repository: Project, places: dict[str, str]) -> None:
    operators = execution_plan(job(places).explain())
    assert len([operator for operator in operators if "TableSourceScan(" in operator]) == 2  # so silver and gold are always as far
    judging = [operator for operator in operators if "PythonCalc(" in operator and "invalid_imei(" in operator]
    assert sum(operator.count("invalid_imei(") for operator in judging) >= 4


def test_the_prototype_reads_twice_without_python(repository: Project, places: dict[str, str]) -> None:
    planner = Planner()
    *definitions, tables = statements(VARIANTS["prototype"].program[1])
    for statement in definitions:
        planner.execute(statement)
    operators = execution_plan(planner.explain(tables))
    assert len([operator for operator in operators if "TableSourceScan(" in operator]) == 2
    assert not [operator for operator in operators if "PythonCalc(" in operator]


def test_on_what_is_shipped_the_prototype_has_its_tables_rules_and_keys(repository: Project, tmp_path: Path) -> None:
    prototype, shipped = VARIANTS["prototype"], VARIANTS["prototype-shipped"]
    shipped.run = Run("", {}, tmp_path)
    shipped.lay_out()
    (domain,) = load_domains(shipped.project)
    (job,) = domain.jobs
    assert tables(job.contracts.values()) == tables(read(prototype.program[1]))
    here = "\n".join(statement.text for statement in job.definitions).replace("billed_amount", "amount")
    for pattern in (r"WHEN .* THEN '\w+'", r"MD5\(.*\)"):
        written = re.findall(pattern, prototype.program[1].read_text())
        assert len(written) >= 4
        assert re.findall(pattern, here) == written


def tables(statements: Iterable[Statement]) -> dict[str, list[str]]:
    """The columns of each table, by its name."""
    return {
        ".".join(statement.name): re.findall(r"^  (\w+) [A-Z]", statement.text, re.MULTILINE)
        for statement in statements
        if statement.kind == "CREATE TABLE"
    }


def execution_plan(text: str) -> list[str]:
    """The operators of a plan that Flink prints."""
    return text.partition("== Optimized Execution Plan ==")[2].strip().splitlines()
