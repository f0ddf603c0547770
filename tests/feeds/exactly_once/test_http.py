"""`feed http` is killed in the middle, against an API with moods: every price is in the topic once."""

import json
import signal
from pathlib import Path

from feeds.kafka import read
from feeds.stocks.api import Moods, Prices, Server, serving
from tests.feeds.exactly_once.conftest import Start, arrivals

KEY = "k3y-of-the-test"
COUNT = 2000
HEADER = "symbol,timestamp,open,high,low,close,volume\n"


def test_killed_every_price_is_there_once_and_the_key_nowhere(kafka_address: str, topic: str, start: Start, tmp_path: Path) -> None:
    lines = [f"S{n % 7},{1 + n // 400:02}-09-2025 {n % 24:02}:00,{n}.50,{n}.90,{n}.10,{n}.00,100\n" for n in range(COUNT)]
    (tmp_path / "prices.csv").write_text(HEADER + "".join(lines))
    prices = Prices(tmp_path / "prices.csv")
    moods = Moods(failing=23, throttling=37, malformed=41, slow_seconds=0.04, retry_after="0")
    with serving(Server(prices, KEY, moods=moods, page_size=100)) as server:
        paths = ["--items", "items", "--next", "next", "--key", "symbol", "--interval", "0.1", "--api-key-env", "PRICES_KEY"]
        command = ["http", server.url, "--topic", topic, "--bootstrap", kafka_address, "--json", *paths]
        said = b""
        for more in (1, 300):
            with arrivals(kafka_address, topic) as wait_for, start(*command, PRICES_KEY=KEY) as feed:
                wait_for(more)
                assert KEY.encode() not in Path(f"/proc/{feed.pid}/cmdline").read_bytes()
                feed.kill()
                said += b"".join(feed.communicate())
        before = len(list(read(topic, {"bootstrap.servers": kafka_address})))
        assert 0 < before < COUNT
        with arrivals(kafka_address, topic) as wait_for, start(*command, PRICES_KEY=KEY) as feed:
            wait_for(COUNT - before)
            feed.send_signal(signal.SIGINT)
            summary, warnings = feed.communicate()
    assert feed.returncode == 0
    assert json.loads(summary)["sent"] == COUNT - before
    assert KEY.encode() not in said + summary + warnings
    assert sorted(message.value().decode() for message in read(topic, {"bootstrap.servers": kafka_address})) == sorted(prices.items)
