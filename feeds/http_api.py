"""A JSON API that is asked again and again: its pages, tried until they come, and the items in them as they are written."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from json import JSONDecodeError

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from feeds.json_files import blanks_end, compact, find, items, value_end
from flink_jobs.errors import TrunklineError

ATTEMPTS = 6
BACKOFF = wait_exponential_jitter(multiplier=0.5, max=30, jitter=0.5)


class PollError(Exception):
    """Why a poll has ended before its end; the next one may fare better."""


class PassingError(PollError):
    """What may go away if one waits: for so many seconds, if the API says so."""

    def __init__(self, what: str, wait_seconds: float = 0.0) -> None:
        super().__init__(what)
        self.wait_seconds = wait_seconds


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
        self.url = whole_url(url).copy_merge_params(params or [])
        self._items, self._next, self._key = items_path, next_path, key
        self._client = httpx.Client(timeout=timeout, follow_redirects=True, event_hooks={"request": [self._authorize]})

    def __str__(self) -> str:
        return shown(self.url)

    def pages(self, before_wait: Callable[[str, float], None]) -> Iterator[list[str]]:
        """The items' texts of each page; says before it waits to try again why and for how many seconds. Raises a PollError."""
        url, seen = self.url, set()
        while url:
            seen.add(url)
            response = self._tried(url, before_wait)
            text = json_text(response)
            yield self.items(text)
            url = self.next_url(text, response.url)
            if url in seen:
                raise PollError(f"{shown(response.url)} names a page that was read before as the next one")

    def items(self, text: str) -> list[str]:
        """The text of each item in an answer, blanks taken out. Raises a PollError where there is no array at the path."""
        start = find(text, self._items)
        if start is None or text[start] != "[":
            place = f"has no array at {self._items!r}" if self._items else "is no array; tell where it is with --items"
            raise PollError(f"the answer of {self} {place}")
        array = text[start : value_end(text, start)]
        return [compact(array[begin:end]) for begin, end in items(array, 0)]

    def next_url(self, text: str, of: httpx.URL) -> httpx.URL | None:
        """The URL of the page behind this one; None at the end. Raises a PollError where it is none."""
        start = find(text, self._next) if self._next else None
        named = None if start is None else json.loads(text[start : value_end(text, start)])
        if named is None:
            return None
        try:
            return of.join(named)
        except (TypeError, httpx.InvalidURL):
            raise PollError(f"{self._next!r} in the answer of {self} is no URL") from None

    def _tried(self, url: httpx.URL, before_wait: Callable[[str, float], None]) -> httpx.Response:
        """The answer, after a few tries if need be."""

        def tell(state: RetryCallState) -> None:
            before_wait(str(state.outcome.exception()), state.upcoming_sleep)

        def wait(state: RetryCallState) -> float:
            return state.outcome.exception().wait_seconds or BACKOFF(state)

        passing = retry_if_exception_type(PassingError)
        return Retrying(retry=passing, wait=wait, stop=stop_after_attempt(ATTEMPTS), before_sleep=tell, reraise=True)(self._get, url)

    def _get(self, url: httpx.URL) -> httpx.Response:
        try:
            response = self._client.get(url)
        except (httpx.UnsupportedProtocol, httpx.TooManyRedirects, httpx.DecodingError, httpx.InvalidURL) as error:
            raise PollError(f"{shown(url)} can't be read ({error})") from None
        except httpx.TransportError as error:
            raise PassingError(f"{shown(url)} does not answer ({error or type(error).__name__})") from None
        if response.is_success:
            return response
        said = f"{shown(response.url)} answers {response.status_code} {response.reason_phrase}"
        if response.is_server_error or response.status_code in (httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS):
            raise PassingError(said, retry_after(response.headers.get("Retry-After", "")))
        raise PollError(said)

    def _authorize(self, request: httpx.Request) -> None:
        """Adds the key to a request to the API's own host; takes it from one that a redirect leads elsewhere."""
        if not self._key:
            return
        name, value = self._key
        request.headers.pop(name, None)
        if origin(request.url) == origin(self.url):
            request.headers[name] = value


def api_key(variable: str, header: str) -> tuple[str, str]:
    """The header that carries the key in an environment variable; as a Bearer token if it is Authorization. Raises a TrunklineError."""
    key = os.environ.get(variable, "").strip()
    if not key:
        raise TrunklineError(f"the environment variable {variable} is not set", "set it to the API's key")
    if not (key.isascii() and key.isprintable()):
        raise TrunklineError(f"the environment variable {variable} holds what no header can carry", "set it to the API's key")
    return header, f"Bearer {key}" if header.lower() == "authorization" and " " not in key else key


def whole_url(text: str) -> httpx.URL:
    """An http or https URL with a host; a TrunklineError if the text is none."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise TrunklineError("this is not the URL of an API", "give one such as https://example.com/prices")
    return url


def origin(url: httpx.URL) -> tuple[str, str, int | None]:
    """What has to be the same for a key to be sent."""
    return url.scheme, url.host, url.port


def shown(url: httpx.URL) -> str:
    """A URL without what may be secret in it: user, password and query."""
    return f"{url.scheme}://{url.netloc.decode()}{url.path}"


def retry_after(text: str) -> float:
    """The seconds from now that a Retry-After header asks for, as seconds or as a date; 0 if it asks for none."""
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):  # no date, or one without a zone
        return 0.0


def json_text(response: httpx.Response) -> str:
    """The text of an answer; a PollError if it is not JSON as a whole."""
    try:
        text = response.content.decode(response.charset_encoding or "utf-8").removeprefix("\ufeff")
        end = blanks_end(text, value_end(text, blanks_end(text, 0)))
        if end < len(text):
            raise JSONDecodeError("Extra data", text, end)
    except (UnicodeDecodeError, LookupError, JSONDecodeError) as error:
        raise PollError(f"the answer of {shown(response.url)} is no JSON ({error})") from None
    return text
