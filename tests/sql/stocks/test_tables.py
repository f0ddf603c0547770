"""Every recorded price and every example, through Kafka and the jobs, against an oracle that shares no code with them."""

from collections.abc import Callable

import pyarrow as pa
import pytest

from flink_jobs.lake import Lake
from flink_jobs.project import Project
from tests.oracle import stocks
from tests.oracle.tables import Expected
from tests.oracle.telecom import differences
from tests.oracle.topic import KafkaRecord, read_topic
from tests.sql.harness import Rows


@pytest.fixture(scope="module")
def lake(project: Project, tables: dict[str, Rows]) -> Lake:
    """The tables that the jobs filled."""
    return Lake.of(project)


@pytest.fixture(scope="module")
def stored(lake: Lake) -> Callable[[str], pa.Table]:
    """Reads a stored table."""
    return lambda name: lake.find(name).iceberg.scan().to_arrow()


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


def test_the_recorded_prices_are_late_corrected_and_bad_too(expected: dict[str, Expected]) -> None:
    prices = expected["stock-prices"]
    days = stocks.daily_prices(prices.gold).values()
    assert len(prices.gold) > 7000
    assert max(row["revision"] for row in days) > 4  # of four times a day
    assert {row["rejection_reason"] for row in prices.silver.values()} > {None, "high_below_low", "negative_volume", "missing_price"}
    latest: dict[object, object] = {}
    late = 0
    for fact in prices.gold.values():
        late += fact["timestamp"].date() < latest.get(fact["company_id"], fact["timestamp"].date())
        latest[fact["company_id"]] = max(latest.get(fact["company_id"], fact["timestamp"].date()), fact["timestamp"].date())
    assert late > 10
