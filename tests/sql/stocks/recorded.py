"""The recorded prices as records for Kafka."""

import csv
import json
from datetime import UTC, datetime

from tests.sql.harness import REPOSITORY, Message

PRICES = REPOSITORY / "feeds" / "stocks" / "prices.csv"
SENT = round(datetime(2025, 11, 20, tzinfo=UTC).timestamp() * 1000)  # after the last of them


def recorded_prices() -> dict[str, Message]:
    """Each recorded price as its feed sends it, by its line; numbers as numeric text, what is empty as null."""
    with PRICES.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return {f"prices.csv:{rows.line_num}": message({name: text or None for name, text in row.items()}) for row in rows}


def message(price: dict[str, str | None]) -> Message:
    """A price as a record, keyed by its symbol."""
    symbol = price["symbol"]
    return Message("stock-prices", SENT, symbol and symbol.encode(), json.dumps(price).encode())
