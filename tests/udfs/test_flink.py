"""The functions as Flink calls them, through Flink's own worker: the same answers as in plain Python."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from pyflink.table import EnvironmentSettings, TableEnvironment

from flink_jobs.project import Project
from tests.udfs.judges import JUDGES, Judge, agrees, load, parameters
from tests.workers import functions_in_a_worker
from udfs.books import published_year, sales_millions, without_notes
from udfs.times import event_date, event_time, iso_date, price_time

HERE = Path(__file__).parent
FUNCTIONS = HERE.parents[1] / "udfs" / "functions.sql"
TIMES = yaml.safe_load((HERE / "event_time.yaml").read_text())
PRICE_TIMES = yaml.safe_load((HERE / "price_time.yaml").read_text())
DAYS = yaml.safe_load((HERE / "iso_date.yaml").read_text())
VECTORS = yaml.safe_load((HERE / "surrogate_key.yaml").read_text())
JUDGED_TYPES = {str: "STRING", int: "INT", Decimal: "DECIMAL(18, 4)"}
SQL_TYPES = {"string": "STRING", "integer": "BIGINT", "boolean": "BOOLEAN", "decimal": "DECIMAL(38, 12)", "date": "DATE"}


@pytest.fixture(scope="module")
def flink(repository: Project) -> Iterator[TableEnvironment]:
    with functions_in_a_worker():
        environment = TableEnvironment.create(EnvironmentSettings.in_batch_mode())
        environment.get_config().set("parallelism.default", "1").set("table.local-time-zone", "UTC")
        for statement in filter(str.strip, FUNCTIONS.read_text().split(";\n")):
            environment.execute_sql(statement)
        yield environment


def table(flink: TableEnvironment, folder: Path, columns: str, rows: list[dict]) -> None:
    path = folder / "rows.json"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    flink.execute_sql(f"CREATE TEMPORARY TABLE given ({columns}) WITH ('connector'='filesystem', 'path'='{path}', 'format'='json')")


@pytest.fixture(autouse=True)
def no_table_left(flink: TableEnvironment) -> Iterator[None]:
    yield
    flink.execute_sql("DROP TEMPORARY TABLE IF EXISTS given")


def rows_of(flink: TableEnvironment, query: str) -> list[list]:
    with flink.execute_sql(query).collect() as rows:
        return [list(row) for row in rows]


def test_times_cross_exactly(flink: TableEnvironment, tmp_path: Path) -> None:
    texts = [None, *TIMES]
    table(flink, tmp_path, "`text` STRING", [{"text": text} for text in texts])
    found = rows_of(
        flink, "SELECT `text`, CAST(CAST(event_time(`text`) AS TIMESTAMP_LTZ(6)) AS STRING), CAST(event_date(`text`) AS STRING) FROM given"
    )
    assert found == [[text, written(event_time(text)), event_date(text).isoformat()] for text in texts]


def test_times_of_prices_cross_exactly(flink: TableEnvironment, tmp_path: Path) -> None:
    texts = [None, *PRICE_TIMES]
    table(flink, tmp_path, "`text` STRING", [{"text": text} for text in texts])
    found = rows_of(flink, "SELECT `text`, CAST(CAST(price_time(`text`) AS TIMESTAMP_LTZ(6)) AS STRING) FROM given")
    assert found == [[text, written(price_time(text))] for text in texts]


def test_days_cross_exactly(flink: TableEnvironment, tmp_path: Path) -> None:
    texts = [None, *DAYS]
    table(flink, tmp_path, "`text` STRING", [{"text": text} for text in texts])
    found = rows_of(flink, "SELECT `text`, CAST(iso_date(`text`) AS STRING) FROM given")
    assert found == [[text, day and day.isoformat()] for text in texts for day in [iso_date(text)]]


@pytest.mark.parametrize("read", [without_notes, sales_millions, published_year], ids=lambda read: read.__name__)
def test_what_texts_of_books_say_crosses_exactly(flink: TableEnvironment, tmp_path: Path, read: Callable[[str | None], object]) -> None:
    texts = [None, *yaml.safe_load((HERE / f"{read.__name__}.yaml").read_text(encoding="utf-8"))]
    table(flink, tmp_path, "`text` STRING", [{"text": text} for text in texts])
    assert rows_of(flink, f"SELECT `text`, {read.__name__}(`text`) FROM given") == [[text, read(text)] for text in texts]


def written(moment: datetime | None) -> str | None:
    return moment and moment.isoformat(" ", "microseconds")


@pytest.mark.parametrize("judge", JUDGES.values(), ids=lambda judge: judge.__name__)
def test_events_get_the_same_verdict(flink: TableEnvironment, tmp_path: Path, judge: Judge) -> None:
    good, cases = load(judge)["good"], load(judge)["cases"]
    columns = ", ".join(f"{name} {'BIGINT' if name == 'volume' else JUDGED_TYPES[kind]}" for name, kind in parameters(judge).items())
    table(flink, tmp_path, columns, [good | case["given"] for case in cases])
    found = rows_of(flink, f"SELECT {judge.__name__}({', '.join(parameters(judge))}) FROM given")
    wrong = [(case, verdict) for case, (verdict,) in zip(cases, found, strict=True) if not agrees(verdict, case["expect"])]
    assert wrong == []


def test_keys_of_every_type_are_the_published_ones(flink: TableEnvironment) -> None:
    vectors = [vector for vector in VECTORS if all(kind in SQL_TYPES for part in vector["parts"] for kind in part)]
    calls = ", ".join(f"{call_of(vector)} AS k{number}" for number, vector in enumerate(vectors))
    assert rows_of(flink, f"SELECT {calls}") == [[vector["key"] for vector in vectors]]


def call_of(vector: dict) -> str:
    parts = [literal(kind, text) for part in vector["parts"] for kind, text in part.items()]
    return f"surrogate_key({', '.join([literal('string', vector['entity']), *parts])})"


def literal(kind: str, text: str | None) -> str:
    quoted = "NULL" if text is None else "'" + text.replace("'", "''") + "'"
    return f"CAST({quoted} AS {SQL_TYPES[kind]})"


def test_a_part_that_can_be_no_key_gives_null(flink: TableEnvironment) -> None:
    assert rows_of(flink, "SELECT surrogate_key('x', CAST(1.5 AS DOUBLE)), surrogate_key('x', CAST(1.5 AS FLOAT))") == [[None, None]]


@pytest.mark.parametrize("query", ["SELECT judge_call('a')", "SELECT event_time(1)", "SELECT event_date(DATE '2026-11-20')"])
def test_wrong_arguments_are_refused_by_the_planner(flink: TableEnvironment, query: str) -> None:
    with pytest.raises(Exception, match=r"Supported signatures are:|Data type STRING expected"):
        flink.explain_sql(query)


def test_each_function_is_evaluated_once_in_one_operator(flink: TableEnvironment, tmp_path: Path) -> None:
    table(flink, tmp_path, "`text` STRING, number INT, `day` DATE, moment TIMESTAMP(3)", [])
    calls = (
        f"judge_call({', '.join(['`text`'] * 11)}, number, CAST(number AS DECIMAL(18, 4)), `text`, CAST(moment AS STRING)) AS verdict",
        "surrogate_key('x', `text`, number, `day`, moment) AS mixed_sk",
        "surrogate_key('date', event_date(`text`)) AS date_sk",
        "event_time(`text`) AS moment",
    )
    uses = "SPLIT_INDEX(verdict, ':', 0), verdict IS NULL, mixed_sk, mixed_sk IS NULL, date_sk, date_sk IS NULL, moment, moment IS NULL"
    plan = flink.explain_sql(f"SELECT {uses} FROM (SELECT {', '.join(calls)} FROM given)").partition("== Optimized Execution Plan ==")[2]
    assert plan.count("PythonCalc") == 1
    assert [plan.count(f"{name}(") for name in ("judge_call", "surrogate_key", "event_date", "event_time")] == [1, 2, 1, 1]
