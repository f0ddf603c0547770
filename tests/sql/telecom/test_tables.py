"""All records that a person thought of, through Kafka and the jobs, against an oracle that shares no code with them."""

from collections.abc import Callable

import pyarrow as pa
import pytest

from flink_jobs.lake import Lake
from flink_jobs.project import Project
from tests.oracle import telecom
from tests.oracle.topic import KafkaRecord, read_topic


@pytest.mark.parametrize("topic", telecom.TOPICS)
def test_every_record_is_where_the_oracle_says(
    topic: str, project: Project, records: dict[str, KafkaRecord], stored: Callable[[str], pa.Table]
) -> None:
    sent = read_topic(f"127.0.0.1:{project.settings.kafka_port}", topic)
    assert {record.partition for record in sent} == {0, 1, 2, 3}
    assert any(record.key is None for record in sent)
    assert sorted(sent, key=str) == sorted((record for record in records.values() if record.topic == topic), key=str)
    tables = telecom.stored_tables(telecom.expected({topic: sent}, stored))
    assert telecom.differences(tables, stored) == []


def test_readers_see_what_the_oracle_says(project: Project, lake: Lake, stored: Callable[[str], pa.Table]) -> None:
    sent = {topic: read_topic(f"127.0.0.1:{project.settings.kafka_port}", topic) for topic in telecom.TOPICS}
    views = telecom.serving_views(telecom.expected(sent, stored))
    with lake.connect() as reader:
        assert telecom.differences(views, lambda name: reader.sql(f"FROM {name}").to_arrow_table()) == []
