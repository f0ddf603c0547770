"""Pseudonyms: what stands for a personal value where it may not be seen, and the secret key without which it can't be found again."""

import os
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import duckdb
import pyarrow as pa

from flink_jobs.environment import LOCAL
from flink_jobs.errors import TrunklineError
from flink_jobs.project import Project

VARIABLE = "TRUNKLINE_MASKING_KEY"
FILE = "file:"
SHORTEST = 32  # characters of a key: 128 bits, if they are hex
DIGITS = 32  # of a pseudonym: as many as a surrogate key has; by 128 bits two values are never alike
BLOCK = 64  # bytes that SHA-256 takes in at once


@dataclass(frozen=True)
class MaskingKey:
    """A secret key; equal values have equal pseudonyms under one key, so that joins hold, and others under another."""

    secret: bytes = field(repr=False)

    @classmethod
    def of(cls, project: Project, environment: str = LOCAL) -> "MaskingKey":
        """The key of an environment: TRUNKLINE_MASKING_KEY, which may be `file:PATH`; without it, locally, one that is made once.

        TrunklineError where there is none, or it is too short.
        """
        given = os.environ.get(VARIABLE)
        if given is None and environment != LOCAL:
            raise TrunklineError(
                f"environment {environment} has no masking key", f"set {VARIABLE} to 64 random hex digits, or to file:PATH"
            )
        secret = _given(given) if given is not None else _kept(project.state / "masking.key")
        if len(secret) < SHORTEST:
            source = VARIABLE if given is not None else "the masking key"
            raise TrunklineError(
                f"{source} is shorter than {SHORTEST} characters, and can be guessed", "make one with: openssl rand -hex 32"
            )
        return cls(secret.encode())

    @property
    def fingerprint(self) -> str:
        """Tells keys apart, and says nothing of them: 32 hex digits."""
        return self.pseudonym("fingerprint of the masking key")

    def pseudonym(self, value: str) -> str:
        """The first 128 bits of HMAC-SHA-256 (RFC 2104) of a value's UTF-8, as 32 lower-case hex digits."""
        inner, outer = self._pads
        return sha256(outer + sha256(inner + value.encode()).digest()).hexdigest()[:DIGITS]

    def register(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Gives a connection the function `pseudonym(text)`. No SQL can show the key, so anybody may use the connection."""

        def pseudonyms(values: pa.StringArray) -> pa.StringArray:
            return pa.array([value if value is None else self.pseudonym(value) for value in values.to_pylist()], pa.string())

        connection.create_function("pseudonym", pseudonyms, ["VARCHAR"], "VARCHAR", type="arrow", null_handling="special")

    def register_for_bulk(self, connection: duckdb.DuckDBPyConnection) -> None:
        """The same function, several times as fast: only for a connection that runs no SQL but Trunkline's, which could show the key."""
        pads = (f"SET VARIABLE {name} = from_hex($pad)" for name in ("inner_pad", "outer_pad"))
        for statement, pad in zip(pads, self._pads, strict=True):
            connection.execute(statement, {"pad": pad.hex()})
        inner = "from_hex(sha256(getvariable('inner_pad') || encode(value)))"
        connection.execute(f"CREATE TEMPORARY MACRO pseudonym(value) AS left(sha256(getvariable('outer_pad') || {inner}), {DIGITS})")

    @cached_property
    def _pads(self) -> tuple[bytes, bytes]:
        """What HMAC puts before the value, and before the hash of both."""
        key = (sha256(self.secret).digest() if len(self.secret) > BLOCK else self.secret).ljust(BLOCK, b"\0")
        return bytes(byte ^ 0x36 for byte in key), bytes(byte ^ 0x5C for byte in key)


def _given(value: str) -> str:
    if not value.startswith(FILE):
        return value
    file = Path(value.removeprefix(FILE))
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise TrunklineError(f"the masking key's file {file} can't be read: {reason}", f"correct {VARIABLE}") from None


def _kept(file: Path) -> str:
    """The key in a file that only its owner can read; the first to need it makes it, whole or not at all."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(secrets.token_hex(32))
        try:
            os.link(new, file)  # unlike a rename it never takes the place of a key that another process has made meanwhile
        except FileExistsError:
            pass
        finally:
            new.unlink()
    return file.read_text().strip()
