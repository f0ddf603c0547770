"""Lakes without Flink for a PostgreSQL to be filled from: tables as the contracts say, written as Flink's jobs write them."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

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
    DoubleType,
    FloatType,
    IcebergType,
    IntegerType,
    LongType,
    NestedField,
    StringType,
    TimestamptzType,
)

from flink_jobs.columns import Type, physical_columns
from flink_jobs.domains import load_domains
from flink_jobs.lake import Lake
from flink_jobs.project import Project, Settings
from tests.conftest import REPOSITORY
from tests.end_to_end.workbench import free_ports

COORDINATES = ("kafka_partition", "kafka_offset", "kafka_timestamp", "kafka_date")
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
TYPES = {
    "STRING": StringType(),
    "INT": IntegerType(),
    "BIGINT": LongType(),
    "FLOAT": FloatType(),
    "DOUBLE": DoubleType(),
    "BOOLEAN": BooleanType(),
    "DATE": DateType(),
    "BYTES": BinaryType(),
    "TIMESTAMP_LTZ": TimestamptzType(),
}
Row = Mapping[str, object]


@contextmanager
def open_project(*, sql: Path | None = None) -> Iterator[Project]:
    """A project with this repository's files, or its own `sql`, where PostgreSQL can run: a test's own folder is closed to others."""
    with tempfile.TemporaryDirectory(prefix="trunkline-postgres-", dir="/tmp") as folder:
        root = Path(folder)
        root.chmod(0o755)
        for name in ("catalog", "udfs", "formats", "stack", "jars.lock"):
            (root / name).symlink_to(REPOSITORY / name)
        (root / "sql").symlink_to(sql or REPOSITORY / "sql")
        (port,) = free_ports(1)
        project = Project(root)
        project.state.mkdir()
        project.stack_file.write_text(Settings(postgres_port=port).model_dump_json())
        yield project


class Writer:
    """Writes a domain's tables as its jobs do: all at each checkpoint, whose number stands in the snapshots."""

    def __init__(self, project: Project, domain: str) -> None:
        self.lake = Lake.of(project)
        self.domain = next(found for found in load_domains(project) if found.name == domain)
        self.checkpoint = 0

    def create(self, *schemas: str) -> None:
        """Makes the empty tables of these schemas."""
        for name, contract in self.domain.declared.items():
            if contract.kind == "CREATE TABLE" and name.split(".")[1] in schemas:
                self.create_table(name, physical_columns(contract))

    def create_table(self, name: str, columns: Mapping[str, Type]) -> Table:
        catalog, namespace, table = name.split(".")
        self.lake.catalogs[catalog].create_namespace_if_not_exists(namespace)
        fields = [NestedField(i, column, iceberg_type(kind)) for i, (column, kind) in enumerate(columns.items(), 1)]
        day = next((field for field in fields if field.name == "kafka_date"), None)
        spec = PartitionSpec(PartitionField(day.field_id, 1000, IdentityTransform(), day.name)) if day else PartitionSpec()
        return self.lake.catalogs[catalog].create_table((namespace, table), Schema(*fields), partition_spec=spec)

    def commit(self, rows: Mapping[str, Sequence[Row]]) -> None:
        """Appends rows to tables, by `schema.table`, at the next checkpoint of their job."""
        self.checkpoint += 1
        for name, found in rows.items():
            if found:
                self.append(name, found)

    def append(self, name: str, rows: Sequence[Row]) -> None:
        table = self.table(name)
        given = [dict(zip(COORDINATES, (0, offset, NOON, NOON.date()), strict=True)) | dict(row) for offset, row in enumerate(rows)]
        job = next((job.name for job in self.domain.jobs for insert in job.inserts if insert.table == f"{self.domain.name}.{name}"), name)
        summary = {"flink.job-id": job, "flink.max-committed-checkpoint-id": str(self.checkpoint)}
        table.append(pa.Table.from_pylist(given, schema=table.schema().as_arrow()), snapshot_properties=summary)

    def table(self, name: str) -> Table:
        """A table by `schema.table`, as it is now."""
        return self.lake.catalogs[self.domain.name].load_table(name)

    def rows(self, name: str) -> list[dict[str, object]]:
        """All rows of a table, read by pyiceberg."""
        return self.table(name).scan().to_arrow().to_pylist()


def iceberg_type(kind: Type) -> IcebergType:
    return DecimalType(*kind.numbers) if kind.name == "DECIMAL" else TYPES[kind.name]
