"""The notebook runs from its first cell to its last, over a lake that was filled without Flink."""

import re
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from bench.population import Population
from flink_jobs.project import Project
from tests.conftest import REPOSITORY

NOTEBOOK = REPOSITORY / "examples" / "telecom.ipynb"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A lake with two thousand events of today, in two commits."""
    project = Project(tmp_path)
    for name in ("catalog", "sql", "udfs"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    population = Population(project, datetime.now(UTC).date())
    population.create()
    population.add(0, 0, 1000, 2000)
    population.add(0, 1000, 1000, 2000)
    return project


def test_it_runs(project: Project) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(project.root)}}).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("vegaEmbed" in output.get("data", {}).get("text/html", "") for output in outputs)
    said = [output.text for output in outputs if output.output_type == "stream"]
    now, then = said
    assert now == "980 calls now\n"
    assert re.fullmatch(r"\d+ calls a minute ago\n", then)


def test_it_is_kept_without_its_outputs() -> None:
    assert all(not cell.get("outputs") and not cell.get("execution_count") for cell in nbformat.read(NOTEBOOK, as_version=4).cells)
