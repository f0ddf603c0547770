"""What a stored table's metadata says of its snapshots."""

from typing import Any

import pytest

from flink_jobs.snapshots import StoredTable

EMPTY = {"changed-partition-count": "0"}


def stored(*summaries: dict[str, str], expired: int = 0) -> StoredTable:
    """A table with a snapshot for each summary, numbered from 1, the first of which are expired."""
    snapshots: list[dict[str, Any]] = [
        {"snapshot-id": number, "parent-snapshot-id": number - 1, "sequence-number": number, "timestamp-ms": number, "summary": summary}
        for number, summary in enumerate(summaries, 1)
    ]
    metadata = {"snapshots": snapshots[expired:], "current-snapshot-id": len(summaries) or -1}
    return StoredTable("shop.gold.orders", "", metadata, lambda: pytest.fail("no catalog is needed"))


@pytest.mark.parametrize(
    ("table", "number"),
    [
        (stored({"changed-partition-count": "1"}, EMPTY, EMPTY), 1),
        (stored({"changed-partition-count": "1"}, {"changed-partition-count": "2"}, EMPTY), 2),
        (stored(EMPTY, {}), 2),  # another writer may not say
        (stored({"changed-partition-count": "1"}, EMPTY, EMPTY, EMPTY, expired=1), 2),
        (stored(), None),
    ],
)
def test_a_checkpoint_without_rows_changes_nothing(table: StoredTable, number: int | None) -> None:
    assert (table.last_change and table.last_change.number) == number
