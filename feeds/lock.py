"""One run of a feed at a time: two that read what Kafka holds, and then send the rest, would both send it."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

from flink_jobs.errors import TrunklineError


@contextmanager
def alone(bootstrap: str, topic: str, source: str) -> Iterator[None]:
    """Holds a lock that ends with the process, however that ends; a TrunklineError where another process of this user holds it."""
    name = blake2b("\0".join((bootstrap, topic, source)).encode(), digest_size=8).hexdigest()
    with (Path(tempfile.gettempdir()) / f"trunkline-{os.getuid()}-{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TrunklineError(f"another run sends {source} to {topic!r}", "wait for its end, or end it") from None
        yield
