"""How a stored table follows its contract: real Iceberg tables, made by Flink from the contract as `check` and a job make them."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pyarrow as pa
import pytest
import yaml
from pyiceberg.table import Table

from flink_jobs.catalogs import JDBC_CATALOG, iceberg_catalog
from flink_jobs.contracts import evolution
from flink_jobs.errors import ProjectError
from flink_jobs.planner import Planner
from flink_jobs.project import Project
from flink_jobs.statements import Statement, split

CASES = yaml.safe_load((Path(__file__).parent / "data" / "evolution.yaml").read_text())
FILE = Path("t.sql")

Make = Callable[[str], tuple[Statement, Table]]


@pytest.fixture(scope="module")
def make(repository: Project, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Makes a table of its own from a contract for `c.d.t`."""
    folder = tmp_path_factory.mktemp("lake")
    options = {"catalog-impl": JDBC_CATALOG, "uri": f"jdbc:sqlite:{folder}/catalog.db", "warehouse": f"file://{folder}/c"}
    declared = {"type": "iceberg", "clients": "1", "jdbc.schema-version": "V1", **options}
    planner = Planner()
    written = ", ".join(f"'{key}' = '{value}'" for key, value in declared.items())
    for statement in split(f"CREATE CATALOG c WITH ({written}); CREATE DATABASE c.d;", FILE):
        planner.execute(statement)
    names = (f"t{number}" for number in count())

    def table(text: str) -> tuple[Statement, Table]:
        (contract,) = split(text, FILE)
        name = next(names)
        planner.execute(contract, contract.text.replace("c.d.t", f"c.d.{name}"))
        return contract, iceberg_catalog("c", options).load_table(("d", name))

    return table


def contract_of(case: dict) -> str:
    text = CASES["stored"]
    for old, new in case["given"].items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


def columns(table: Table) -> list[tuple]:
    arrow = table.scan().to_arrow().schema  # without Iceberg's ids of fields
    return [(field.name, str(field.type), field.nullable) for field in arrow]


@pytest.mark.parametrize("case", CASES["changes"], ids=lambda case: case["name"])
def test_the_stored_table_becomes_what_its_contract_says(case: dict, make: Make) -> None:
    _, stored = make(CASES["stored"])
    contract, wanted = make(contract_of(case))
    changes = evolution(contract, wanted, stored)
    assert str(changes) == case["expect"]
    assert bool(changes) == bool(case["expect"])
    changes.apply(stored)
    assert columns(stored.refresh()) == columns(wanted)
    assert {key: stored.properties[key] for key in contract.options} == {key: token.value for key, token in contract.options.items()}
    assert not evolution(contract, wanted, stored)


@pytest.mark.parametrize("case", CASES["refused"], ids=lambda case: case["name"])
def test_what_would_need_a_rewrite_is_refused(case: dict, make: Make) -> None:
    _, stored = make(CASES["stored"])
    contract, wanted = make(contract_of(case))
    with pytest.raises(ProjectError) as error:
        evolution(contract, wanted, stored)
    assert str(error.value).splitlines() == [f"t.sql:{line}" for line in case["expect"].splitlines()]


def test_stored_rows_stay(make: Make) -> None:
    _, stored = make(CASES["stored"])
    stored.append(pa.Table.from_pylist([{"id": "a", "items": 1}], schema=stored.schema().as_arrow()))
    contract, wanted = make(contract_of({"given": {"  items INT,": "  shop STRING,\n  items BIGINT,"}}))
    evolution(contract, wanted, stored).apply(stored)
    (row,) = stored.refresh().scan().to_arrow().to_pylist()
    assert row == {"id": "a", "shop": None, "items": 1, "weight": None, "price": None, "tags": None, "day_of": None}
