"""The Java classes in `formats/`, which Flink loads at its start."""

from pathlib import Path

import pyflink

from flink_jobs.local import compiler, jars
from flink_jobs.project import Project


def build(project: Project) -> Path:
    """The jar of `formats/`, in Flink's lib folder, up to date. Equal classes give an equal file.

    Raises ProjectError with what the compiler found.
    """
    libraries = [*sorted((Path(pyflink.__file__).parent / "lib").glob("flink-*.jar")), *jars.paths(project, "flink")]
    return compiler.build(project, project.root / "formats", jar(project), libraries)


def jar(project: Project) -> Path:
    """Where `build` puts it."""
    return project.flink / "lib" / "whole-json.jar"
