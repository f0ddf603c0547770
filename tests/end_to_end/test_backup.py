"""A lake that comes back from a copy, by the commands of docs/operations.md, and goes on from there."""

import re
import shutil
import signal

import pytest

from flink_jobs.topics import Topics
from tests.end_to_end.test_domains import PRICES
from tests.end_to_end.workbench import REPOSITORY, Workbench, wait
from tests.oracle import stocks, telecom
from tests.oracle.topic import read_topic

pytestmark = pytest.mark.environments

FACT = "stocks.gold.fact_stock"
TOPICS = {"stock-prices": "stocks.bronze.stock_prices", "companies": "stocks.bronze.companies"}


def test_a_lake_comes_back_from_a_copy_and_lacks_nothing(workbench: Workbench) -> None:
    bench = workbench
    back_up, restore = re.findall(r"```sh\n(.*?)```", (REPOSITORY / "docs" / "operations.md").read_text(), re.DOTALL)
    for domain in ("books", "telecom"):
        shutil.rmtree(bench.project.root / "sql" / domain)
    bench.trunkline("up")
    bench.trunkline("deploy")
    feed(bench, "1", rows=200)
    bench.run("bash", "-euc", back_up)
    copied = bench.rows(FACT)
    feed(bench, "0", rows=copied + 200)
    bench.run("bash", "-euc", restore)
    for topic, table in TOPICS.items():
        bench.wait_until_caught_up(table, topic)
    assert sum(Topics(bench.kafka).bounds("stock-prices").values()) == PRICES
    records = {topic: read_topic(bench.bootstrap, topic) for topic in TOPICS}
    # Once a job has stopped with a savepoint, all its tables hold the same records.
    bench.trunkline("down")
    assert telecom.differences(stocks.stored_tables(stocks.expected(records)), bench.stored) == []


def feed(bench: Workbench, days_per_second: str, rows: int) -> None:
    """Sends prices until the fact has so many rows, or all where they come at once."""
    prices = bench.start("trunkline", "feed", "stocks", "--days-per-second", days_per_second)
    bench.wait_for_rows(FACT, rows)
    if days_per_second == "0":
        wait(lambda: sum(Topics(bench.kafka).bounds("stock-prices").values()) >= PRICES, f"{PRICES} prices")
    prices.send_signal(signal.SIGINT)
    prices.communicate(timeout=60)
