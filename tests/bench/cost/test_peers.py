"""What the variants without Flink declare anew is what is shipped, and what they fetch is locked."""

import re
import tomllib
from pathlib import Path

import pytest

from bench.cost.lower_bound import SCHEMAS
from bench.cost.spark import variant
from bench.cost.variant import table_of
from flink_jobs.columns import physical_columns
from flink_jobs.local import jars
from flink_jobs.statements import read
from udfs.currencies import ACTIVE_CURRENCIES

ROOT = Path(__file__).parents[3]
SQL = ROOT / "bench/cost/spark/sql"
IN_SPARK = {"BYTES": "BINARY", "TIMESTAMP_LTZ(6)": "TIMESTAMP"}
IN_ARROW = {"BYTES": "binary", "TIMESTAMP_LTZ(6)": "timestamp[us, tz=UTC]", "DECIMAL(18, 4)": "decimal128(18, 4)", "DATE": "date32[day]"}
IN_ARROW |= {"STRING": "string", "INT": "int32", "BIGINT": "int64", "BOOLEAN": "bool"}


def contract(layer: str) -> dict[str, str]:
    """The columns of a layer's table as shipped, and their types."""
    file = ROOT / "sql" / f"{table_of(layer).replace('.', '/')}.sql"
    return {name: str(declared) for name, declared in physical_columns(read(file)[-1]).items()}


@pytest.mark.parametrize("layer", variant.TABLES)
def test_spark_declares_the_columns_that_are_shipped(layer: str) -> None:
    (table,) = (each for each in read(SQL / "tables.sql") if variant.TABLES[layer].replace("/", ".") in each.text)
    declared = {name: str(kind) for name, kind in physical_columns(table).items()}
    assert list(declared.items()) == [(name, IN_SPARK.get(kind, kind)) for name, kind in contract(layer).items()]


@pytest.mark.parametrize("layer", SCHEMAS)
def test_the_lower_bound_declares_the_columns_that_are_shipped(layer: str) -> None:
    declared = [(field.name, str(field.type)) for field in SCHEMAS[layer]]
    assert declared == [(name, IN_ARROW[kind]) for name, kind in contract(layer).items()]


def test_spark_knows_the_currencies_of_today() -> None:
    listed = re.search(r"currency NOT IN \((.*?)\)", (SQL / "judged_by_sql.sql").read_text(), re.DOTALL)[1]
    assert set(re.findall(r"'(\w+)'", listed)) == ACTIVE_CURRENCIES


def test_the_lock_of_jars_has_what_is_wanted() -> None:
    assert {jar.coordinates for jar in jars._locked(variant.PEER)["spark"]} == set(variant.WANTED["spark"].artifacts)


def test_the_lock_of_packages_has_what_the_script_asks_for() -> None:
    text = variant.SCRIPT.read_text()
    compile(text, variant.SCRIPT, "exec")
    asked = tomllib.loads("\n".join(line.removeprefix("# ") for line in text.split("# ///")[1].splitlines()[1:]))["dependencies"]
    locked = tomllib.loads(variant.SCRIPT.with_name("drain.py.lock").read_text())["manifest"]["requirements"]
    assert sorted(asked) == sorted(f"{each['name']}{each['specifier']}" for each in locked)
