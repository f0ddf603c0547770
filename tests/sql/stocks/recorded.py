"""The recorded prices, and the companies that they are of, as records for Kafka."""

import csv
import json
from datetime import UTC, datetime

from tests.sql.harness import REPOSITORY, Message

FEED = REPOSITORY / "feeds" / "stocks"
SENT = round(datetime(2025, 11, 20, tzinfo=UTC).timestamp() * 1000)  # after the last price


def recorded() -> dict[str, Message]:
    """Each record as its feed sends it, by its place in its file; numbers of prices as numeric text, what is empty as null."""
    companies = json.loads((FEED / "companies.json").read_text(encoding="utf-8"))
    sent = {f"companies.json:{company['symbol']}": message("companies", company) for company in companies}
    with (FEED / "prices.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return sent | {
            f"prices.csv:{rows.line_num}": message("stock-prices", {name: text or None for name, text in row.items()}) for row in rows
        }


def message(topic: str, value: dict[str, str | None]) -> Message:
    """A record, keyed by its symbol."""
    symbol = value["symbol"]
    return Message(topic, SENT, symbol and symbol.encode(), json.dumps(value).encode())
