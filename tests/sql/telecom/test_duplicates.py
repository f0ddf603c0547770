"""Of events with one id that stand in two partitions, either may come first."""

from tests.sql.harness import Rows


def test_one_of_two_partitions_is_accepted(tables: dict[str, Rows]) -> None:
    rows = [row for row in tables["telecom.silver.payment"] if row["payment_id"] == "a payment in two partitions"]
    assert len({row["kafka_partition"] for row in rows}) == 2
    assert sorted(str(row["rejection_reason"]) for row in rows) == ["None", "duplicate"]
