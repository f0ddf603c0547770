"""Domains are folders of SQL: the small ones that ship and one made anew, fed and changed in mid-stream, against independent oracles.

Kafka is behind TLS and a login here, so that all that talks to it does so at least once.
"""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from flink_jobs.librdkafka import client_options
from flink_jobs.project import Project
from flink_jobs.releases import Store
from tests import certificates
from tests.end_to_end import prices
from tests.end_to_end.prices import send_all_prices
from tests.end_to_end.workbench import REPOSITORY, Workbench, interrupt
from tests.oracle import books, stocks, telecom
from tests.oracle.topic import KafkaRecord, read_topic
from tests.services.broker import Broker

COLUMN = "release_number"
CHANGED = {
    "books-books": "books.gold.fact_books",
    "stocks-companies": "stocks.gold.dim_companies_versions",
    "stocks-prices": "stocks.gold.fact_stock",
}
TOPICS = {
    "sensor_stream": "books.bronze.sensor_stream",
    **prices.TOPICS,
    "shop-orders": "shop.bronze.orders",
}
MORE_BOOKS = """\
Id,Title,Author,Original language,First published,Approximate sales,Genre
1001,The Trial,Franz Kafka,German,1925,,Novel
1002,The Castle,Franz Kafka,German,1926,c. 1,Novel
"""
BEST_SELLERS = "feeds/books/best_sellers.csv"


@pytest.fixture
def secure_bench(services: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """`local`, but for its Kafka."""
    with Broker(services) as broker, tempfile.TemporaryDirectory(prefix="trunkline-project-", dir="/tmp") as folder:
        bench = Workbench(Path(folder), "secure")
        broker.is_kafka_of(bench, like="local")
        bench.is_told(broker.variables, monkeypatch)
        try:
            yield bench
        finally:
            bench.end()


@pytest.mark.needs(certificates.PROGRAM)
def test_every_domain_is_right_over_a_change_in_mid_stream(secure_bench: Workbench) -> None:
    bench = secure_bench
    bench.compile_quickly()
    bench.keep_only("books", "stocks")
    make_a_domain(bench)
    show(bench, "books", "--delay", "1")
    show(bench, "stocks", "--days-per-second", "0.3")

    feeds = [
        bench.start("trunkline", "feed", "csv", BEST_SELLERS, "--topic", "sensor_stream", "--delay", "0.4", "--again"),
        bench.start("trunkline", "feed", "stocks", "--days-per-second", "0.3"),
    ]
    a_mistake_changes_nothing(bench)
    for table in CHANGED.values():
        add_a_column(bench, table)
    said = bench.trunkline("deploy")
    assert all(job in said for job in CHANGED)
    assert said.count("changed") == len(CHANGED) and said.count("started") == 1
    for feed in feeds:
        interrupt(feed)
    bench.trunkline("feed", "csv", "tests/sql/shop/orders.csv", "--topic", "shop-orders", "--delay", "0")
    send_the_rest(bench)

    wait_until_caught_up(bench)
    assert "stopped books-books" in bench.trunkline("down")
    assert bench.leftovers() == []
    assert "resumed books-books" in bench.trunkline("up")
    (bench.project.root / "more.csv").write_text(MORE_BOOKS)
    bench.trunkline("feed", "csv", "more.csv", "--topic", "sensor_stream", "--delay", "0")
    wait_until_caught_up(bench)
    results = json.loads(bench.run("trunkline", "verify", "--json").stdout)
    assert [result for result in results if result["result"] not in ("passed", "warning")] == []
    login = client_options(bench.kafka)
    records = {topic: read_topic(bench.kafka["bootstrap.servers"], topic, login) for topic in TOPICS}
    # Once a job has stopped with a savepoint, all its tables hold the same records.
    bench.trunkline("down")
    assert bench.leftovers() == []
    assert telecom.differences(expected_tables(bench, records), lambda table: without_the_change(bench, table)) == []
    assert_what_the_new_domain_holds(bench)


def make_a_domain(bench: Workbench) -> None:
    """Writes a domain, and nothing but files of its own."""
    before = files(bench.project.root)
    bench.trunkline("new-domain", "shop", "--stream", "orders")
    after = files(bench.project.root)
    assert before.items() <= after.items()
    assert {name.split("/")[0] for name in after.keys() - before.keys()} == {"sql", "tests"}


def files(root: Path) -> dict[str, bytes]:
    """Every file of a project but those that commands write."""
    found = (file for file in root.rglob("*") if file.is_file() and ".trunkline" not in file.parts)
    return {str(file.relative_to(root)): file.read_bytes() for file in found}


def a_mistake_changes_nothing(bench: Workbench) -> None:
    """Deploys a project with a mistake in it: it is named with its place, and the job runs on as it was."""
    file = bench.project.root / "sql" / "books" / "gold" / "fact_books.sql"
    right, before = file.read_text(), Store(bench.project, bench.name).get("books-books")
    file.write_text(right.replace("  book_id,", "  book_no,", 1))
    assert "sql/books/gold/fact_books.sql:6:3: " in bench.trunkline("deploy", "books", expect=1)
    file.write_text(right)
    assert Store(bench.project, bench.name).get("books-books") == before
    assert before.job_id in [job.id for job in bench.cluster.jobs() if job.state == "RUNNING"]


def wait_until_caught_up(bench: Workbench) -> None:
    """Waits until bronze holds the last record of every topic."""
    for topic, table in TOPICS.items():
        bench.wait_until_caught_up(table, topic)


def add_a_column(bench: Workbench, table: str) -> None:
    """Gives a table a column that is 1 from then on."""
    file = bench.project.root.joinpath("sql", *table.split(".")).with_suffix(".sql")
    text = file.read_text()
    view, contract = "  kafka_partition,\n", "  kafka_partition INT NOT NULL"
    assert text.count(view) == text.count(contract) == 1
    file.write_text(text.replace(view, f"  1 AS {COLUMN},\n{view}").replace(contract, f"  {COLUMN} INT,\n{contract}"))


def show(bench: Workbench, domain: str, *options: str) -> None:
    """Runs a domain's demo, with options of its feed."""
    said = bench.run("just", "demo", domain, "--seconds", "4", *options).stdout
    assert "first gold row after" in said
    question = (REPOSITORY / "sql" / domain / "demo.sql").read_text().splitlines()[0].removeprefix("-- ")
    names, types, line, *rows = said.partition(f"{question}\n")[2].splitlines()
    assert len(names.split()) == len(types.split()) > 3 and set(line) == {"─"} and rows


def send_the_rest(bench: Workbench) -> None:
    """Sends what the interrupted feeds left, and something new of everything that the changed jobs read."""
    bench.trunkline("feed", "csv", BEST_SELLERS, "--topic", "sensor_stream", "--delay", "0")
    company = json.loads((REPOSITORY / "feeds" / "stocks" / "companies.json").read_text())[0]
    changed = company | {"name": "Another Name", "updated_at": "2026-01-01 00:00:00"}
    (bench.project.root / "companies.json").write_text(json.dumps([changed]))
    assert "1 sent" in bench.trunkline("load-dims", "companies.json")
    send_all_prices(bench)


def expected_tables(bench: Workbench, records: dict[str, list[KafkaRecord]]) -> dict[str, telecom.Table]:
    """What the stored tables of both domains must hold, without the column that the change adds."""
    accepted = books.accepted(bench.stored("books.silver.stg_books").to_pylist())
    expected = books.stored_tables(books.expected(records["sensor_stream"], accepted))
    return expected | stocks.stored_tables(stocks.expected({topic: records[topic] for topic in stocks.TOPICS}))


def without_the_change(bench: Workbench, table: str) -> pa.Table:
    """A stored table without the column that the change adds, which the rows before it lack and those after it have."""
    stored = bench.stored(table)
    if table not in CHANGED.values():
        return stored
    assert set(stored[COLUMN].to_pylist()) == {None, 1}, f"{table} was not changed in mid-stream"
    return stored.drop_columns([COLUMN])


def assert_what_the_new_domain_holds(bench: Workbench) -> None:
    """Its rows are those of the file that came with it."""
    silver, fact = (bench.stored(f"shop.{table}").to_pylist() for table in ("silver.orders", "gold.fact_orders"))
    assert sorted((row["id"], row["rejection_reason"]) for row in silver if row["is_rejected"]) == [
        ("2", "duplicate"),
        ("4", "negative_amount"),
    ]
    assert sorted(row["id"] for row in fact) == ["1", "2", "3", "5"]
