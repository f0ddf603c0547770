"""The stocks that ship, sent through a workbench's Kafka, and what its lake must hold of them."""

from flink_jobs.topics import Topics
from tests.end_to_end.workbench import REPOSITORY, Workbench, interrupt, wait
from tests.oracle import stocks, telecom
from tests.oracle.topic import read_topic

FACT = "stocks.gold.fact_stock"
TOPICS = {"stock-prices": "stocks.bronze.stock_prices", "companies": "stocks.bronze.companies"}
PRICES = len(set((REPOSITORY / "feeds" / "stocks" / "prices.csv").read_text().splitlines()[1:]))


def send_all_prices(bench: Workbench) -> None:
    """Sends every price that Kafka lacks yet."""
    feed, topics = bench.start("trunkline", "feed", "stocks", "--days-per-second", "0"), Topics(bench.kafka)
    wait(lambda: sum(topics.bounds("stock-prices").values()) >= PRICES, f"{PRICES} prices")
    interrupt(feed)
    assert sum(topics.bounds("stock-prices").values()) == PRICES


def wrong_tables(bench: Workbench) -> list[str]:
    """Stops the jobs once they have all records, and compares every table with the oracle."""
    for topic, table in TOPICS.items():
        bench.wait_until_caught_up(table, topic)
    records = {topic: read_topic(bench.bootstrap, topic) for topic in TOPICS}
    # Once a job has stopped with a savepoint, all its tables hold the same records.
    bench.trunkline("down")
    return telecom.differences(stocks.stored_tables(stocks.expected(records)), bench.stored)
