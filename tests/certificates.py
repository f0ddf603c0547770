"""Certificates that end tomorrow, and who vouches for them."""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROGRAM = "openssl"
CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
RSA = ("-newkey", "rsa:2048")


@dataclass(frozen=True)
class Authority:
    """Who vouches: `ca.pem` and `ca.key` in a folder. `kind` is that of all keys, in words of openssl."""

    folder: Path
    kind: Sequence[str] = CURVE

    @classmethod
    def make(cls, folder: Path, kind: Sequence[str] = CURVE) -> "Authority":
        """A new one."""
        authority = cls(folder, kind)
        authority._certify("ca", "authority")
        return authority

    @property
    def pem(self) -> Path:
        """Its certificate."""
        return self.folder / "ca.pem"

    def vouch_for(self, name: str, place: str) -> None:
        """Makes `<name>.pem` and `<name>.key`, for who is at `place`, such as IP:127.0.0.1."""
        extensions = ("-addext", f"subjectAltName={place}", "-addext", "basicConstraints=critical,CA:FALSE")
        self._certify(name, name, "-CA", self.pem, "-CAkey", self.folder / "ca.key", *extensions)

    def _certify(self, name: str, subject: str, *options: str | Path) -> None:
        files = ("-keyout", self.folder / f"{name}.key", "-out", self.folder / f"{name}.pem")
        openssl("req", "-x509", *self.kind, "-nodes", "-days", "1", "-subj", f"/CN={subject}", *options, *files)


def is_possible() -> bool:
    """Whether certificates can be made here."""
    return shutil.which(PROGRAM) is not None


def openssl(*words: str | Path) -> None:
    """Runs it."""
    subprocess.run([PROGRAM, *words], check=True, capture_output=True)
