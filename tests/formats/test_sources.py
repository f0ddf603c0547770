"""The declarations of docs/formats.md: records through Kafka and one job, against the rows that they must become."""

import re
import shutil
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from flink_jobs.planner import start_jvm
from flink_jobs.project import Project
from tests.formats.conftest import record_of
from tests.formats.registry import Registry, encoded, serving
from tests.sql.harness import REPOSITORY, Message, Rows, new_project, releases, rows_of, run, send

HERE = Path(__file__).parent
CASES = yaml.safe_load((HERE / "sources.yaml").read_text())
SENT = 1_763_625_600_000  # 2025-11-20 08:00:00 UTC
COORDINATES = {"kafka_partition", "kafka_offset"}
PAYMENT = {
    "type": "record",
    "name": "Payment",
    "fields": [
        {"name": "payment_id", "type": "string"},
        {"name": "channel", "type": "string"},
        {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 18, "scale": 4}},
        {"name": "paid_at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    ],
}


def sent_as(case: dict) -> bytes | None:
    """The record of a case, Avro written as producers do."""
    if "avro" not in case:
        return record_of(case)
    return encoded(PAYMENT, 1, case["avro"] | {"amount": Decimal(case["avro"]["amount"])})


def declarations() -> dict[str, str]:
    """The tables of docs/formats.md, by name."""
    blocks = re.findall(r"```sql\n(.*?)```", (REPOSITORY / "docs" / "formats.md").read_text(), re.DOTALL)
    return {re.search(r"CREATE TEMPORARY TABLE (\w+)", block)[1]: block for block in blocks}


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory, broker: Project) -> dict[str, Rows]:
    """The rows of each record."""
    project = new_project(tmp_path_factory.mktemp("formats"), broker.settings)
    (project.root / "sql").unlink()
    shutil.copytree(HERE / "shop" / "sql", project.root / "sql")
    tables = declarations()
    with (project.root / "catalog" / "local.sql").open("a") as catalog:
        catalog.write(tables.pop("avro_defaults"))
    for name, table in tables.items():
        source = project.root / "sql" / "shop" / "sources" / f"{name}.sql"
        source.parent.mkdir(exist_ok=True)
        source.write_text(table)
    start_jvm(project)
    messages = {f"{topic}: {case['name']}": Message(topic, SENT, None, sent_as(case)) for topic in CASES for case in CASES[topic]}
    with serving(Registry()) as registry, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCHEMA_REGISTRY_URL", registry.url)
        registry.register(PAYMENT)
        sent = send(project, messages)
        stored = run(project, releases(project))
    return {name: rows_of(record, stored[f"shop.bronze.{record.topic}"]) for name, record in sent.items()}


@pytest.mark.parametrize(
    ("topic", "case"), [pytest.param(topic, case, id=f"{topic}: {case['name']}") for topic in CASES for case in CASES[topic]]
)
def test_record(topic: str, case: dict, rows: dict[str, Rows]) -> None:
    (row,) = rows[f"{topic}: {case['name']}"]
    assert row.pop("kafka_value") == sent_as(case)
    assert {column: written(value) for column, value in row.items() if value is not None and column not in COORDINATES} == case["row"]


def written(value: object) -> object:
    """A value as YAML has it."""
    return str(value) if isinstance(value, Decimal | datetime) else value
