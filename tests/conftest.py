import os
from pathlib import Path

import pytest

from flink_jobs.planner import start_jvm
from flink_jobs.project import Project

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """This repository as a project that writes elsewhere. PyFlink's JVM, of which a process has one, runs with its jars."""
    os.environ.setdefault("TRUNKLINE_JARS", str(Project(REPOSITORY).jars))
    project = Project(tmp_path_factory.mktemp("repository"))
    for name in ("catalog", "sql", "udfs", "formats", "stack", "jars.lock"):
        (project.root / name).symlink_to(REPOSITORY / name)
    start_jvm(project)
    return project
