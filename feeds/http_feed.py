"""`trunkline feed http`: the items of a JSON API, polled for as long as one likes, each sent once.

What Kafka holds is the only memory: the topic is read first, and an item whose identity one of its records has is not sent.
"""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Annotated

import typer
from rich.status import Status

from feeds.http_api import Api, PollError, api_key
from feeds.json_files import Number, RefusedError, canonical, decode
from feeds.kafka import Sender, read
from feeds.lock import alone
from feeds.options import INTERRUPTED, Bootstrap, DryRun, Json, Lines, Target, kafka_options, stderr
from feeds.pacing import interruptible, until_interrupted
from feeds.records import Record
from flink_jobs.environment import LOCAL
from flink_jobs.options import EnvironmentName


@dataclass
class Polled:
    """What a run has done so far: its polls, those that failed, repeated requests, items sent and items known before."""

    url: str
    topic: str
    target: str
    polls: int = 0
    failed_polls: int = 0
    retries: int = 0
    sent: int = 0
    known: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        failed = f" ({self.failed_polls:,} failed)" if self.failed_polls else ""
        return f"{self.polls:,} polls{failed}, {self.sent:,} sent, {self.known:,} known already, {self.retries:,} retries"


class Known:
    """The identities of events: those of a few fields, or of the whole where one of these has no value."""

    def __init__(self, fields: Iterable[str]) -> None:
        self._fields = tuple(fields)
        self._digests: set[bytes] = set()

    def add(self, value: bytes) -> bool:
        """Whether an event is new; from now on it is known."""
        before = len(self._digests)
        self._digests.add(blake2b(self.identity(value), digest_size=16).digest())
        return len(self._digests) > before

    def identity(self, value: bytes) -> bytes:
        """What is the same for the same event, however it is written; of what is no JSON object, all its bytes."""
        try:
            item = decode(value)
            if self._fields and isinstance(item, dict) and all(item.get(name) is not None for name in self._fields):
                return b"fields " + canonical([item[name] for name in self._fields]).encode()
            return b"item " + canonical(item).encode()
        except (ValueError, RefusedError, RecursionError):
            return b"bytes " + value


def http(
    url: Annotated[str, typer.Argument(help="Where the API answers with JSON.", show_default=False)],
    topic: Annotated[str, typer.Option(help="Kafka topic.", show_default=False)],
    items: Annotated[str, typer.Option(help="Dotted path to the array of items.", show_default="the answer is the array")] = "",
    following: Annotated[
        str | None, typer.Option("--next", help="Dotted path to the next page's URL; null or absent at the end.", show_default="one page")
    ] = None,
    param: Annotated[list[str] | None, typer.Option(help="NAME=VALUE, added to the URL; may be repeated.", show_default=False)] = None,
    key: Annotated[str | None, typer.Option(help="Field that is the Kafka key.", show_default="no key")] = None,
    ids: Annotated[str, typer.Option("--id", help="Fields, with commas, by which an item is known.", show_default="the whole item")] = "",
    interval: Annotated[float, typer.Option(min=0, help="Seconds from the end of one poll to the next.")] = 5.0,
    once: Annotated[bool, typer.Option("--once", help="Poll once; the exit code is 1 if that fails.")] = False,
    api_key_env: Annotated[str | None, typer.Option(help="Environment variable that holds the API's key.", show_default="no key")] = None,
    api_key_header: Annotated[str, typer.Option(help="Header that carries it; in Authorization it is a Bearer token.")] = "X-API-Key",
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds until an answer has to be there as a whole.")] = 10.0,
    bootstrap: Bootstrap = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    environment: EnvironmentName = LOCAL,
) -> None:
    """Poll a JSON API and send its items as they are, each once, until Ctrl-C; also over runs, since the topic is read first.

    What goes by is waited for: no connection, no answer in time, 429 and 5xx are tried again, later and later or when the API says.
    Any other answer that can't be read is a warning, and the next poll goes on.
    """
    params = [pair(text) for text in param or []]
    api = Api(url, items, following, params, api_key(api_key_env, api_key_header) if api_key_env else None, timeout)
    known = Known(name.strip() for name in ids.split(",") if name.strip())
    poll_api(api, topic, kafka_options(bootstrap, environment), known, key, interval, once, dry_run, as_json)


def pair(text: str) -> tuple[str, str]:
    """Name and value; wrong use if there is no name."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise typer.BadParameter("write NAME=VALUE", param_hint="--param")
    return name, value


def poll_api(
    api: Api,
    topic: str,
    kafka: Mapping[str, str],
    known: Known,
    key: str | None = None,
    interval: float = 5.0,
    once: bool = False,
    dry_run: bool = False,
    as_json: bool = False,
) -> None:
    """Polls until Ctrl-C, or once, and reports."""
    started, ended = time.monotonic(), False
    sender = Sender(kafka, [topic])
    target: Target = Lines() if dry_run else sender
    polled = Polled(str(api), topic, str(target))
    with alone(kafka["bootstrap.servers"], topic, str(api)), until_interrupted(), stderr().status(f"reading {topic}") as status:
        for message in read(topic, kafka):
            if message.value() is not None:
                known.add(message.value())
        while not ended:
            poll(api, topic, known, key, target, polled, status)
            if not (ended := once):
                wait(interval, polled, status)
    polled.seconds = round(time.monotonic() - started, 3)
    if as_json:
        typer.echo(json.dumps(asdict(polled)), err=dry_run)
    else:
        stderr().print(f"{polled.topic}: {polled}", markup=False)
    raise typer.Exit(0 if not once else INTERRUPTED if not ended else 1 if polled.failed_polls else 0)


def poll(api: Api, topic: str, known: Known, key: str | None, target: Target, polled: Polled, status: Status) -> None:
    """Sends what is new on each page as it comes. What goes wrong is a warning."""

    def before_wait(what: str, seconds: float) -> None:
        polled.retries += 1
        status.update(f"{polled}; {what}, again in {seconds:,.1f} s")

    status.update(f"{polled}; polling")
    polled.polls += 1
    try:
        for page in api.pages(before_wait):
            send_new(page, topic, known, key, target, polled)
            status.update(f"{polled}; polling")
    except PollError as error:
        polled.failed_polls += 1
        status.console.print(f"poll {polled.polls:,}: {error}", style="yellow", markup=False)


def send_new(page: list[str], topic: str, known: Known, key: str | None, target: Target, polled: Polled) -> None:
    """Sends the items that are new; Ctrl-C waits until they have arrived."""
    with interruptible() as stopped:
        for text in page:
            value = text.encode()
            if known.add(value):
                target.send(Record(topic, key_of(value, key) if key else None, value))
                polled.sent += 1
            else:
                polled.known += 1
        target.flush()
    if stopped():
        raise KeyboardInterrupt


def key_of(value: bytes, field: str) -> bytes | None:
    """The text or number in a field; None where there is none."""
    try:
        item = decode(value)
    except (ValueError, RefusedError):
        return None
    found = item.get(field) if isinstance(item, dict) else None
    if isinstance(found, Number):
        return str(found.value).encode()
    return found.encode(errors="replace") if isinstance(found, str) else None


def wait(seconds: float, polled: Polled, status: Status) -> None:
    """Until the next poll."""
    until = datetime.now().astimezone() + timedelta(seconds=seconds)
    status.update(f"{polled}; next poll at {until:%H:%M:%S}")
    time.sleep(seconds)
