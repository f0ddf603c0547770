"""What stands before a Flink elsewhere: HTTPS to who comes, plain HTTP to the cluster."""

import asyncio
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

from flink_jobs.local.java import java_home
from tests.certificates import Authority

HOST = "localhost"
TRUSTSTORE_PASSWORD = "trusted"  # noqa: S105 - Java wants one, though all that it locks is public
CHUNK = 1 << 16


def truststore(authority: Authority) -> Path:
    """The authority's certificate for Java: `ca.p12` in its folder."""
    made = authority.folder / "ca.p12"
    keytool = [java_home() / "bin" / "keytool", "-importcert", "-noprompt", "-alias", "authority", "-storetype", "PKCS12"]
    subprocess.run(
        [*keytool, "-file", authority.pem, "-keystore", made, "-storepass", TRUSTSTORE_PASSWORD], check=True, capture_output=True
    )
    return made


@contextmanager
def ingress(authority: Authority, port: int) -> Iterator[int]:
    """The port on HOST where HTTPS leads to this port."""
    authority.vouch_for("ingress", f"DNS:{HOST}")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(authority.folder / "ingress.pem", authority.folder / "ingress.key")

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                writer.write(chunk)
                await writer.drain()
        writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(carry(reader, there[1]), carry(there[0], writer))

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(connect, HOST, 0, ssl=context))
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.close()
