"""The best sellers that stand in the repository, as the feed sends them."""

import csv
import json

from tests.sql.harness import REPOSITORY, Message

FILE = REPOSITORY / "feeds" / "books" / "best_sellers.csv"
SENT = 1_763_625_600_456  # 2025-11-20 08:00:00.456 UTC


def best_sellers() -> dict[str, Message]:
    """A record for each row, by its number, an empty cell as null; keyed by id, so that repeats stay in order."""
    with FILE.open(newline="", encoding="utf-8") as file:
        return {f"best seller {number}": message(row) for number, row in enumerate(csv.DictReader(file), start=1)}


def message(row: dict[str, str]) -> Message:
    value = {column: text or None for column, text in row.items()}
    return Message("sensor_stream", SENT, row["Id"].encode() or None, json.dumps(value, ensure_ascii=False).encode())
