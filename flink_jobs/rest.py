"""An Iceberg REST catalog for pyiceberg that does not wait for ever."""

from typing import Any

from pyiceberg.catalog.rest import RestCatalog
from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter

CONNECT_SECONDS = 5
ANSWER_SECONDS = 10


class TimedRestCatalog(RestCatalog):
    """Each request, also the first one for a token, has a time in which it must be answered."""

    def _config_headers(self, session: Session) -> None:
        """Called on each session before it is used."""
        super()._config_headers(session)
        for scheme in ("http://", "https://"):
            session.mount(scheme, _TimedAdapter())


class _TimedAdapter(HTTPAdapter):
    def send(self, request: PreparedRequest, *arguments: Any, timeout: Any = None, **named: Any) -> Response:  # noqa: ANN401
        return super().send(request, *arguments, timeout=timeout or (CONNECT_SECONDS, ANSWER_SECONDS), **named)
