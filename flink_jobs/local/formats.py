"""Compiles the project's Flink formats, the Java classes in `formats/`, with nothing but a Java runtime."""

import hashlib
import os
import re
import subprocess
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pyflink

from flink_jobs.errors import Problem, ProjectError, TrunklineError
from flink_jobs.local import jars
from flink_jobs.local.java import java_home
from flink_jobs.project import Project

JAVA_VERSION = "17"
LONG_AGO = (1980, 1, 1, 0, 0, 0)


def build(project: Project) -> Path:
    """The jar of `formats/`, in Flink's lib folder; compiled when the sources, Flink or the compiler changed.

    Equal classes give an equal file. Raises ProjectError with what the compiler found.
    """
    jar = project.flink / "lib" / "whole-json.jar"
    sources = sorted((project.root / "formats").rglob("*.java"))
    services = sorted((project.root / "formats").rglob("META-INF/services/*"))
    compiler = jars.paths(project, "build")
    flink = sorted((Path(pyflink.__file__).parent / "lib").glob("flink-*.jar"))
    version = _version([*sources, *services], [*compiler, *flink])
    if _built_version(jar) != version:
        with TemporaryDirectory() as folder:
            classes = Path(folder)
            _compile(project, sources, compiler, flink, classes)
            contents = {str(file.relative_to(classes)): file.read_bytes() for file in sorted(classes.rglob("*.class"))}
        contents |= {str(file.relative_to(project.root / "formats")): file.read_bytes() for file in services}
        _pack(jar, {"META-INF/MANIFEST.MF": _manifest(version)} | contents)
    return jar


def _version(files: list[Path], libraries: list[Path]) -> str:
    """What the classes are made from: the files' contents, and the libraries by name, which holds their version."""
    made_from = hashlib.sha256()
    for file in files:
        made_from.update(f"{file.name} {file.stat().st_size}\n".encode() + file.read_bytes())
    for library in libraries:
        made_from.update(f"{library.name}\n".encode())
    return made_from.hexdigest()[:16]


def _manifest(version: str) -> bytes:
    return f"Manifest-Version: 1.0\r\nImplementation-Version: {version}\r\n\r\n".encode()


def _built_version(jar: Path) -> str | None:
    if not jar.exists():
        return None
    with zipfile.ZipFile(jar) as file:
        found = re.search(r"Implementation-Version: (\w+)", file.read("META-INF/MANIFEST.MF").decode())
    return found[1] if found else None


def _compile(project: Project, sources: list[Path], compiler: list[Path], libraries: list[Path], classes: Path) -> None:
    java = [java_home() / "bin" / "java", "-cp", os.pathsep.join(map(str, compiler)), "org.eclipse.jdt.internal.compiler.batch.Main"]
    options = ["-source", JAVA_VERSION, "-target", JAVA_VERSION, "-encoding", "UTF-8", "-proc:none", "-nowarn", "-Xemacs"]
    run = subprocess.run(
        [*java, *options, "-cp", os.pathsep.join(map(str, libraries)), "-d", classes, *sources], capture_output=True, text=True
    )
    if run.returncode == 0:
        return
    found = re.findall(r"^(/.+?):(\d+): error: (.+)$", run.stderr, re.MULTILINE)
    if not found:
        raise TrunklineError(f"the formats do not compile: {run.stderr.strip() or run.stdout.strip()}")
    raise ProjectError([Problem(project.relative(Path(file)), int(line), 1, what) for file, line, what in found])


def _pack(jar: Path, contents: dict[str, bytes]) -> None:
    """Writes equal contents as equal bytes: in the given order, without times, and not compressed, as zlib's versions differ."""
    jar.parent.mkdir(parents=True, exist_ok=True)
    unfinished = jar.parent.with_name(f".{jar.name}.{os.getpid()}")  # not beside it, where Flink's libraries are
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as file:
        for name, content in contents.items():
            file.writestr(zipfile.ZipInfo(name, LONG_AGO), content)
    unfinished.replace(jar)
