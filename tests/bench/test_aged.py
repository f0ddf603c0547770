"""Tables that are made old, as pyiceberg finds them."""

from pathlib import Path

import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import BinaryType, DateType, DecimalType, IntegerType, NestedField, StringType, TimestamptzType

from bench.aged import LONG_AGO, PARTITION, ROWS, age
from flink_jobs.snapshots import COORDINATES

KINDS = (BinaryType(), StringType(), StringType(), IntegerType(), DecimalType(18, 4), TimestamptzType())


def test_a_table_that_had_many_commits_has_few_files_and_snapshots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.aged.KEPT", 5)
    catalog = SqlCatalog("old", uri=f"sqlite:///{tmp_path}/catalog.db", warehouse=f"file://{tmp_path}")
    catalog.create_namespace("silver")
    fields = [NestedField(i, f"column_{i}", kind) for i, kind in enumerate(KINDS, 1)]
    fields += [NestedField(len(KINDS) + i, name, IntegerType()) for i, name in enumerate(COORDINATES, 1)]
    day = NestedField(len(fields) + 1, "kafka_date", DateType())
    partitions = PartitionSpec(PartitionField(day.field_id, 1000, IdentityTransform(), day.name))
    table = catalog.create_table("silver.calls", Schema(*fields, day), partition_spec=partitions)
    age(table, 600)
    table = catalog.load_table("silver.calls")
    files = [Path(task.file.file_path.removeprefix("file:")) for task in table.scan().plan_files()]
    assert sorted(file.name for file in files) == [f"{number}.parquet" for number in range(10)]
    assert {file.parent.name for file in files} == {PARTITION}
    assert min(file.stat().st_size for file in files) > 2**20
    assert int(table.current_snapshot().summary["total-records"]) == 10 * ROWS
    assert len(table.snapshots()) == 6
    found = table.scan(limit=5).to_arrow().to_pylist()
    assert {row["kafka_date"] for row in found} == {LONG_AGO}
    assert {tuple(row[name] for name in COORDINATES) for row in found} == {(0, -1)}
