"""`trunkline feed books` and `trunkline feed stocks`, with the files that ship, and the API that replays prices."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests
from confluent_kafka import Consumer, Producer, TopicPartition
from typer.testing import CliRunner

from feeds.books.feed import BEST_SELLERS
from feeds.csv_files import CsvFile
from feeds.kafka import read
from feeds.stocks.api import HEADER, PRICES, Moods, Prices, Server, serving
from feeds.stocks.feed import COMPANIES
from flink_jobs.cli import app
from tests.conftest import REPOSITORY

KEY = "k3y-of-the-test"
COMPANIES_SOURCE = """
CREATE TEMPORARY TABLE companies (
  symbol STRING, asset_type STRING, name STRING, sector STRING, industry STRING, description STRING, updated_at STRING
) WITH ('topic' = 'companies') LIKE kafka_defaults;
"""


@pytest.fixture
def topics(mock_broker: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The working directory is a project that reads companies, and the topics are empty; the broker's address."""
    shutil.copytree(Path(__file__).parent / "shop", tmp_path, dirs_exist_ok=True)
    (tmp_path / "sql" / "shop" / "sources" / "companies.sql").write_text(COMPANIES_SOURCE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", mock_broker)
    for topic in ("companies", "stock-prices", "sensor_stream"):
        Producer({"bootstrap.servers": mock_broker}).list_topics(topic)  # makes it
    return mock_broker


def values(broker: str, topic: str) -> list[str]:
    return sorted(message.value().decode() for message in read(topic, {"bootstrap.servers": broker}))


def test_books_are_sent_once(topics: str) -> None:
    rows = list(CsvFile.of(BEST_SELLERS).rows())
    for sent, before in ((len(rows), 0), (0, len(rows))):
        done = CliRunner().invoke(app, ["feed", "books", "--delay", "0"])
        assert (done.exit_code, done.stderr) == (0, f"best_sellers.csv: {sent} sent, {before} sent before\n")
    assert len(values(topics, "sensor_stream")) == len(rows)
    assert {tuple(json.loads(value)) for value in values(topics, "sensor_stream")} == {
        ("Id", "Title", "Author", "Original language", "First published", "Approximate sales", "Genre")
    }


def test_stocks_are_sent_until_ctrl_c(topics: str) -> None:
    expected = len(set(Prices(PRICES).items))
    program = [sys.executable, "-c", "from flink_jobs.cli import main; main()", "feed", "stocks", "--days-per-second", "0"]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    with (
        closing(Consumer({"bootstrap.servers": topics, "group.id": "watch", "fetch.wait.max.ms": 10})) as watch,
        subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as feed,
    ):
        watch.assign([TopicPartition("stock-prices", partition, 0) for partition in range(4)])
        for _ in range(expected):
            assert watch.poll(60)
        feed.send_signal(signal.SIGINT)
        said = feed.communicate()[1].decode().splitlines()
    assert feed.returncode == 0
    companies = json.loads(COMPANIES.read_text())
    assert said[0] == f"companies.json: {len(companies)} sent, 0 unchanged, 0 refused"
    assert f" {expected:,} sent, " in said[1]
    assert values(topics, "stock-prices") == sorted(set(Prices(PRICES).items))
    assert {message.key().decode() for message in read("companies", {"bootstrap.servers": topics})} == {
        company["symbol"] for company in companies
    }


@pytest.fixture
def prices(tmp_path: Path) -> Iterator[Path]:
    """A file of three days; one price is late, and one has a time that nobody can read."""
    file = tmp_path / "prices.csv"
    days = ("soon", "01-09-2025 10:00", "02-09-2025 10:00", "01-09-2025 12:00", "03-09-2025 10:00")
    file.write_text("symbol,timestamp,close,volume\n" + "".join(f"1,{day},-1.50,007\n" for day in days))
    return file


def ask(server: Server, path: str = "/prices", key: str = KEY) -> requests.Response:
    return requests.get(server.url.removesuffix("/prices") + path, headers={HEADER: key}, timeout=10)


def test_the_api_gives_numbers_as_they_are_written_page_by_page(prices: Path) -> None:
    with serving(Server(Prices(prices), KEY, page_size=2)) as server:
        pages = [ask(server, f"/prices?page={page}").text for page in (1, 2, 3, 4)]
    assert pages[0].startswith('{"items":[{"symbol":"1","timestamp":"soon","close":-1.50,"volume":"007"},')
    assert [(len(page["items"]), page["next"]) for page in map(json.loads, pages)] == [
        (2, "/prices?page=2"),
        (2, "/prices?page=3"),
        (1, None),
        (0, None),
    ]


def test_the_api_tells_what_has_happened_so_far(prices: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("feeds.stocks.api.time.monotonic", lambda: now)
    replay = Prices(prices, days_per_second=2)
    counts = []
    for now in (1000.0, 1000.4, 1000.5, 1000.9, 1001.0):  # noqa: B007
        counts.append(len(replay.revealed()))
    assert counts == [2, 2, 4, 4, 5]


def test_the_api_refuses_who_has_no_key_and_what_it_does_not_have(prices: Path) -> None:
    with serving(Server(Prices(prices), KEY)) as server:
        statuses = [ask(server, key="x").status_code, ask(server, "/").status_code, ask(server, "/prices?page=x").status_code]
        assert requests.get(server.url, timeout=10).status_code == 401
    assert statuses == [401, 404, 200]


def test_the_api_has_moods(prices: Path) -> None:
    with serving(Server(Prices(prices), KEY, moods=Moods(failing=2, throttling=3, malformed=5, retry_after="9"))) as server:
        answers = [ask(server) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 503, 429, 503, 200]
    assert answers[2].headers["Retry-After"] == "9"
    assert answers[4].text.startswith("<html>")
