import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from flink_jobs.errors import ProjectError
from flink_jobs.local import compiler, formats, jars
from flink_jobs.project import Project

ROOT = Path(__file__).parents[3]
SOURCE = "formats/WholeFormat.java"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A copy of the formats and their jar, with the downloaded jars of this project."""
    jars.fetch(Project(ROOT))
    project = Project(tmp_path_factory.mktemp("built"))
    shutil.copytree(ROOT / "formats", project.root / "formats")
    shutil.copyfile(ROOT / "jars.lock", project.root / "jars.lock")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRUNKLINE_JARS", str(Project(ROOT).jars))
        formats.build(project)
        yield project


@pytest.fixture
def project(built: Project, tmp_path: Path) -> Project:
    """A copy of that to change."""
    return Project(shutil.copytree(built.root, tmp_path, dirs_exist_ok=True))


def change(project: Project, old: str, new: str) -> None:
    source = project.root / SOURCE
    text = source.read_text()
    assert old in text
    source.write_text(text.replace(old, new))


def test_the_jar_holds_classes_and_what_finds_them(project: Project) -> None:
    jar = formats.build(project)
    assert [file for file in project.flink.rglob("*") if file.is_file()] == [jar] == [project.flink / "lib" / "whole-json.jar"]
    with ZipFile(jar) as file:
        factories = file.read("META-INF/services/org.apache.flink.table.factories.Factory").decode().split()
        assert {f"{factory.replace('.', '/')}.class" for factory in factories} < set(file.namelist())


def test_it_is_built_again_only_when_a_source_changed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    built = formats.build(project).stat()
    monkeypatch.setattr(compiler, "_compile", lambda *_: pytest.fail("compiles"))
    os.utime(project.root / SOURCE)
    assert formats.build(project).stat() == built
    change(project, "A longer record", "A larger record")
    with pytest.raises(pytest.fail.Exception, match="compiles"):
        formats.build(project)


def test_it_is_built_again_when_the_compiler_changed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    formats.build(project)
    locked = project.root / "jars.lock"
    locked.write_text(locked.read_text().replace("ecj:3.43.0", "ecj:3.44.0"))
    monkeypatch.setattr(compiler, "_compile", lambda *_: pytest.fail("compiles"))
    with pytest.raises(pytest.fail.Exception, match="compiles"):
        formats.build(project)


def test_equal_sources_make_equal_bytes(project: Project) -> None:
    first = formats.build(project).read_bytes()
    formats.build(project).unlink()
    assert formats.build(project).read_bytes() == first
    change(project, "A longer record", "A larger record")
    assert formats.build(project).read_bytes() != first


def test_compile_errors_name_file_and_line_and_leave_the_jar(project: Project) -> None:
    before = formats.build(project).read_bytes()
    line = (project.root / SOURCE).read_text().partition("return ChangelogMode.insertOnly()")[0].count("\n") + 1
    change(project, "return ChangelogMode.insertOnly()", "return 7")
    change(project, "List.of();", "List.off();")
    with pytest.raises(ProjectError) as refused:
        formats.build(project)
    first, second = refused.value.problems
    assert "off()" in first.what
    assert str(second) == f"{SOURCE}:{line}:1: Type mismatch: cannot convert from int to ChangelogMode"
    assert (project.flink / "lib" / "whole-json.jar").read_bytes() == before
