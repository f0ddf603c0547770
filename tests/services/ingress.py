"""What stands before a Flink elsewhere: HTTPS to who comes, plain HTTP to the cluster."""

import asyncio
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from flink_jobs.local.java import java_home
from tests.secure_kafka import openssl

HOST = "localhost"
TRUSTSTORE_PASSWORD = "trusted"  # noqa: S105 - Java wants one, though all that it locks is public
KEY = ("-newkey", "rsa:2048", "-nodes", "-days", "1")  # of the ciphers that Flink takes, unless it is told others, each wants RSA
CHUNK = 1 << 16


@dataclass(frozen=True)
class Authority:
    """Who vouches for the ingress, in files of a folder: `ca.pem`, and `ca.p12` for Java."""

    folder: Path

    @property
    def pem(self) -> Path:
        """The certificate."""
        return self.folder / "ca.pem"

    @property
    def truststore(self) -> Path:
        """The same for Java."""
        return self.folder / "ca.p12"

    @classmethod
    def make(cls, folder: Path) -> "Authority":
        """With a certificate for the ingress, `ingress.pem` and `ingress.key`, that ends tomorrow, too."""
        made = cls(folder)
        key, name = folder / "ca.key", folder / "ingress"
        openssl("req", "-x509", *KEY, "-subj", "/CN=authority", "-keyout", key, "-out", made.pem)
        signed = ("-CA", made.pem, "-CAkey", key, "-addext", f"subjectAltName=DNS:{HOST}", "-addext", "basicConstraints=critical,CA:FALSE")
        openssl("req", "-x509", *KEY, "-subj", f"/CN={HOST}", *signed, "-keyout", f"{name}.key", "-out", f"{name}.pem")
        keytool = [java_home() / "bin" / "keytool", "-importcert", "-noprompt", "-alias", "authority", "-storetype", "PKCS12"]
        subprocess.run(
            [*keytool, "-file", made.pem, "-keystore", made.truststore, "-storepass", TRUSTSTORE_PASSWORD], check=True, capture_output=True
        )
        return made


@contextmanager
def ingress(authority: Authority, port: int) -> Iterator[int]:
    """The port on HOST where HTTPS leads to this port."""
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
