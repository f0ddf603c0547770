# ruff: noqa: S608 - all names in these queries are those of columns and of layers
"""What every variant's tables must hold, to the last value: worked out from the events by a program that shares nothing with the jobs.

That program is `tests/oracle`: plain Python, no line of `udfs/` or `sql/`. It is run once for a recording, and what it expects is kept
beside that as Parquet. A variant's files are compared by sums, over all rows, of a hash of each row's coordinates and one column's value: a
row that is lost, repeated or exchanged changes them, whatever the order. Only where they differ are rows looked up.

Of `rejection_detail` it knows that a rejected row has one, not its words.
"""

import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from rich.progress import track

from bench.cost.flink_json import is_readable
from bench.cost.topic import Recording
from bench.cost.variant import LAYERS
from feeds.options import stderr
from flink_jobs.errors import TrunklineError
from flink_jobs.lake import identifier, literal
from flink_jobs.topics import Offsets
from tests.oracle.events import Stream
from tests.oracle.tables import ANY_SENTENCE
from tests.oracle.telecom import STREAMS
from tests.oracle.topic import KafkaRecord

SHOWN = 3
COORDINATES = "kafka_partition, kafka_offset"
DETAIL, A_SENTENCE = "rejection_detail", "a sentence"
TIME = pa.timestamp("us", "UTC")
DECLARED = {"INT": pa.int32(), "DECIMAL(18, 4)": pa.decimal128(18, 4), "BOOLEAN": pa.bool_()}
TYPES = {
    **dict.fromkeys(("kafka_key", "kafka_value"), pa.binary()),
    **dict.fromkeys(("kafka_partition", "time_sk"), pa.int32()),
    **dict.fromkeys(("kafka_timestamp", "event_time", "timestamp"), TIME),
    "kafka_offset": pa.int64(),
    "kafka_date": pa.date32(),
    "is_rejected": pa.bool_(),
}
"""Of the columns that are no texts, but for those that a stream declares."""


@dataclass(frozen=True)
class Expectation:
    """The rows of each layer, as Parquet files `<layer>-<part>.parquet` in a folder; less those beyond the `ends` of partitions, if any."""

    folder: Path
    ends: Offsets = field(default_factory=dict)

    @cached_property
    def rows(self) -> dict[str, int]:
        """How many each layer has; and, as `json`, how many records Flink's own `json` format can read."""
        counted = {layer: self._one(f"SELECT count(*) FROM {self._expected(layer)}")[0] for layer in LAYERS}
        malformed = f"SEMI JOIN {self._rejected({'malformed_record'})} USING ({COORDINATES})"
        refused = self._connection.execute(f"SELECT kafka_value FROM {self._expected('bronze')} {malformed}").fetchall()
        return counted | {"json": counted["bronze"] - sum(not is_readable(value) for (value,) in refused)}

    @cached_property
    def rejections(self) -> dict[str, int]:
        """How many silver rows are rejected, by reason, the most frequent first."""
        counted = f"SELECT rejection_reason, count(*) FROM {self._expected('silver')} WHERE is_rejected GROUP BY ALL ORDER BY 2 DESC, 1"
        return dict(self._connection.execute(counted).fetchall())

    @cached_property
    def mean_bytes(self) -> float:
        """Of an event's value."""
        return self._one(f"SELECT avg(octet_length(kafka_value)) FROM {self._expected('bronze')}")[0]

    def verify(
        self, tables: Mapping[str, Sequence[Path]], aside: Mapping[str, frozenset[str]], unjudged: frozenset[str] = frozenset()
    ) -> None:
        """Compares files by layer with what is expected. A TrunklineError names what differs.

        Not compared are the columns `aside` and, but for bronze, the rows of records that are to be rejected with a code of `unjudged`.
        """
        found: list[str] = []
        for layer, files in tables.items():
            found += self.differences(layer, files, aside.get(layer, frozenset()), frozenset() if layer == "bronze" else unjudged)
        if found:
            raise TrunklineError("\n".join(["the tables are wrong", *found]), "a fast wrong answer does not count")

    def differences(
        self, layer: str, files: Sequence[Path], aside: frozenset[str] = frozenset(), unjudged: frozenset[str] = frozenset()
    ) -> Iterator[str]:
        """The ways in which the files of a layer differ from what is expected, as lines; of rows, a few examples."""
        if not files:
            yield f"{layer} has no file"
            return
        stored = self._judged(f"read_parquet([{', '.join(map(literal, files))}], hive_partitioning = false)", unjudged)
        expected = self._judged(self._expected(layer), unjudged)
        wanted, found = ({name: kind for name, kind in self._columns(rows).items() if name not in aside} for rows in (expected, stored))
        if wanted != found:
            for name in sorted(wanted.keys() | found.keys()):
                if wanted.get(name) != found.get(name):
                    yield f"{layer}.{name} should be {wanted.get(name, 'absent')} but is {found.get(name, 'absent')}"
            return
        sums = self._sums(stored, tuple(wanted))
        right = self._expected_sums(expected, tuple(wanted))
        if sums == right:
            return
        yield from self._other_rows(layer, expected, stored)
        for name, one, other in zip(wanted, sums[1:], right[1:], strict=True):
            if one != other:
                yield from self._other_values(layer, name, expected, stored)

    def _other_rows(self, layer: str, expected: str, stored: str) -> Iterator[str]:
        """Coordinates that are missing, not expected, or there more than once."""
        for what, rows, others in (("is missing", expected, stored), ("is not expected", stored, expected)):
            yield from self._examples(f"{layer}: %s {what}", f"FROM {rows} AS rows ANTI JOIN {others} AS others USING ({COORDINATES})")
        yield from self._examples(f"{layer}: %s stands more than once", f"FROM {stored} GROUP BY {COORDINATES} HAVING count(*) > 1")

    def _other_values(self, layer: str, column: str, expected: str, stored: str) -> Iterator[str]:
        """Rows whose value of a column is another."""
        both = f"FROM {expected} AS expected JOIN {stored} AS stored USING ({COORDINATES})"
        right, found = (_value(column, side) for side in ("expected.", "stored."))
        said = f", concat({_shown(found)}, ' should be ', {_shown(right)})"
        yield from self._examples(f"{layer}.{column}: %s: ", f"{both} WHERE {found} IS DISTINCT FROM {right}", said)

    def _examples(self, text: str, rest: str, said: str = ", ''") -> Iterator[str]:
        query = f"SELECT kafka_partition, kafka_offset{said} {rest} ORDER BY ALL LIMIT {SHOWN}"
        for partition, offset, words in self._connection.execute(query).fetchall():
            yield text % f"partition {partition}, offset {offset}" + words

    def _judged(self, rows: str, unjudged: Iterable[str]) -> str:
        """The rows but for those of some rejections."""
        return f"(FROM {rows} ANTI JOIN {self._rejected(unjudged)} USING ({COORDINATES}))" if unjudged else rows

    def _rejected(self, codes: Iterable[str]) -> str:
        """The coordinates of records that are to be rejected with one of some codes."""
        return (
            f"(SELECT {COORDINATES} FROM {self._expected('silver')} WHERE rejection_reason IN ({', '.join(map(literal, sorted(codes)))}))"
        )

    def _expected(self, layer: str) -> str:
        rows = f"read_parquet({literal(self.folder / layer)} || '-*.parquet')"
        if not self.ends:
            return rows
        ends = " ".join(f"WHEN {partition} THEN {end}" for partition, end in self.ends.items())
        return f"(FROM {rows} WHERE kafka_offset < CASE kafka_partition {ends} ELSE 0 END)"

    def _columns(self, rows: str) -> dict[str, str]:
        return {name: kind for name, kind, *_ in self._connection.execute(f"DESCRIBE FROM {rows}").fetchall()}

    def _sums(self, rows: str, columns: Iterable[str]) -> tuple[int, ...]:
        """The number of rows, then the sum of each column's hashes."""
        hashes = ", ".join(f"sum(hash(kafka_partition, kafka_offset, {_value(name)}))" for name in columns)
        return self._one(f"SELECT count(*), {hashes} FROM {rows}")

    @cached_property
    def _expected_sums(self) -> Callable[[str, tuple[str, ...]], tuple[int, ...]]:
        return cache(self._sums)

    def _one(self, query: str) -> tuple[int, ...]:
        return self._connection.execute(query).fetchone()

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect()


def _value(column: str, side: str = "") -> str:
    """What of a column is compared."""
    name = side + identifier(column)
    if column == DETAIL:
        return f"CASE WHEN trim({name}) = '' THEN '' WHEN {name} IS NOT NULL THEN {literal(A_SENTENCE)} END"
    return name


def _shown(value: str) -> str:
    return f"coalesce(left(CAST({value} AS VARCHAR), 80), 'NULL')"


def expectation(recording: Recording) -> Expectation:
    """What the tables must hold when all events are in them, worked out unless it is there, by a process for each core."""
    done = recording.folder / "expected"
    if not done.exists():
        unfinished = recording.folder / "expected.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as processes:
            work = processes.map(partial(work_out, recording, unfinished), recording.parts)
            for _ in track(work, "working out what is right", total=len(recording.parts), console=stderr()):
                pass
        require_distinct_ids(unfinished, STREAMS[recording.manifest.stream].id)
        unfinished.rename(done)
    return Expectation(done, recording.ends(recording.manifest.events))


def work_out(recording: Recording, folder: Path, part: int) -> None:
    """Writes what is expected of one part of the events."""
    records = [KafkaRecord(recording.topic, *place) for place in recording.part(part)]
    write_expected(STREAMS[recording.manifest.stream], records, folder, str(part))


def write_expected(stream: Stream, records: Sequence[KafkaRecord], folder: Path, name: str) -> None:
    """Works out the rows of records, and writes a file for each layer that has any."""
    expected, types = stream.expected(records), TYPES | {name: DECLARED.get(field.type) for name, field in stream.columns.items()}
    for layer in LAYERS:
        rows = list(getattr(expected, layer).values())
        if rows:
            pq.write_table(as_table(rows, types), folder / f"{layer}-{name}.parquet", compression="zstd")


def as_table(rows: Sequence[Mapping[str, object]], types: Mapping[str, pa.DataType | None]) -> pa.Table:
    """Rows of the oracle, with the types of the contracts: text where none is given."""
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    if DETAIL in columns:
        columns[DETAIL] = [A_SENTENCE if value is ANY_SENTENCE else value for value in columns[DETAIL]]
    return pa.table({name: pa.array(values, types.get(name) or pa.string()) for name, values in columns.items()})


def require_distinct_ids(folder: Path, column: str) -> None:
    """The rule against duplicates is on in some variants only; a TrunklineError if it would reject anything."""
    ids = f"SELECT count(*), count(DISTINCT {column}) FROM read_parquet({literal(folder)} || '/gold-*.parquet')"
    rows, distinct = duckdb.connect().execute(ids).fetchone()
    if rows != distinct:
        raise TrunklineError(f"{rows - distinct} ids of the topic come twice", "take another --seed")
