"""A small API of recorded prices, on this machine: for the demo, and for tests that need an API with moods.

`python -m feeds.stocks.api --port 8000` serves `http://127.0.0.1:8000/prices`. It answers who sends the header X-API-Key, in pages, and
tells only what has happened so far in a replay.
"""

import json
import os
import re
import time
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import accumulate, count
from pathlib import Path
from threading import Thread
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

import typer

from feeds.csv_files import CsvFile
from flink_jobs.errors import TrunklineError

PRICES = Path(__file__).with_name("prices.csv")
HEADER = "X-API-Key"
PAGE_SIZE = 500
TEXTS = ("symbol", "timestamp")
NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")


@dataclass(frozen=True)
class Moods:
    """How the API misbehaves: each so-many-th request fails, is throttled or is answered with no JSON (0: none); answers may be slow."""

    failing: int = 0
    throttling: int = 0
    malformed: int = 0
    slow_seconds: float = 0.0
    retry_after: str = "1"


class Prices:
    """Recorded prices as JSON items, and how many of them have happened: all at once, or so many days a second from now on."""

    def __init__(self, file: Path = PRICES, days_per_second: float = 0.0) -> None:
        table = CsvFile.of(file)
        records = [table.record(row) for row in table.rows()]
        self.items = [to_json(record) for record in records]
        # What is late comes when it stands there: a moment never goes back.
        self._moments = list(accumulate((moment(record["timestamp"]) for record in records), max))
        self._speed, self._start = timedelta(days=days_per_second), time.monotonic()

    def revealed(self) -> list[str]:
        """The items that have happened."""
        if not self._speed:
            return self.items
        first = next((moment for moment in self._moments if moment > datetime.min), datetime.min)
        return self.items[: bisect_right(self._moments, first + (time.monotonic() - self._start) * self._speed)]


def moment(text: str | None) -> datetime:
    """When a price was; the beginning of time if nobody can read that."""
    try:
        return datetime.strptime(text or "", "%d-%m-%Y %H:%M")
    except ValueError:
        return datetime.min


def to_json(record: dict[str, str | None]) -> str:
    """A price as JSON, its numbers as they are written."""
    fields = (
        f"{json.dumps(name)}:{text if name not in TEXTS and text and NUMBER.fullmatch(text) else json.dumps(text)}"
        for name, text in record.items()
    )
    return "{" + ",".join(fields) + "}"


class Server(ThreadingHTTPServer):
    """Serves prices on 127.0.0.1 to who has the key."""

    daemon_threads = True

    def __init__(self, prices: Prices, key: str, port: int = 0, moods: Moods = Moods(), page_size: int = PAGE_SIZE) -> None:
        self.prices, self.key, self.moods, self.page_size = prices, key, moods, page_size
        self.requests = count(1)
        super().__init__(("127.0.0.1", port), Handler)

    @property
    def url(self) -> str:
        """Where the prices are."""
        return f"http://127.0.0.1:{self.server_port}/prices"


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Server

    def do_GET(self) -> None:
        """A page of prices, or what the API's mood is."""
        number, moods = next(self.server.requests), self.server.moods
        url = urlsplit(self.path)
        time.sleep(moods.slow_seconds)
        if self.headers[HEADER] != self.server.key:
            self.answer(HTTPStatus.UNAUTHORIZED, '{"error":"send your key in the header X-API-Key"}')
        elif url.path != "/prices":
            self.answer(HTTPStatus.NOT_FOUND, '{"error":"ask for /prices"}')
        elif moods.failing and number % moods.failing == 0:
            self.answer(HTTPStatus.SERVICE_UNAVAILABLE, '{"error":"come again"}')
        elif moods.throttling and number % moods.throttling == 0:
            self.answer(HTTPStatus.TOO_MANY_REQUESTS, '{"error":"not so fast"}', {"Retry-After": moods.retry_after})
        elif moods.malformed and number % moods.malformed == 0:
            self.answer(HTTPStatus.OK, "<html>it works</html>")
        else:
            self.answer(HTTPStatus.OK, self.page(parse_qs(url.query).get("page", ["1"])[0]))

    def page(self, asked: str) -> str:
        """The items of a page, from 1, and the URL of the next one; null at the end."""
        items, size = self.server.prices.revealed(), self.server.page_size
        number = max(1, int(asked)) if asked.isdecimal() else 1
        following = f'"/prices?page={number + 1}"' if number * size < len(items) else "null"
        return f'{{"items":[{",".join(items[(number - 1) * size : number * size])}],"next":{following}}}'

    def answer(self, status: HTTPStatus, body: str, headers: dict[str, str] | None = None) -> None:
        """Sends an answer."""
        content = body.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        with suppress(ConnectionError):  # who asked is gone
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Serves in the background meanwhile."""
    with server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()


def main(
    port: Annotated[int, typer.Option(min=0, help="Port on 127.0.0.1; 0 is a free one.")] = 0,
    api_key_env: Annotated[str, typer.Option(help="Environment variable with the key that it asks for.")] = "PRICES_API_KEY",
    days_per_second: Annotated[float, typer.Option(min=0, help="Days of prices that happen in a second; 0 is all at once.")] = 0,
    failing: Annotated[int, typer.Option(min=0, help="Each so-many-th request fails with 503; 0 is none.")] = 0,
    throttling: Annotated[int, typer.Option(min=0, help="Each so-many-th request is refused with 429; 0 is none.")] = 0,
    malformed: Annotated[int, typer.Option(min=0, help="Each so-many-th answer is no JSON; 0 is none.")] = 0,
    slow_seconds: Annotated[float, typer.Option(min=0, help="Seconds that each answer takes.")] = 0,
) -> None:
    """Serve recorded prices until Ctrl-C."""
    key = os.environ.get(api_key_env)
    if not key:
        raise TrunklineError(f"the environment variable {api_key_env} is not set", "set it to the key that the API shall ask for")
    with Server(Prices(days_per_second=days_per_second), key, port, Moods(failing, throttling, malformed, slow_seconds)) as server:
        typer.echo(server.url)
        server.serve_forever()


if __name__ == "__main__":
    typer.run(main)
