"""Of events with one id that stand in two partitions, either may come first."""

import pytest

from tests.oracle.events import Stream
from tests.oracle.telecom import STREAMS
from tests.sql.harness import Rows


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_one_of_two_partitions_is_accepted(stream: Stream, tables: dict[str, Rows]) -> None:
    rows = [row for row in tables[f"telecom.silver.{stream.name}"] if row[stream.id] == "an id in two partitions"]
    assert len({row["kafka_partition"] for row in rows}) == len(rows) == 2
    assert {row["rejection_reason"] for row in rows} == {None, "duplicate"}
