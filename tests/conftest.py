import os
from pathlib import Path

import pytest

from flink_jobs.check import Checked, check
from flink_jobs.planner import start_jvm
from flink_jobs.project import Project

REPOSITORY = Path(__file__).parents[1]


SLOW_LAST = ("tests/feeds/exactly_once", "tests/sql", "tests/flink_jobs/local", "tests/end_to_end")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast tests first: those that start a broker, a stack, or everything, come in this order at the end."""

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(REPOSITORY).as_posix()
        return next((place for place, slow in enumerate(SLOW_LAST, 1) if folder.startswith(slow)), 0)

    items.sort(key=place)


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """This repository as a project that writes elsewhere. PyFlink's JVM, of which a process has one, runs with its jars."""
    os.environ.setdefault("TRUNKLINE_JARS", str(Project(REPOSITORY).jars))
    project = Project(tmp_path_factory.mktemp("repository"))
    for name in ("catalog", "sql", "udfs", "formats", "stack", "jars.lock"):
        (project.root / name).symlink_to(REPOSITORY / name)
    start_jvm(project)
    return project


@pytest.fixture(scope="session")
def checked(repository: Project) -> Checked:
    """What `check` finds in this repository: no problem."""
    return check(repository)
