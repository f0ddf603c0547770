"""Every recorded price and every example, through Kafka and the jobs, against an oracle that shares no code with them."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from flink_jobs.lake import Lake
from flink_jobs.project import Project
from tests.oracle import stocks
from tests.oracle.tables import Expected
from tests.oracle.telecom import differences
from tests.oracle.topic import KafkaRecord, read_topic
from tests.sql.harness import REPOSITORY

STOCKS = REPOSITORY / "sql" / "stocks"


@pytest.fixture(scope="module")
def expected(project: Project, records: dict[str, KafkaRecord]) -> dict[str, Expected]:
    """What the oracle makes of the records that Kafka holds: those that were sent."""
    sent = {topic: read_topic(f"127.0.0.1:{project.settings.kafka_port}", topic) for topic in stocks.TOPICS}
    assert sorted((r for topic in sent.values() for r in topic), key=str) == sorted(
        (record for record in records.values() if record.topic in stocks.TOPICS), key=str
    )
    return stocks.expected(sent)


def test_every_record_is_where_the_oracle_says(expected: dict[str, Expected], stored: Callable[[str], pa.Table]) -> None:
    assert differences(stocks.stored_tables(expected), stored) == []


def test_readers_see_what_the_oracle_says(expected: dict[str, Expected], lake: Lake) -> None:
    with lake.connect() as reader:
        assert differences(stocks.serving_views(expected), lambda name: reader.sql(f"FROM {name}").to_arrow_table()) == []


@pytest.mark.parametrize("check", sorted((STOCKS / "checks").glob("*.sql")), ids=lambda file: file.stem)
def test_no_check_finds_anything(check: Path, expected: dict[str, Expected], lake: Lake) -> None:
    with lake.connect() as reader:
        assert reader.sql(check.read_text()).fetchall() == []


def test_the_question_of_the_demo_has_an_answer_for_every_sector(expected: dict[str, Expected], lake: Lake) -> None:
    sectors = {row["sector"] for row in expected["companies"].gold.values()} - {None}
    with lake.connect() as reader:
        rows = reader.sql((STOCKS / "demo.sql").read_text()).to_arrow_table().to_pylist()
    assert {row["sector"] for row in rows} == sectors
    assert all(value is not None for row in rows for value in row.values())


def test_the_recorded_prices_are_late_corrected_and_bad_too(expected: dict[str, Expected], records: dict[str, KafkaRecord]) -> None:
    recorded = {(r.partition, r.offset) for name, r in records.items() if name.startswith("prices.csv")}
    silver = [row for place, row in expected["stock-prices"].silver.items() if place in recorded]
    accepted = [(row["symbol"], row["event_time"]) for row in silver if not row["is_rejected"]]
    assert len({row["rejection_reason"] for row in silver}) > 6
    assert len(accepted) > len(set(accepted)) > 7000
    assert sum(before.date() > after.date() for before, after in in_turn(accepted)) > 10


def in_turn(accepted: list[tuple[str, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """The times of each two prices of a symbol that came one after the other."""
    before: dict[str, datetime] = {}
    for symbol, moment in accepted:
        yield before.get(symbol, moment), moment
        before[symbol] = moment
