"""A JSON API that is asked again and again: its pages, tried until they come, and the items in them as they are written."""

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from json import JSONDecodeError
from urllib.parse import urljoin, urlsplit

import requests
from requests.auth import HTTPBasicAuth
from requests.utils import get_auth_from_url
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter
from urllib3.exceptions import DecodeError, HTTPError

from feeds.json_files import blanks_end, compact, find, items, value_end
from flink_jobs.errors import TrunklineError

ATTEMPTS = 6
BACKOFF = wait_exponential_jitter(multiplier=0.5, max=30, jitter=0.5)
PIECE_BYTES = 1 << 16
HEADER_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)


class PollError(Exception):
    """Why a poll has ended before its end; the next one may fare better."""


class PassingError(PollError):
    """What may go away if one waits: for so many seconds, if the API says so."""

    def __init__(self, what: str, wait_seconds: float = 0.0) -> None:
        super().__init__(what)
        self.wait_seconds = wait_seconds


class _Session(requests.Session):
    """Asks anew at each redirect what a request may carry."""

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        prepared_request.prepare_auth(self.auth)


class Api:
    """Where an API is and how its answers are read: dotted paths lead to the items and to the next page's URL."""

    def __init__(
        self,
        url: str,
        items_path: str = "",
        next_path: str | None = None,
        params: list[tuple[str, str]] | None = None,
        key: tuple[str, str] | None = None,
        timeout: float = 10.0,
    ) -> None:
        """`key` is a header's name and value, which only the URL's own host gets. Raises a TrunklineError where the URL is none."""
        self.url = api_url(url, params or [])
        self._items, self._next, self._timeout = items_path, next_path, timeout
        self._key = dict([key] if key else [])
        self._session = _Session()
        self._session.auth = self._authorize

    def __str__(self) -> str:
        return shown(self.url)

    def pages(self, before_wait: Callable[[str, float], None]) -> Iterator[list[str]]:
        """The items' texts of each page; says before it waits to try again why and for how many seconds. Raises a PollError."""
        url, seen = self.url, set()
        while url:
            seen.add(url)
            answering, text = self._tried(url, before_wait)
            yield self.items(text)
            url = self.next_url(text, answering)
            if url in seen:
                raise PollError(f"{shown(answering)} names a page that was read before as the next one")

    def items(self, text: str) -> list[str]:
        """The text of each item in an answer, blanks taken out. Raises a PollError where there is no array at the path."""
        start = find(text, self._items)
        if start is None or text[start] != "[":
            place = f"has no array at {self._items!r}" if self._items else "is no array; tell where it is with --items"
            raise PollError(f"the answer of {self} {place}")
        array = text[start : value_end(text, start)]
        return [compact(array[begin:end]) for begin, end in items(array, 0)]

    def next_url(self, text: str, of: str) -> str | None:
        """The URL of the page behind this one; None at the end. Raises a PollError where it is none."""
        start = find(text, self._next) if self._next else None
        named = None if start is None else json.loads(text[start : value_end(text, start)])
        if named is None:
            return None
        if isinstance(named, str):
            with suppress(ValueError):
                return sent_url(urljoin(of, named))
        raise PollError(f"{self._next!r} in the answer of {self} is no URL")

    def _tried(self, url: str, before_wait: Callable[[str, float], None]) -> tuple[str, str]:
        """What `_get` gives, after a few tries if need be."""

        def tell(state: RetryCallState) -> None:
            before_wait(str(state.outcome.exception()), state.upcoming_sleep)

        def wait(state: RetryCallState) -> float:
            return state.outcome.exception().wait_seconds or BACKOFF(state)

        passing = retry_if_exception_type(PassingError)
        return Retrying(retry=passing, wait=wait, stop=stop_after_attempt(ATTEMPTS), before_sleep=tell, reraise=True)(self._get, url)

    def _get(self, url: str) -> tuple[str, str]:
        """The URL that answers, behind all redirects, and its JSON text."""
        until = time.monotonic() + self._timeout
        try:
            with self._session.get(url, timeout=self._timeout, stream=True) as response:
                content = body(response, until)
        except ValueError:
            raise PollError(f"{shown(url)} can't be read (it is no URL of an API, or leads to none)") from None
        except (requests.TooManyRedirects, DecodeError) as error:
            raise PollError(f"{shown(url)} can't be read ({cause(error)})") from None
        except (OSError, HTTPError) as error:
            raise PassingError(f"{shown(url)} does not answer ({cause(error)})") from None
        status = response.status_code
        if status in range(200, 300):
            return response.url, json_text(response, content)
        said = f"{shown(response.url)} answers {status} {response.reason}"
        if status >= 500 or status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS):
            raise PassingError(said, retry_after(response.headers.get("Retry-After", "")))
        raise PollError(said)

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Adds the URL's login and the key to a request to the API's own host; takes them from one that a redirect leads elsewhere."""
        for name in ("Authorization", *self._key):
            request.headers.pop(name, None)
        if origin(request.url) == origin(self.url):
            if any(login := get_auth_from_url(self.url)):
                HTTPBasicAuth(*(part.encode() for part in login))(request)
            request.headers.update(self._key)
        return request


def api_key(variable: str, header: str) -> tuple[str, str]:
    """The header that carries the key in an environment variable; as a Bearer token if it is Authorization. Raises a TrunklineError."""
    key = os.environ.get(variable, "").strip()
    if not key:
        raise TrunklineError(f"the environment variable {variable} is not set", "set it to the API's key")
    if not (key.isascii() and key.isprintable()):
        raise TrunklineError(f"the environment variable {variable} holds what no header can carry", "set it to the API's key")
    if not HEADER_NAME.fullmatch(header):
        raise TrunklineError(f"no header can have the name {header!r}", "give one such as X-API-Key")
    return header, f"Bearer {key}" if header.lower() == "authorization" and " " not in key else key


def api_url(text: str, params: list[tuple[str, str]]) -> str:
    """An http or https URL with the parameters added; a TrunklineError if the text is none."""
    try:
        return sent_url(text, params)
    except ValueError:
        raise TrunklineError("this is not the URL of an API", "give one such as https://example.com/prices") from None


def sent_url(text: str, params: list[tuple[str, str]] | None = None) -> str:
    """An http or https URL in the form in which it is sent; a ValueError if the text is none."""
    request = requests.PreparedRequest()
    request.prepare_url(text, params)
    if urlsplit(request.url).scheme not in ("http", "https"):
        raise ValueError("neither http nor https")
    return request.url


def origin(url: str) -> tuple[str, str | None, int]:
    """What has to be the same for a key to be sent."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)


def shown(url: str) -> str:
    """A URL without what may be secret in it: user, password and query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def cause(error: BaseException) -> str:
    """What lies at the bottom of an error; the layers above it quote whole URLs."""
    while error.__context__:
        error = error.__context__
    return str(error) or type(error).__name__


def retry_after(text: str) -> float:
    """The seconds from now that a Retry-After header asks for, as seconds or as a date; 0 if it asks for none."""
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):  # no date, or one without a zone
        return 0.0


def body(response: requests.Response, until: float) -> bytes:
    """The bytes of an answer; a TimeoutError if they still come when the monotonic clock says `until`."""
    content = bytearray()
    while piece := response.raw.read1(PIECE_BYTES, decode_content=True):  # what is there: `iter_content` waits for the whole of a piece
        if time.monotonic() > until:
            raise TimeoutError("timed out")
        content += piece
    return bytes(content)


def json_text(response: requests.Response, content: bytes) -> str:
    """The text of an answer; a PollError if it is not JSON as a whole."""
    header = Message()  # requests takes a text without a charset for Latin-1
    header["Content-Type"] = response.headers.get("Content-Type", "")
    try:
        text = content.decode(header.get_content_charset("utf-8")).removeprefix("\ufeff")
        end = blanks_end(text, value_end(text, blanks_end(text, 0)))
        if end < len(text):
            raise JSONDecodeError("Extra data", text, end)
    except (UnicodeDecodeError, LookupError, JSONDecodeError) as error:
        raise PollError(f"the answer of {shown(response.url)} is no JSON ({error})") from None
    return text
