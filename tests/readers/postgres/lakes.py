"""Lakes without Flink for a PostgreSQL to be filled from: tables as the contracts say, written as Flink's jobs write them."""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
from pyiceberg.io.pyarrow import _dataframe_to_data_files
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
from flink_jobs.statements import read
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
def open_project(domain: Path | None = None) -> Iterator[Project]:
    """A project with all domains, or a copy of one, where PostgreSQL can run: a test's own folder is closed to other accounts."""
    with tempfile.TemporaryDirectory(prefix="trunkline-postgres-", dir="/tmp") as folder:
        root = Path(folder)
        root.chmod(0o755)
        for name in ("catalog", "udfs", "formats", "stack", "jars.lock"):
            (root / name).symlink_to(REPOSITORY / name)
        if domain:
            shutil.copytree(domain, root / "sql" / domain.name)
        else:
            (root / "sql").symlink_to(REPOSITORY / "sql")
        (port,) = free_ports(1)
        project = Project(root)
        project.state.mkdir()
        project.stack_file.write_text(Settings(postgres_port=port).model_dump_json())
        yield project


class Writer:
    """Writes a domain's tables as its jobs do: all at each checkpoint, whose number stands in the snapshots."""

    types = TYPES

    def __init__(self, project: Project, domain: str) -> None:
        self.lake = Lake.of(project)
        self.root = project.root / "sql"
        self.domain = next(found for found in load_domains(project) if found.name == domain)
        self.checkpoint = 0

    def create(self, *schemas: str) -> None:
        """Makes the empty tables of these schemas."""
        for name, contract in self.domain.declared.items():
            if contract.kind == "CREATE TABLE" and name.split(".")[1] in schemas:
                self.create_table(name, physical_columns(contract))

    def create_one(self, name: str) -> None:
        """Makes one table, empty, as its file says now."""
        (statement,) = [one for one in read(self.root / Path(*name.split(".")).with_suffix(".sql")) if one.kind == "CREATE TABLE"]
        self.create_table(name, physical_columns(statement))

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
        job = next((job.name for job in self.domain.jobs for insert in job.inserts if insert.table == f"{self.domain.name}.{name}"), name)
        summary = {"flink.job-id": job, "flink.max-committed-checkpoint-id": str(self.checkpoint)}
        table.append(self.arrow(table, rows), snapshot_properties=summary)

    def arrow(self, table: Table, rows: Sequence[Row]) -> pa.Table:
        """The rows as a table takes them; one that says nothing of Kafka has its place among them as its offset."""
        given = [dict(zip(COORDINATES, (0, offset, NOON, NOON.date()), strict=True)) | dict(row) for offset, row in enumerate(rows)]
        return pa.Table.from_pylist(given, schema=table.schema().as_arrow())

    def compact(self, name: str) -> None:
        """Writes the rows of a table into new files, as its job does now and then."""
        self.rewrite(name)
        file = Path(self.table(name).metadata_location.removeprefix("file://"))
        metadata = json.loads(file.read_text())
        (current,) = (kept for kept in metadata["snapshots"] if kept["snapshot-id"] == metadata["current-snapshot-id"])
        current["summary"]["operation"] = "replace"
        file.write_text(json.dumps(metadata))

    def rewrite(self, name: str) -> None:
        """Writes the rows of a table anew, in a commit that does not say that they are the same."""
        table = self.table(name)
        rows, files = table.scan().to_arrow(), [task.file for task in table.scan().plan_files()]
        with table.transaction() as transaction:
            new = list(_dataframe_to_data_files(transaction.table_metadata, rows, table.io))
            with transaction.update_snapshot().overwrite() as commit:
                for file in files:
                    commit.delete_data_file(file)
                for file in new:
                    commit.append_data_file(file)

    def expire(self, name: str) -> None:
        """Removes all snapshots of a table but the current one, and the files that only they had."""
        table = self.table(name)
        before = {task.file.file_path for kept in table.snapshots() for task in table.scan(snapshot_id=kept.snapshot_id).plan_files()}
        expired = [kept.snapshot_id for kept in table.snapshots() if kept.snapshot_id != table.metadata.current_snapshot_id]
        table.maintenance.expire_snapshots().by_ids(expired).commit()
        for file in before - {task.file.file_path for task in table.refresh().scan().plan_files()}:
            Path(file.removeprefix("file://")).unlink()

    def table(self, name: str) -> Table:
        """A table by `schema.table`, as it is now."""
        return self.lake.catalogs[self.domain.name].load_table(name)

    def rows(self, name: str) -> list[dict[str, object]]:
        """All rows of a table, read by pyiceberg."""
        return self.table(name).scan().to_arrow().to_pylist()


def iceberg_type(kind: Type) -> IcebergType:
    return DecimalType(*kind.numbers) if kind.name == "DECIMAL" else TYPES[kind.name]
