"""A schema registry on a free port, that speaks as much of Confluent's HTTP interface as producers and Flink use."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import fastavro
import requests

JSON = "application/vnd.schemaregistry.v1+json"
UNKNOWN = {"error_code": 40403, "message": "Schema not found"}


class Registry(ThreadingHTTPServer):
    """Schemas by id, from 1 on; `outage` is the status with which it refuses everything, 0 to say nothing at all."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Requests)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.schemas: list[dict[str, str]] = []
        self.outage: int | None = None
        self.closed = Event()

    def register(self, schema: object, schema_type: str = "AVRO") -> int:
        """The id of a schema of the subject that all schemas have, as a producer gets it."""
        body = {"schema": json.dumps(schema), "schemaType": schema_type}
        return requests.post(f"{self.url}/subjects/any/versions", json=body, timeout=10).json()["id"]


@contextmanager
def serving(registry: Registry) -> Iterator[Registry]:
    """Answers requests in the background."""
    thread = Thread(target=registry.serve_forever)
    thread.start()
    try:
        yield registry
    finally:
        registry.closed.set()
        registry.shutdown()
        registry.server_close()
        thread.join()


def encoded(schema: dict, schema_id: int, value: dict) -> bytes:
    """A record as Confluent's serializers write it: zero, the schema's id, Avro."""
    avro = io.BytesIO()
    fastavro.schemaless_writer(avro, fastavro.parse_schema(schema), value)
    return b"\0" + schema_id.to_bytes(4, "big") + avro.getvalue()


class _Requests(BaseHTTPRequestHandler):
    server: Registry

    def do_POST(self) -> None:
        self.server.schemas.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._answer(200, {"id": len(self.server.schemas)})

    def do_GET(self) -> None:
        schema_id = int(self.path.partition("?")[0].removeprefix("/schemas/ids/"))
        if self.server.outage is not None:
            self._refuse(self.server.outage)
        elif 0 < schema_id <= len(self.server.schemas):
            self._answer(200, self.server.schemas[schema_id - 1])
        else:
            self._answer(404, UNKNOWN)

    def _refuse(self, status: int) -> None:
        if status:
            self._answer(status, {"error_code": status, "message": "not now"})
        else:
            self.server.closed.wait()

    def _answer(self, status: int, body: object) -> None:
        self.send_response(status)
        self.send_header("Content-Type", JSON)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""
