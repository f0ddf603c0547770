"""Compiles Java sources of the project into jars, with nothing but a Java runtime."""

import hashlib
import os
import re
import subprocess
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from flink_jobs.errors import Problem, ProjectError, TrunklineError
from flink_jobs.local import jars
from flink_jobs.local.java import java_home
from flink_jobs.project import Project

JAVA_VERSION = "17"
LONG_AGO = (1980, 1, 1, 0, 0, 0)
LINE = re.compile(".{1,70}")  # a manifest has no longer ones: a line that begins with a blank continues the one before
NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})


def build(project: Project, folder: Path, jar: Path, libraries: Sequence[Path], attributes: Mapping[str, str] = NO_ATTRIBUTES) -> Path:
    """Makes `jar` of the sources and services in `folder`, against `libraries`, with these attributes in its manifest.

    Does nothing unless one of these or the compiler changed. Equal classes give an equal file.
    Raises ProjectError with what the compiler found.
    """
    sources = sorted(folder.rglob("*.java"))
    services = sorted(folder.rglob("META-INF/services/*"))
    compiler = jars.paths(project, "build")
    version = _version([*sources, *services], [*compiler, *libraries], attributes)
    if _built_version(jar) != version:
        with TemporaryDirectory() as scratch:
            classes = Path(scratch)
            _compile(project, sources, compiler, libraries, classes)
            contents = {str(file.relative_to(classes)): file.read_bytes() for file in sorted(classes.rglob("*.class"))}
        contents |= {str(file.relative_to(folder)): file.read_bytes() for file in services}
        _pack(jar, {"META-INF/MANIFEST.MF": _manifest({"Implementation-Version": version} | attributes)} | contents)
    return jar


def _version(files: Sequence[Path], libraries: Sequence[Path], attributes: Mapping[str, str]) -> str:
    """What the jar is made from: the files' contents, the libraries by name, which holds their version, and the attributes."""
    made_from = hashlib.sha256()
    for file in files:
        made_from.update(f"{file.name} {file.stat().st_size}\n".encode() + file.read_bytes())
    for library in libraries:
        made_from.update(f"{library.name}\n".encode())
    for name, value in attributes.items():
        made_from.update(f"{name}: {value}\n".encode())
    return made_from.hexdigest()[:16]


def _manifest(attributes: Mapping[str, str]) -> bytes:
    lines = ("Manifest-Version: 1.0", *(f"{name}: {value}" for name, value in attributes.items()), "")
    return "".join("\r\n ".join(LINE.findall(line)) + "\r\n" for line in lines).encode()


def _built_version(jar: Path) -> str | None:
    if not jar.exists():
        return None
    with zipfile.ZipFile(jar) as file:
        found = re.search(r"Implementation-Version: (\w+)", file.read("META-INF/MANIFEST.MF").decode())
    return found[1] if found else None


def _compile(project: Project, sources: Sequence[Path], compiler: Sequence[Path], libraries: Sequence[Path], classes: Path) -> None:
    runtime = [java_home() / "bin" / "java", "-XX:TieredStopAtLevel=1"]  # a short life: half the time
    java = [*runtime, "-cp", os.pathsep.join(map(str, compiler)), "org.eclipse.jdt.internal.compiler.batch.Main"]
    options = ["-source", JAVA_VERSION, "-target", JAVA_VERSION, "-encoding", "UTF-8", "-proc:none", "-nowarn", "-Xemacs"]
    run = subprocess.run(
        [*java, *options, "-cp", os.pathsep.join(map(str, libraries)), "-d", classes, *sources], capture_output=True, text=True
    )
    if run.returncode == 0:
        return
    found = re.findall(r"^(/.+?):(\d+): error: (.+)$", run.stderr, re.MULTILINE)
    if not found:
        raise TrunklineError(f"the Java sources do not compile: {run.stderr.strip() or run.stdout.strip()}")
    raise ProjectError([Problem(project.relative(Path(file)), int(line), 1, what) for file, line, what in found])


def _pack(jar: Path, contents: Mapping[str, bytes]) -> None:
    """Writes equal contents as equal bytes: in the given order, without times, and not compressed, as zlib's versions differ."""
    jar.parent.mkdir(parents=True, exist_ok=True)
    unfinished = jar.parent.with_name(f".{jar.name}.{os.getpid()}")  # not beside it, where Flink's libraries are
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as file:
        for name, content in contents.items():
            file.writestr(zipfile.ZipInfo(name, LONG_AGO), content)
    unfinished.replace(jar)
