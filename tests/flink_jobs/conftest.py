import shutil
from pathlib import Path

import pytest

from flink_jobs.project import Project
from tests.conftest import REPOSITORY

SHOP = Path(__file__).parent / "shop"


@pytest.fixture
def shop(repository: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A copy of the little project in `shop/`, to be changed at will; the working directory is in it."""
    project = Project(tmp_path / "shop")
    shutil.copytree(SHOP, project.root, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("formats", "stack", "jars.lock"):
        (project.root / name).symlink_to(REPOSITORY / name)
    (project.root / ".trunkline").symlink_to(repository.state)  # the format is compiled once
    monkeypatch.chdir(project.root)
    return project
