"""Queries as Power BI's DirectQuery sends them, over telecom's star: the answers are counted again from the rows, in Python."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from flink_jobs.project import Project
from tests.oracle.calendar import expected_dates
from tests.oracle.tables import Row
from tests.readers.postgres.conftest import connect
from tests.sql.telecom import small_country
from udfs.currencies import ACTIVE_CURRENCIES

QUERIES = {file.stem: file for file in (Path(__file__).parents[1] / "powerbi" / "directquery").glob("*.sql")}
# The days of the queries are those of the measurement; here the small country's stand for them.
DAYS = {"2026-11-14": "2026-02-28", "2026-11-21": "2026-03-02", "2026-11-20 23": "2026-03-01 08", "2026-11-20": "2026-03-01"}
FIRST, LAST, NEXT = date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2)
EPOCH = date(1970, 1, 1)

Rows = list[Row]
Answer = list[tuple[Any, ...]]


class Star:
    """The small country's facts, and its members by their keys."""

    def __init__(self) -> None:
        self.lake = {name: list(rows) for name, rows in small_country.expected().items()}
        self.days = {row["date_sk"]: row["date_value"] for row in expected_dates().values()}
        self.calls, self.support, self.payments = (self.lake[f"gold.fact_{name}"] for name in ("calls", "support", "payment"))

    def member(self, dimension: str, key: str, value: str | None) -> Row:
        """A member by its key; without any, one of which nothing is known."""
        return next((row for row in self.lake[f"serving.{dimension}"] if row[key] == value and value), defaultdict(lambda: None))

    def week(self) -> Rows:
        """The calls of the days that are asked for."""
        return [call for call in self.calls if FIRST <= self.days.get(call["date_sk"], EPOCH) < NEXT]

    def by(self, dimension: str, key: str, own_key: str, column: str, rows: Rows) -> Iterator[tuple[Any, Row]]:
        """Rows with what a column of their member says."""
        members = {row[own_key]: row[column] for row in self.lake[f"serving.{dimension}"]}
        return ((members.get(row[key]), row) for row in rows)


@pytest.fixture(scope="module")
def star() -> Star:
    return Star()


@pytest.fixture(scope="module")
def connection(served: Project) -> Iterator[psycopg.Connection]:
    with connect(served, "telecom") as opened:
        opened.execute("SET ROLE trunkline_reader")
        yield opened


def sums(pairs: Iterable[tuple[Any, Decimal | int | None]]) -> Answer:
    """The sum of each group, of what is not null; a group of nothing but nulls has none."""
    found: dict[Any, Decimal] = {}
    for group, value in pairs:
        if value is not None:
            found[group] = found.get(group, Decimal(0)) + value
    return list(found.items())


def calls_by_day(star: Star) -> Answer:
    days = (star.days.get(call["date_sk"]) for call in star.calls)
    return list(Counter(day if day != EPOCH else None for day in days).items())


def revenue_by_region(star: Star, calls: Rows) -> Answer:
    pounds = [call for call in calls if call["currency"] == "EGP"]
    return sums((region, call["amount"]) for region, call in star.by("dim_cell_site", "from_cell_sk", "cell_sk", "region", pounds))


def drops_by_cell_site(star: Star) -> Answer:
    dropped = [star.member("dim_cell_site", "cell_sk", call["from_cell_sk"]) for call in star.calls if call["status"] == "dropped"]
    return [(*group, count) for group, count in Counter((site["site_name"], site["city"]) for site in dropped).items()]


def callers(star: Star) -> Answer:
    found = {call["from_user_sk"] for call in star.calls if star.days.get(call["date_sk"]) == LAST}
    return [(len(found),)]


def minutes_by_plan(star: Star) -> Answer:
    return sums((plan, call["call_duration_seconds"]) for plan, call in star.by("dim_user", "from_user_sk", "user_sk", "plan", star.week()))


def resolution_by_department(star: Star) -> Answer:
    settled = [contact for contact in star.support if contact["first_call_resolution"]]
    counted = Counter(department for department, _ in star.by("dim_agent", "agent_sk", "agent_sk", "department", settled))
    return [(department, count) for department, count in counted.items() if count > 2]


def payments_by_method(star: Star) -> Answer:
    payments, failed = (
        Counter(row["payment_method"] for row in star.payments if row["status"] in statuses)
        for statuses in ({row["status"] for row in star.payments}, {"failed"})
    )
    return [(method, count, failed[method] or None) for method, count in payments.items()]


def newest_calls(star: Star) -> Answer:
    late = [call for call in star.calls if call["kafka_timestamp"] >= datetime(2026, 3, 1, 8, tzinfo=UTC)]
    newest = sorted(late, key=lambda call: (-call["timestamp"].timestamp(), call["transaction_sk"]))[:501]
    return [(call["transaction_sk"], call["timestamp"], call["amount"]) for call in newest]


EXPECTED: dict[str, Callable[[Star], Answer]] = {
    "callers": callers,
    "calls": lambda star: [(len(star.calls),)],
    "calls_by_day": calls_by_day,
    "calls_by_hour": lambda star: list(Counter(call["time_sk"] // 10000 for call in star.week()).items()),
    "currencies": lambda _: [(currency,) for currency in sorted(ACTIVE_CURRENCIES)],
    "drops_by_cell_site": drops_by_cell_site,
    "minutes_by_plan": minutes_by_plan,
    "newest_calls": newest_calls,
    "payments_by_method": payments_by_method,
    "resolution_by_department": resolution_by_department,
    "revenue_by_region": lambda star: revenue_by_region(star, star.week()),
    "revenue_by_region_ever": lambda star: revenue_by_region(star, star.calls),
    "statuses": lambda star: [(status,) for status in sorted({call["status"] for call in star.calls})],
}


@pytest.mark.parametrize("name", QUERIES)
def test_an_answer_is_what_the_rows_say(name: str, connection: psycopg.Connection, star: Star) -> None:
    query = QUERIES[name].read_text()
    for asked, day in DAYS.items():
        query = query.replace(asked, day)
    expected = EXPECTED[name](star)
    found = connection.execute(query).fetchall()
    assert expected
    if "order by" in query:
        assert found == expected
    assert Counter(found) == Counter(expected)
