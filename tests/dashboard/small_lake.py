"""A small lake of all three domains, written without Flink, and what must be seen of it, counted from the rows."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa

from flink_jobs.domains import load_domains
from flink_jobs.lake import Lake, open_duckdb
from flink_jobs.project import Project
from readers.model import create_tables
from tests.conftest import REPOSITORY

Row = dict[str, Any]
SITES = (
    ("CAI-0001", "Cairo", "Greater Cairo", 30.04, 31.24),
    ("GIZ-0001", "Giza", "Greater Cairo", 30.01, 31.21),
    ("ALX-0001", "Alexandria", "Delta", 31.20, 29.92),
    ("ASW-0001", "Aswan", "Upper Egypt", 24.09, 32.90),
    ("RUH-0001", "Riyadh", "Saudi Arabia", 24.71, 46.68),
)
UNKNOWN_SITE = "LXR-0009"
REASONS = {
    "malformed_record": 9,
    "wrong_type": 5,
    "invalid_phone_number": 4,
    "duplicate": 3,
    "unknown_status": 2,
    "same_phone_number": 1,
    "missing_id": 1,
}
BOOKS = (
    ("The Lantern Keeper", "Ana Sousa", "Portuguese", "Fantasy", "120.5"),
    ("The Lantern Keeper II", "Ana Sousa", "Portuguese", "Fantasy", "40"),
    ("Salt and Iron", "Ivan Petrov", "Russian", "Novel", "61"),
    ("Night Train", "Mary Hill", "English", "Thriller", None),
)
DAYS = 30


class SmallLake:
    """A project whose SQL is this repository's and whose tables are its own."""

    def __init__(self, root: Path) -> None:
        self.project = Project(root)
        for name in ("catalog", "sql", "udfs"):
            (root / name).symlink_to(REPOSITORY / name)
        self._lake = Lake.of(self.project)
        self._offsets = count()
        self.now = datetime.now(UTC)

    def append(self, table: str, rows: Iterable[Row], at: datetime) -> None:
        """Commits rows that came at that time; what they do not say is NULL. The table is made as its contract says."""
        catalog, _, identifier = table.partition(".")
        schema = schemas()[table]
        self._lake.catalogs[catalog].create_namespace_if_not_exists(identifier.partition(".")[0])
        stored = self._lake.catalogs[catalog].create_table_if_not_exists(identifier, schema)
        whole = [
            {"kafka_partition": 0, "kafka_offset": next(self._offsets), "kafka_timestamp": at, "kafka_date": at.date()} | row
            for row in rows
        ]
        stored.append(pa.Table.from_pylist(whole, schema))

    def fill(self) -> None:
        """Fills every table that a page reads, up to now, and makes those that their views read."""
        for table in schemas():
            if table in self.rows or ".gold." in table:
                self.append(table, self.rows.get(table, []), self.now - timedelta(minutes=3))

    @property
    def rows(self) -> dict[str, list[Row]]:
        """What `fill` stores in each table."""
        return rows_of(self.now)


@cache
def schemas() -> dict[str, pa.Schema]:
    """The columns of each table, as its contract says."""
    found = {}
    for domain in load_domains(Project(REPOSITORY)):
        contracts = {name: statement for name, statement in domain.declared.items() if statement.kind == "CREATE TABLE"}
        with open_duckdb() as connection:
            create_tables(connection, domain.name, contracts)
            found |= {name: connection.sql(f"FROM {name}").to_arrow_table().schema for name in contracts}
    return found


def rows_of(now: datetime) -> dict[str, list[Row]]:
    """The rows of each table, the same for the same time."""
    return {
        "telecom.gold.fact_calls": calls(now),
        "telecom.gold.fact_sms": messages(now),
        "telecom.gold.fact_support": contacts(now),
        "telecom.gold.dim_cell_site_versions": [site(*of) for of in SITES],
        "telecom.gold.dim_agent_versions": [
            {"agent_sk": f"sk-{name}", "agent_id": name, "department": name, "is_deleted": False, "valid_from": long_ago()}
            for name in ("billing", "network")
        ],
        "telecom.gold.call_members": [{"entity": "cell_site", "natural_key": UNKNOWN_SITE, "member_sk": f"sk-{UNKNOWN_SITE}"}],
        "telecom.silver.calls": judged(now),
        "stocks.gold.daily_prices": prices(now.date()),
        "stocks.gold.dim_companies_versions": [
            {"symbol": "NOVA", "name": "Nova Energy", "sector": "Energy", "is_deleted": False, "valid_from": long_ago()}
        ],
        "books.gold.fact_books": [book(*of) for of in BOOKS],
    }


def calls(now: datetime) -> list[Row]:
    """400 calls of the last two days; every fifth that is answered in Aswan drops."""
    random = Random(1)  # noqa: S311
    sites = [cell_id for cell_id, *_ in SITES] + [UNKNOWN_SITE]
    found = []
    for i in range(400):
        cell_id = random.choices(sites, (40, 20, 20, 10, 5, 5))[0]
        drops = cell_id.startswith("ASW") and i % 5 == 0
        status = "dropped" if drops else random.choice(("completed", "completed", "completed", "busy"))
        currency, amount = ("SAR", Decimal("1.5")) if cell_id.startswith("RUH") else ("EGP", Decimal(i % 7))
        found.append(
            {
                "call_id": f"c{i}",
                "from_cell_site": cell_id,
                "from_cell_sk": f"sk-{cell_id}",
                "status": status,
                "amount": amount,
                "currency": currency,
                "timestamp": now - timedelta(minutes=i * 7),
            }
        )
    return found


def messages(now: datetime) -> list[Row]:
    """120 messages of the last two hours."""
    return [
        {
            "sms_id": f"s{i}",
            "from_cell_sk": "sk-CAI-0001",
            "amount": Decimal("0.25"),
            "currency": "EGP",
            "timestamp": now - timedelta(minutes=i),
        }
        for i in range(120)
    ]


def contacts(now: datetime) -> list[Row]:
    """50 contacts with support; two in five of billing and all of network are settled at once."""
    return [
        {
            "support_id": f"h{i}",
            "agent_sk": "sk-billing" if i % 2 else "sk-network",
            "channel": ("phone", "chat", "email")[i % 3],
            "wait_time_seconds": (30, 5, 7200)[i % 3] + i,
            "first_call_resolution": i % 2 == 0 or i % 5 < 2,
            "escalated": i % 10 == 0,
            "satisfaction_score": 1 + i % 5,
            "timestamp": now - timedelta(minutes=i),
        }
        for i in range(50)
    ]


def site(cell_id: str, city: str, region: str, latitude: float, longitude: float) -> Row:
    """A cell site as it has always been."""
    return {
        "cell_sk": f"sk-{cell_id}",
        "cell_id": cell_id,
        "site_name": f"{city} 1",
        "city": city,
        "region": region,
        "latitude": latitude,
        "longitude": longitude,
        "is_deleted": False,
        "valid_from": long_ago(),
    }


def judged(now: datetime) -> list[Row]:
    """100 records of the topic of calls, with rejected ones of more reasons than have a colour."""
    reasons = [reason for reason, records in REASONS.items() for _ in range(records)]
    rejected = [{"rejection_reason": reason, "is_rejected": True} for reason in reasons]
    accepted = [{"is_rejected": False}] * (100 - len(rejected))
    return [row | {"kafka_timestamp": now - timedelta(minutes=i % 50)} for i, row in enumerate(rejected + accepted)]


def prices(today: date) -> list[Row]:
    """The days of two symbols, the last one in two revisions."""
    found = []
    for symbol, first in (("NOVA", 100), ("QBIT", 50)):
        for i in range(DAYS):
            day = today - timedelta(days=DAYS - 1 - i)
            opened, closed = Decimal(first + i % 5), Decimal(first + (i * 3) % 7)
            price = {
                "symbol": symbol,
                "open_price": opened,
                "high_price": max(opened, closed) + 1,
                "low_price": min(opened, closed) - 1,
                "close_price": closed,
                "volume": 1000 + i,
                "day": day,
            }
            found += [price | {"revision": 1}]
        found += [price | {"revision": 2, "close_price": Decimal("123.45"), "high_price": Decimal("130"), "volume": 4321}]
    return found


def book(title: str, author: str, language: str, genre: str, sales: str | None) -> Row:
    """A book by its only author."""
    return {
        "book_sk": f"sk-{title}",
        "author_sk": f"sk-{author}",
        "title": title,
        "author": author,
        "original_language": language,
        "genre": genre,
        "approximate_sales_millions": sales and Decimal(sales),
    }


def long_ago() -> datetime:
    """Before every event."""
    return datetime(2020, 1, 1, tzinfo=UTC)


def figures(rows: Mapping[str, list[Row]]) -> dict[str, dict[str, str]]:
    """What each page must say, by the names of its figures."""
    calls, contacts = rows["telecom.gold.fact_calls"], rows["telecom.gold.fact_support"]
    answered = [call for call in calls if call["status"] in ("completed", "dropped")]
    dropped = [call for call in answered if call["status"] == "dropped"]
    waits = sorted(contact["wait_time_seconds"] for contact in contacts)
    paid = [*calls, *rows["telecom.gold.fact_sms"]]
    revenue = {currency: sum(event["amount"] for event in paid if event["currency"] == currency) for currency in ("EGP", "SAR")}
    judged = rows["telecom.silver.calls"]
    rejected = [record for record in judged if record["is_rejected"]]
    books = rows["books.gold.fact_books"]
    return {
        "Telecom": {
            "Calls": f"{len(calls):,}",
            "Dropped calls": f"{100 * len(dropped) / len(answered):.2f} %",
            "Settled at once": f"{100 * sum(contact['first_call_resolution'] for contact in contacts) / len(contacts):.1f} %",
            "Median wait": f"{waits[(len(waits) - 1) // 2]} s",
            "Satisfaction": f"{sum(contact['satisfaction_score'] for contact in contacts) / len(contacts):.2f} of 5",
        }
        | {currency: f"{total:,.2f}" for currency, total in revenue.items()},
        "Stocks": {"Close": "123.45", "Shares": "4,321"},
        "Books": {
            "Books": f"{len(books)}",
            "Authors": f"{len({book['author'] for book in books})}",
            "Languages": f"{len({book['original_language'] for book in books})}",
            "Copies sold": f"{sum(book['approximate_sales_millions'] or 0 for book in books):,.0f} million",
        },
        "Data quality": {
            "Records": f"{len(judged)}",
            "Rejected": f"{len(rejected)}",
            "Share": f"{100 * len(rejected) / len(judged):.2f} %",
        },
    }
