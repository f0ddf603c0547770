"""The recorded prices, and the companies that they are of."""

import csv
import io
import json
from collections import Counter

from feeds.dimensions import find_dimensions
from feeds.members import Member, read_members
from feeds.stocks.record import HERE, write
from flink_jobs.environment import load_environment
from flink_jobs.project import Project
from tests.conftest import REPOSITORY

COMPANIES = HERE / "companies.json"
PRICES = (HERE / "prices.csv").read_text(encoding="utf-8")


def test_they_can_be_recorded_again() -> None:
    file = io.StringIO()
    write(file)
    assert file.getvalue() == PRICES


def test_each_company_has_four_prices_a_day_for_sixty_days() -> None:
    symbols = [company["symbol"] for company in json.loads(COMPANIES.read_text(encoding="utf-8"))]
    times = {(row["symbol"], row["timestamp"]) for row in csv.DictReader(io.StringIO(PRICES)) if "/" not in row["timestamp"]}
    sent = Counter(symbol for symbol, timestamp in times if symbol and timestamp)
    assert sent == dict.fromkeys(symbols, 4 * 60)


def test_their_source_reads_the_companies() -> None:
    project = Project(REPOSITORY)
    dimension = find_dimensions(project, load_environment(project), [COMPANIES], None)[COMPANIES]
    found = list(read_members(COMPANIES, dimension))
    assert len({member.key for member in found if isinstance(member, Member)}) == len(found) == 31
