"""All best sellers and every example, through Kafka and the job, against an oracle that shares no code with them."""

from collections.abc import Callable

import pyarrow as pa
import pytest

from flink_jobs.lake import Lake
from flink_jobs.project import Project
from flink_jobs.verifier import verifying
from tests import codes
from tests.oracle import books
from tests.oracle.tables import Expected
from tests.oracle.telecom import differences
from tests.oracle.topic import KafkaRecord, read_topic
from tests.sql.books.recorded import best_sellers
from tests.sql.harness import REPOSITORY, Rows


@pytest.fixture(scope="module")
def expected(project: Project, records: dict[str, KafkaRecord], stored: Callable[[str], pa.Table]) -> Expected:
    """What the oracle makes of the records that Kafka holds: those that were sent."""
    sent = read_topic(f"127.0.0.1:{project.settings.kafka_port}", books.TOPIC)
    assert sorted(sent, key=str) == sorted((record for record in records.values() if record.topic == books.TOPIC), key=str)
    return books.expected(sent, books.accepted(stored("books.silver.stg_books").to_pylist()))


def test_every_record_is_where_the_oracle_says(expected: Expected, stored: Callable[[str], pa.Table]) -> None:
    assert differences(books.stored_tables(expected), stored) == []


def test_readers_see_what_the_oracle_says(expected: Expected, lake: Lake) -> None:
    with lake.connect() as reader:
        assert differences(books.serving_views(expected), lambda name: reader.sql(f"FROM {name}").to_arrow_table()) == []


def test_every_check_passes(project: Project, tables: dict[str, Rows]) -> None:
    with verifying(project, "books") as verifier:
        results = [verifier.result(check) for check in verifier.checks()]
    assert {result.check for result in results} >= {
        "books.gold.fact_books.book_sk unique",
        "books.gold.fact_books.author_sk in books.serving.dim_author",
        "books.serving.dim_author.author_sk unique",
        "books.bronze.sensor_stream complete",
    }
    assert [result for result in results if result.result != "passed"] == []


def test_the_demo_has_an_answer(lake: Lake) -> None:
    with lake.connect() as reader:
        assert len(reader.sql((REPOSITORY / "sql" / "books" / "demo.sql").read_text()).fetchall()) == 10


def test_the_best_sellers_show_every_rule(expected: Expected, records: dict[str, KafkaRecord]) -> None:
    rows = [expected.silver[record.partition, record.offset] for record in map(records.get, best_sellers())]
    reasons = [row["rejection_reason"] for row in rows]
    assert reasons.count(None) > 110
    assert set(reasons) == {None, *codes.rules(books.TOPIC)}
    repaired = {column for row in rows for column in (row["repaired_columns"] or "").split(",")}
    assert repaired >= {"title", "author", "first_published_year", "approximate_sales_millions"}
