"""Tables that are old when the job begins: what they cost, though maintenance keeps them small."""

import os
import shutil
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.table import Table

from bench.cost.variant import TOPIC, Edit, FlinkVariant
from flink_jobs.local import stack

COMMITS_A_FILE = 60  # until maintenance writes small files anew as one, and
KEPT = 300  # the snapshots that it leaves, those of ten minutes: both as catalog/local.sql has them
LONG_AGO = date(2000, 1, 1)
PARTITION = f"kafka_date={LONG_AGO}"
BEFORE_ALL = {"kafka_partition": 0, "kafka_offset": -1}  # so that a job, which asks its tables how far they are, begins with the topic
ROWS = 50_000  # of a file: enough for more than a MiB, below which maintenance takes it for a small one
SOURCE = "sql/telecom/sources/calls.sql"


@dataclass
class Aged(FlinkVariant):
    """The shipped job on tables that had so many commits before, all of one day long ago. The oracle does not see what was there."""

    commits: int = 0
    before: dict[str, int] = field(default_factory=dict, init=False)  # layer -> rows

    def submit(self) -> None:
        """Has the job make its tables, makes them old, and begins anew."""
        full, empty = f"'topic' = '{TOPIC}'", f"'topic' = '{TOPIC}-none'"
        Edit(SOURCE, full, empty).apply(self.run.folder)
        super().submit()
        stack.down(self.project)
        for layer in self.layers:
            age(self.lake.find(self.table(layer)).iceberg, self.commits)
        self.before = {layer: super(Aged, self).stored(layer) for layer in self.layers}
        shutil.rmtree(self.project.state / "jobs")
        Edit(SOURCE, empty, full).apply(self.run.folder)
        stack.up(self.project, stack.FLINK)
        super().submit()

    def stored(self, layer: str) -> int:
        """Rows of a layer's table that came since."""
        return super().stored(layer) - self.before.get(layer, 0)

    def files(self, layer: str) -> list[Path]:
        """Those that hold them."""
        return [file for file in super().files(layer) if file.parent.name != PARTITION]


def age(table: Table, commits: int) -> None:
    """Gives a table what it has after so many commits and their maintenance: a file for some of them each, and the last snapshots."""
    folder = Path(table.location().removeprefix("file:")) / "data" / PARTITION
    folder.mkdir(parents=True)
    first = folder / "0.parquet"
    pq.write_table(rows(table.schema().as_arrow()), first, compression="zstd")
    files = [first]
    for number in range(1, commits // COMMITS_A_FILE):
        files.append(folder / f"{number}.parquet")
        os.link(first, files[-1])
    table.add_files([f"file:{file}" for file in files], check_duplicate_files=False)
    nothing = table.schema().as_arrow().empty_table()
    for _ in range(min(commits, KEPT)):
        table.append(nothing)


def rows(schema: pa.Schema) -> pa.Table:
    """Rows of long ago that hardly compress."""
    dice = Random(ROWS)  # noqa: S311
    columns = [pa.array([value(column, dice) for _ in range(ROWS)], column.type) for column in schema]
    return pa.table(columns, schema)


def value(column: pa.Field, dice: Random) -> object:
    """A value of a column."""
    kind = column.type
    if column.name in BEFORE_ALL:
        return BEFORE_ALL[column.name]
    if pa.types.is_date(kind):
        return LONG_AGO
    if pa.types.is_timestamp(kind):
        return datetime(2000, 1, 1, tzinfo=UTC)
    if pa.types.is_boolean(kind):
        return False
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return dice.randrange(10**6)
    return dice.randbytes(16) if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) else dice.randbytes(16).hex()
