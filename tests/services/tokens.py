"""Who gives tokens to clients of Kafka, by OAuth's client credentials (https://www.rfc-editor.org/rfc/rfc6749#section-4.4)."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import jwt
from jwt.algorithms import RSAAlgorithm

ALGORITHM, KEY_ID = "RS256", "tests"
SECONDS = 300  # that a token is good for


def key_set(key: Path) -> str:
    """What a broker needs to know tokens by: the public half of a key in PEM, as a JSON Web Key Set."""
    algorithm = RSAAlgorithm(RSAAlgorithm.SHA256)
    public = RSAAlgorithm.to_jwk(algorithm.prepare_key(key.read_bytes()).public_key(), as_dict=True)
    return json.dumps({"keys": [public | {"kid": KEY_ID, "alg": ALGORITHM, "use": "sig"}]})


@contextmanager
def token_server(key: Path, client: str, secret: str) -> Iterator[str]:
    """The URL where a client gets tokens for its secret, signed with a key in PEM."""
    login = base64.b64encode(f"{client}:{secret}".encode()).decode()

    class Tokens(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            known = self.headers["Authorization"] == f"Basic {login}"
            now = int(time.time())
            claims = {"sub": client, "iat": now, "exp": now + SECONDS}
            token = jwt.encode(claims, key.read_bytes(), ALGORITHM, headers={"kid": KEY_ID})
            granted = {"access_token": token, "token_type": "Bearer", "expires_in": SECONDS}
            body = json.dumps(granted if known else {"error": "invalid_client"}).encode()
            self.send_response(HTTPStatus.OK if known else HTTPStatus.UNAUTHORIZED)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Tokens) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/token"
        finally:
            server.shutdown()
            thread.join()
