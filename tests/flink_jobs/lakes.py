"""Real Iceberg tables, written by pyiceberg where the local catalog file says."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    IcebergType,
    IntegerType,
    LongType,
    NestedField,
    StringType,
    TimestamptzType,
)

from flink_jobs.lake import Lake
from flink_jobs.project import Project

CATALOG = """\
CREATE CATALOG {name} WITH (
  'type' = 'iceberg',
  'catalog-impl' = 'org.apache.iceberg.jdbc.JdbcCatalog',
  'uri' = 'jdbc:sqlite:${{LAKE}}/catalog.db?journal_mode=WAL&busy_timeout=30000',
  'warehouse' = 'file://${{LAKE}}/warehouse/{name}'
);
"""
COORDINATES = {"kafka_partition": IntegerType(), "kafka_offset": LongType(), "kafka_timestamp": TimestamptzType(), "kafka_date": DateType()}
BRONZE = {"kafka_key": BinaryType(), "kafka_value": BinaryType(), "kafka_topic": StringType()} | COORDINATES
SILVER = {"id": StringType(), "amount": DecimalType(18, 4), "is_rejected": BooleanType()} | COORDINATES
FIXED = {"hour": IntegerType()}
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def make_project(root: Path, *catalogs: str) -> Project:
    """A project whose catalogs share one SQLite file under it."""
    (root / "catalog").mkdir(parents=True)
    (root / "sql").mkdir()
    (root / "catalog" / "local.sql").write_text("".join(CATALOG.format(name=name) for name in catalogs))
    return Project(root)


def make_table(lake: Lake, name: str, columns: dict[str, IcebergType], partitioned_by: str | None = None) -> Table:
    catalog, database, table = name.split(".")
    lake.catalogs[catalog].create_namespace_if_not_exists(database)
    fields = [NestedField(i, column, kind) for i, (column, kind) in enumerate(columns.items(), 1)]
    by = [PartitionField(field.field_id, 1000, IdentityTransform(), field.name) for field in fields if field.name == partitioned_by]
    return lake.catalogs[catalog].create_table((database, table), Schema(*fields), partition_spec=PartitionSpec(*by))


def append(table: Table, count: int, start: int = 0, at: datetime = NOON, summary: dict[str, str] = MappingProxyType({})) -> None:
    """Commits `count` records of a topic with two partitions; record i has offset i // 2 of partition i % 2, every tenth is rejected."""
    rows = [
        {
            "kafka_key": b"key",
            "kafka_value": b"\xff{}",
            "kafka_topic": "things",
            "id": f"id-{i}",
            "amount": Decimal(i) / 100,
            "is_rejected": i % 10 == 0,
            "kafka_partition": i % 2,
            "kafka_offset": i // 2,
            "kafka_timestamp": at + timedelta(milliseconds=i),
            "kafka_date": at.date(),
            "hour": i % 24,
        }
        for i in range(start, start + count)
    ]
    table.refresh().append(pa.Table.from_pylist(rows, schema=table.schema().as_arrow()), dict(summary))
