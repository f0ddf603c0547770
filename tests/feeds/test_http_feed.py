"""`trunkline feed http`, as it is typed, against a broker and an API."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from errno import ECONNREFUSED
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml
from click.testing import Result
from confluent_kafka import Producer
from hypothesis import given
from hypothesis import strategies as st
from tenacity import wait_fixed
from typer.testing import CliRunner

from feeds import http_api
from feeds.http_api import retry_after
from feeds.http_feed import Known
from feeds.json_files import Number, canonical, decode, find
from feeds.kafka import read
from feeds.stocks.api import Moods, Prices, Server, serving
from flink_jobs.cli import app
from flink_jobs.errors import TrunklineError

KEY = "k3y-of-the-test"
ANSWERS = yaml.safe_load((Path(__file__).parent / "http" / "answers.yaml").read_text())
Answer = tuple[int, dict[str, str], str]


@pytest.fixture
def events(mock_broker: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The topic events is empty, and nothing waits long to try again; the broker's address."""
    Producer({"bootstrap.servers": mock_broker}).list_topics("events")  # makes it
    monkeypatch.setattr(http_api, "BACKOFF", wait_fixed(0.01))
    monkeypatch.setenv("EVENTS_KEY", KEY)
    return mock_broker


class Api(ThreadingHTTPServer):
    """An API of this machine that gives the answers of a function of the path; it remembers paths and headers."""

    daemon_threads = True

    def __init__(self, give: Callable[[str], Answer]) -> None:
        self.give, self.asked, self.headers = give, [], []
        super().__init__(("127.0.0.1", 0), Asked)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Asked(BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.headers.append(dict(self.headers))
        status, headers, body = self.server.give(self.path)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body.encode())))
        with suppress(ConnectionError):  # it no longer waits
            self.end_headers()
            self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def answering(give: Callable[[str], Answer]) -> Iterator[Api]:
    with Api(give) as api:
        Thread(target=api.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield api
        finally:
            api.shutdown()


class Dripping(BaseHTTPRequestHandler):
    """Answers with an array, blank by blank."""

    def do_GET(self) -> None:
        self.send_response(200)
        with suppress(ConnectionError):
            self.end_headers()
            for piece in b"[" + b" " * 50 + b"]":
                self.wfile.write(bytes([piece]))
                time.sleep(0.01)

    def log_message(self, format: str, *args: object) -> None:
        pass


def feed(broker: str, url: str, *options: str) -> Result:
    return CliRunner().invoke(app, ["feed", "http", url, "--topic", "events", "--once", "--bootstrap", broker, *options])


def held(broker: str) -> list[tuple[str | None, str]]:
    return sorted(((message.key() or b"").decode(), message.value().decode()) for message in read("events", {"bootstrap.servers": broker}))


@pytest.mark.parametrize("case", ANSWERS.values(), ids=ANSWERS)
def test_what_an_answer_sends(case: dict, events: str) -> None:
    with answering(lambda path: (200, {}, case["answers"][path])) as api:
        for _ in range(2):
            done = feed(events, f"{api.url}{next(iter(case['answers']))}", *case.get("options", []))
            said = case.get("says")
            assert done.exit_code == (1 if said else 0)
            assert (done.stderr.splitlines()[0] == f"poll 1: {said}".replace("API", api.url)) if said else "failed" not in done.stderr
    assert held(events) == sorted((key, value) for key, value in case["sends"])


def test_items_come_page_by_page_through_an_api_with_moods(events: str, tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text("symbol,timestamp,close\n" + "".join(f"A,01-09-2025 10:00,{n}.10\n" for n in range(100)))
    prices = Prices(tmp_path / "prices.csv")
    with serving(Server(prices, KEY, moods=Moods(failing=3, throttling=4, retry_after="0"), page_size=10)) as server:
        paths = ["--items", "items", "--next", "next", "--api-key-env", "EVENTS_KEY"]
        summary = json.loads(feed(events, server.url, "--json", *paths).stdout)
        assert (summary["sent"], summary["known"], summary["failed_polls"]) == (100, 0, 0)
        assert summary["retries"] > 0
        summary = json.loads(feed(events, server.url, "--json", *paths).stdout)
        assert (summary["sent"], summary["known"]) == (0, 100)
    assert held(events) == sorted(("", item) for item in prices.items)


@pytest.mark.parametrize(("status", "tries"), [(400, 1), (401, 1), (404, 1), (408, 6), (429, 6), (500, 6), (503, 6)])
def test_what_may_go_by_is_tried_again(status: int, tries: int, events: str) -> None:
    with answering(lambda path: (status, {}, "")) as api:
        done = feed(events, f"{api.url}/x?token=secret")
    assert (done.exit_code, len(api.asked)) == (1, tries)
    assert done.stderr.startswith(f"poll 1: {api.url}/x answers {status} ")
    assert done.stderr.endswith(f"events: 1 polls (1 failed), 0 sent, 0 known already, {tries - 1} retries\n")
    assert "secret" not in done.stderr


def test_what_was_sent_before_a_page_fails_stays_and_the_rest_comes_with_the_next_poll(events: str) -> None:
    pages = {"/": '{"items": [{"n": 1}], "next": "/2"}', "/2": '{"items": [{"n": 2}]}'}
    with answering(lambda path: (200 if path == "/" or len(api.asked) > 2 else 404, {}, pages[path])) as api:
        paths = ["--items", "items", "--next", "next"]
        assert feed(events, api.url, *paths).exit_code == 1
        assert held(events) == [("", '{"n":1}')]
        assert feed(events, api.url, *paths).exit_code == 0
    assert held(events) == [("", '{"n":1}'), ("", '{"n":2}')]


def test_an_api_that_is_not_there_or_too_slow(events: str, free_port: int) -> None:
    done = feed(events, f"http://me:secret@127.0.0.1:{free_port}/x?token=secret")
    assert done.exit_code == 1
    assert done.stderr.startswith(f"poll 1: http://127.0.0.1:{free_port}/x does not answer ([Errno {ECONNREFUSED}] ")
    assert "secret" not in done.stderr

    def never(path: str) -> Answer:
        time.sleep(0.3)
        return 200, {}, "[]"

    with answering(never) as api:
        done = feed(events, api.url, "--timeout", "0.1")
    assert done.stderr.startswith(f"poll 1: {api.url}/ does not answer (timed out)")


def test_an_answer_that_drips_is_not_waited_for(events: str) -> None:
    with answering(lambda path: (200, {}, "[]")) as api:
        api.RequestHandlerClass = Dripping
        assert feed(events, api.url).exit_code == 0
        done = feed(events, api.url, "--timeout", "0.1")
    assert done.stderr.startswith(f"poll 1: {api.url}/ does not answer (timed out)")


@pytest.mark.parametrize(
    ("headers", "says", "tries"),
    [
        ({"Content-Length": "9"}, "does not answer (IncompleteRead(2 bytes read, 7 more expected))", 6),
        ({"Content-Encoding": "gzip"}, "can't be read (Error -3 while decompressing data: incorrect header check)", 1),
    ],
)
def test_an_answer_that_is_cut_or_packed_badly(headers: dict[str, str], says: str, tries: int, events: str) -> None:
    with answering(lambda path: (200, headers, "[]")) as api:
        done = feed(events, f"{api.url}/?token=secret")
    assert (done.stderr.splitlines()[0], len(api.asked)) == (f"poll 1: {api.url}/ {says}", tries)


@pytest.mark.parametrize(
    ("to", "says"),
    [
        ("/x?token=secret", "Exceeded 30 redirects."),
        ("ftp://127.0.0.1/?token=secret", "it is no URL of an API, or leads to none"),
        ("http://[?token=secret", "it is no URL of an API, or leads to none"),
        ("http://a..b/?token=secret", "it is no URL of an API, or leads to none"),
    ],
)
def test_redirects_that_lead_nowhere(to: str, says: str, events: str) -> None:
    with answering(lambda path: (302, {"Location": to}, "")) as api:
        done = feed(events, f"{api.url}/x?token=secret")
    assert done.stderr.splitlines()[0] == f"poll 1: {api.url}/x can't be read ({says})"
    assert len(api.asked) in (1, 31)


@pytest.mark.parametrize(("kind", "value"), [("text/plain", "é"), ('text/plain; Charset="ISO-8859-1"', "Ã©")])
def test_a_text_is_utf_8_unless_its_charset_is_named(kind: str, value: str, events: str) -> None:
    with answering(lambda path: (200, {"Content-Type": kind}, '["é"]')) as api:
        assert feed(events, api.url).exit_code == 0
    assert held(events) == [("", f'"{value}"')]


def test_parameters_are_added_to_those_of_the_url(events: str) -> None:
    with answering(lambda path: (200, {}, "[]")) as api:
        assert feed(events, f"{api.url}/x?a=1", "--param", "b=2 3", "--param", "c=x=y").exit_code == 0
    assert api.asked == ["/x?a=1&b=2+3&c=x%3Dy"]


@pytest.mark.parametrize(
    ("options", "header", "value"),
    [
        ([], "X-API-Key", KEY),
        (["--api-key-header", "Authorization"], "Authorization", f"Bearer {KEY}"),
        (["--api-key-header", "Token"], "Token", KEY),
    ],
)
def test_only_the_host_of_the_url_gets_the_key(options: list[str], header: str, value: str, events: str) -> None:
    with answering(lambda path: (200, {}, '{"items": [], "next": "/2"}' if path == "/moved" else '{"items": []}')) as other:
        away = {"/": "/home", "/home": f"{other.url}/moved"}
        with answering(lambda path: (302, {"Location": away[path]}, "")) as api:
            done = feed(events, api.url, "--items", "items", "--next", "next", "--api-key-env", "EVENTS_KEY", *options)
    assert done.exit_code == 0
    assert [headers.get(header) for headers in api.headers] == [value, value]
    assert other.asked == ["/moved", "/2"]
    assert KEY not in str(other.headers)


def test_only_the_host_of_the_url_gets_its_login(events: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("default login somebody password else")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    away = {"/": "/home"}
    with (
        answering(lambda path: (200, {}, "[]")) as other,
        answering(lambda path: (302, {"Location": away.get(path, other.url)}, "")) as api,
    ):
        assert feed(events, api.url.replace("//", "//me:secret@")).exit_code == 0
    assert [headers.get("Authorization") for headers in (*api.headers, *other.headers)] == ["Basic bWU6c2VjcmV0"] * 2 + [None]


def test_a_header_that_can_not_be(events: str) -> None:
    done = feed(events, "http://127.0.0.1:1", "--api-key-env", "EVENTS_KEY", "--api-key-header", "API key")
    assert str(done.exception) == "no header can have the name 'API key'; give one such as X-API-Key"


@pytest.mark.parametrize(
    ("value", "says"), [("", "is not set"), ("käy", "holds what no header can carry"), ("a\nb", "holds what no header")]
)
def test_a_key_that_can_not_be_sent(value: str, says: str, events: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTS_KEY", value)
    done = feed(events, "http://127.0.0.1:1", "--api-key-env", "EVENTS_KEY")
    assert isinstance(done.exception, TrunklineError)
    assert f"the environment variable EVENTS_KEY {says}" in str(done.exception)
    assert not value or value not in str(done.exception)


def test_a_dry_run_sends_nothing(events: str) -> None:
    with answering(lambda path: (200, {}, '[{"n": 1}, {"n": 1.0}, {"n": 2}]')) as api:
        done = feed(events, api.url, "--dry-run", "--key", "n")
    assert (done.exit_code, done.stdout) == (0, 'events\t1\t{"n":1}\nevents\t2\t{"n":2}\n')
    assert held(events) == []


@pytest.mark.parametrize("url", ["", "prices", "ftp://example.com/", "http://", "http://a:b"])
def test_what_is_no_url(url: str, events: str) -> None:
    done = feed(events, url)
    assert isinstance(done.exception, TrunklineError)
    assert str(done.exception).startswith("this is not the URL of an API")


@pytest.mark.parametrize("wrong", [["--param", "x"], ["--param", "=x"], ["--interval", "-1"], ["--timeout", "0"]])
def test_wrong_use(wrong: list[str], events: str) -> None:
    assert feed(events, "http://127.0.0.1:1", *wrong).exit_code == 2


def test_retry_after_in_seconds_or_as_a_date() -> None:
    assert retry_after("7") == 7
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert 90 < retry_after(soon) <= 100
    assert [retry_after(text) for text in ("", "-1", "soon", "Wed, 21 Oct 2015 07:28:00 GMT")] == [0, 0, 0, 0]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4),
    max_leaves=10,
)


@given(JSON, JSON)
def test_identities_are_the_same_for_equal_values_only(one: object, other: object) -> None:
    first, second = (decode(json.dumps(value)) for value in (one, other))
    assert (canonical(first) == canonical(second)) == (first == second)
    assert canonical(decode(json.dumps(one, indent=2, ensure_ascii=False))) == canonical(first)


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_numbers_are_the_same_however_they_are_written(number: object) -> None:
    assert canonical(Number(number)) == canonical(Number(number * 1)) or number != number * 1


def test_an_event_is_known_by_its_fields_or_as_a_whole_where_one_is_missing() -> None:
    known = Known(["symbol", "at"])
    given = [b'{"symbol":"A","at":1}', b'{"at":1.0,"symbol":"A","close":2}', b'{"symbol":"A","at":null}', b'{"symbol":"A"}']
    assert [known.add(value) for value in given] == [True, False, True, True]
    whole = Known([])
    same = [b'{"a":1,"b":[1]}', b'{"b":[1.0],"a":1e0}', b'["1"]', b"[1]", b"NaN", b"NaN", b'{"a":1,"a":1}', b"\xff", b"[" * 100_000]
    assert [whole.add(value) for value in same] == [True, False, True, True, True, False, True, True, True]


@given(JSON)
def test_paths_lead_to_where_values_begin(value: object) -> None:
    text = json.dumps({"a": {"other": [value], "b": value}, "c": 1}, indent=1)
    place = find(text, "a.b")
    assert json.JSONDecoder().raw_decode(text, place)[0] == value
    assert find(text, "a.x") is find(text, "c.b") is None
