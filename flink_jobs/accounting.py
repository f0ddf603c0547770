# ruff: noqa: S608 - all names in these queries are those of stored tables
"""The accounting of a job: every record of its topics is in every layer that it belongs to, once."""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial

import pyarrow as pa

from flink_jobs.checks import REJECTED, Check, Connection, Rows, SkippedError, query
from flink_jobs.domains import Domain
from flink_jobs.environment import Environment
from flink_jobs.errors import TrunklineError
from flink_jobs.lake import quoted
from flink_jobs.librdkafka import NoAnswerError
from flink_jobs.local import stack
from flink_jobs.project import Project
from flink_jobs.releases import topic_of
from flink_jobs.snapshots import COORDINATES, StoredTable
from flink_jobs.topics import Offsets, Topics, reached_offset

COUNTED = ", ".join(COORDINATES)


@dataclass(frozen=True)
class Fed:
    """A table that a streaming job writes, and the topic that its rows come from, if it is Kafka's."""

    table: str
    job: str
    topic: str | None

    @property
    def layer(self) -> str:
        """The second word of its name."""
        return self.table.split(".")[1]

    @property
    def holds_every_accepted_record(self) -> bool:
        """Whether it is a gold table with one row for each of them: a fact, or the versions of a dimension."""
        word = self.table.split(".")[2]
        return self.layer == "gold" and (word.startswith("fact_") or (word.startswith("dim_") and word.endswith("_versions")))


def fed_tables(domain: Domain, environment: Environment) -> list[Fed]:
    """The tables of every streaming job of a domain."""
    fed = []
    for job in (job for job in domain.jobs if not job.is_batch):
        topics = {name: topic for name, source in job.sources.items() if (topic := environment.topic(source))}
        fed += [Fed(insert.table, job.name, topic_of(job, insert, topics)) for insert in job.inserts]
    return fed


class Broker:
    """Kafka, asked at most once whether it answers."""

    def __init__(self, project: Project, environment: Environment) -> None:
        self.project = project
        self.environment = environment

    def topics(self) -> Topics:
        """Its topics; SkippedError when nothing answers."""
        if isinstance(self._answer, str):
            raise SkippedError(self._answer)
        return self._answer

    @cached_property
    def _answer(self) -> Topics | str:
        if self.environment.name == "local" and not all(p.running for p in stack.processes(self.project) if p.name == "Kafka"):
            return "Kafka is down; start it with `trunkline up`"
        topics = Topics(self.environment.kafka)
        try:
            topics.partitions()
        except NoAnswerError as error:
            return str(error)
        return topics


class Accounting:
    """The checks of the accounting, over stored tables by name.

    `apart`: table -> why nothing shows that its snapshot belongs to those of the others of its job.
    `ahead`: table -> the last offsets that it held when its job was deployed anew and began to read further back, for other tables.
    """

    def __init__(self, stored: Mapping[str, StoredTable], apart: Mapping[str, str], ahead: Mapping[str, Offsets], broker: Broker) -> None:
        self.stored = stored
        self.apart = apart
        self.ahead = ahead
        self.broker = broker

    def checks(self, fed: Iterable[Fed]) -> Iterator[Check]:
        """All of them, topic by topic."""
        topics: dict[tuple[str, str], list[Fed]] = {}  # by job
        for table in fed:
            if table.topic and table.table in self.stored:
                topics.setdefault((table.job, table.topic), []).append(table)
        for (_, topic), tables in topics.items():
            yield from self.of_topic(topic, tables)

    def of_topic(self, topic: str, tables: list[Fed]) -> Iterator[Check]:
        """What must hold between the tables of one topic."""
        bronze, silver = ([fed.table for fed in tables if fed.layer == layer] for layer in ("bronze", "silver"))
        gold = [fed.table for fed in tables if fed.holds_every_accepted_record]
        for table in (*bronze, *silver, *gold):
            repeated = f"SELECT {COUNTED}, count(*) AS repeats FROM {quoted(table)} GROUP BY ALL HAVING count(*) > 1"
            yield query(f"{table} once", f"no record of the topic {topic} is twice in {table}", repeated)
        for source in bronze:
            proves = f"{source} has every record that Kafka holds of the topic {topic}, up to its own last one"
            yield Check(f"{source} complete", proves, partial(self.complete, source, topic))
        for target in silver:
            for source in bronze:
                yield from self.same(source, target)
            for fact in gold:
                yield from self.same(target, fact, accepted=True)

    def same(self, source: str, target: str, accepted: bool = False) -> Iterator[Check]:
        """Two layers hold the same records; those that a new job still has to read back for one of them are a warning."""
        only_accepted = accepted and REJECTED in self.stored[source].columns
        condition = f" WHERE NOT {REJECTED}" if only_accepted else ""
        given, other = f"(SELECT {COUNTED} FROM {quoted(source)}{condition})", quoted(target)
        absent = [
            f"SELECT {COUNTED}, '{lacking}' AS missing_in, {read_back(self.ahead.get(holding, {}), right)} AS read_back "
            f"FROM {left} AS given ANTI JOIN {right} AS other USING ({COUNTED})"
            for left, right, holding, lacking in ((given, other, source, target), (other, given, target, source))
        ]
        rows = f"SELECT * EXCLUDE (read_back) FROM ({' UNION ALL '.join(absent)}) WHERE"
        what = "the accepted records of" if only_accepted else "exactly the records of"
        checks = [query(f"{target} = {source}", f"{target} has {what} {source}", f"{rows} NOT read_back")]
        if source in self.ahead or target in self.ahead:
            proves = f"what one of {source} and {target} held before their job was deployed anew is in both"
            checks.append(query(f"{target} = {source} read back", proves, f"{rows} read_back", only_warns=True))
        for check in checks:
            yield replace(check, offenders=partial(skip, self.apart[target])) if target in self.apart else check

    def complete(self, table: str, topic: str, connection: Connection) -> Rows:
        """What Kafka holds of a topic and its bronze table lacks."""
        try:
            return lacking(connection, table, topic, self.broker.topics())
        except NoAnswerError as error:
            raise SkippedError(str(error)) from None


def read_back(reached: Offsets, other: str) -> str:
    """Whether a record that `other` lacks comes after all that it has, but no later than what was reached: as a condition."""
    last = f"SELECT max(kafka_offset) FROM {other} AS late WHERE late.kafka_partition = given.kafka_partition"
    return f"kafka_offset <= {reached_offset(reached)} AND kafka_offset > coalesce(({last}), -1)"


def skip(reason: str, _: Connection) -> Rows:
    """Says that a check can't be made."""
    raise SkippedError(reason)


def lacking(connection: Connection, table: str, topic: str, topics: Topics) -> Rows:
    """The records that Kafka holds and a bronze table lacks, although it has a later one of their partition.

    Kafka itself lacks some offsets, those of ends of transactions and of compacted records: where the table lacks any, Kafka is read.
    """
    first, end = topics.bounds(topic, earliest=True), topics.bounds(topic)
    if not end:
        raise SkippedError(f"Kafka has no topic {topic}")
    partitions, offsets = array("i"), array("q")  # what Kafka holds where the table lacks something
    held = connection.execute(f"SELECT kafka_partition, max(kafka_offset) FROM {quoted(table)} GROUP BY ALL").fetchall()
    for partition, last in held:
        if last >= end.get(partition, 0):
            what = f"it holds offset {last} of {topic}, partition {partition}, which ends at {end.get(partition, 0)}: it was made anew"
            raise TrunklineError(what, "give the new topic another name, or remove the stored tables with `just clean`")
        if span := lacked_span(connection, table, partition, first[partition], last):
            offsets.extend(topics.offsets(topic, partition, *span))
            partitions.extend([partition] * (len(offsets) - len(partitions)))
    read = pa.table({"kafka_partition": pa.array(partitions, pa.int32()), "kafka_offset": pa.array(offsets, pa.int64())})
    return connection.from_arrow(read).join(connection.sql(f"SELECT {COUNTED} FROM {quoted(table)}"), COUNTED, how="anti")


def lacked_span(connection: Connection, table: str, partition: int, first: int, last: int) -> tuple[int, int] | None:
    """The lowest and the highest offset from `first` to `last` that a table lacks of a partition; None if it lacks none."""
    offsets = f"SELECT DISTINCT kafka_offset FROM {quoted(table)} WHERE kafka_partition = {partition} AND kafka_offset >= {first}"
    if connection.execute(f"SELECT count(*) FROM ({offsets})").fetchone() == (last - first + 1,):
        return None
    previous = f"SELECT kafka_offset, lag(kafka_offset, 1, {first - 1}::BIGINT) OVER (ORDER BY kafka_offset) AS previous FROM ({offsets})"
    span = f"SELECT min(previous) + 1, max(kafka_offset) - 1 FROM ({previous}) WHERE kafka_offset > previous + 1"
    low, high = connection.execute(span).fetchone()
    return None if low is None else (low, high)
