"""Of events with one id that stand in two partitions, either may come first."""

import pytest

from tests import codes
from tests.sql.harness import Rows
from tests.udfs.judges import JUDGES


@pytest.mark.parametrize("topic", [topic for topic in JUDGES if "duplicate" in codes.rules(topic)])
def test_one_of_two_partitions_is_accepted(topic: str, tables: dict[str, Rows]) -> None:
    rows = [row for row in tables[".".join(codes.silver(topic).with_suffix("").parts[-3:])] if "an id in two partitions" in row.values()]
    assert len({row["kafka_partition"] for row in rows}) == len(rows) == 2
    assert {row["rejection_reason"] for row in rows} == {None, "duplicate"}
