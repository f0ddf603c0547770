"""The lake that questions are asked of: all of its facts, each once."""

from pathlib import Path

import pytest

from bench import readers
from flink_jobs.lake import Lake
from flink_jobs.project import Project


def test_a_lake_that_was_left_half_filled_is_filled_anew(repository: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "DAYS", 1)
    for name in ("catalog", "sql", "udfs"):
        (tmp_path / name).symlink_to(repository.root / name)
    project = Project(tmp_path)
    readers.fill(project, 1000)
    whole = rows(project)
    assert 900 < sum(count for name, count in whole.items() if ".gold.fact_" in name) <= 1000  # some are rejected
    readers.fill(project, 1000)
    assert rows(project) == whole
    (project.state / "filled").unlink()
    readers.fill(project, 1000)
    assert rows(project) == whole


def rows(project: Project) -> dict[str, int]:
    return {table.name: table.rows for table in Lake.of(project).tables()}
