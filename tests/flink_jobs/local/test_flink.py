"""What Flink is told by its configuration, without one that runs."""

from pathlib import Path

import pytest
from pyflink.pyflink_gateway_server import get_jvm_opts

from flink_jobs.local import flink
from flink_jobs.project import Project
from tests.conftest import REPOSITORY


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """One whose Flink gets a configuration, and no jars."""
    (tmp_path / "stack").symlink_to(REPOSITORY / "stack")
    (tmp_path / "catalog").mkdir()
    project = Project(tmp_path)
    (project.flink / "conf").mkdir(parents=True)
    monkeypatch.setattr(flink, "install", lambda *_: None)
    return project


@pytest.mark.parametrize(("catalog", "own"), [("", []), ("SET 'rest.address' = 'flink';", ["-Dsite=here"])], ids=["here", "elsewhere"])
def test_what_a_site_sets_for_java_takes_nothing_away_that_flink_needs(catalog: str, own: list[str], project: Project) -> None:
    """As PyFlink's client reads it. Only a Flink elsewhere is configured by what is SET."""
    file = project.root / "catalog" / "local.sql"
    file.write_text(catalog)
    flink.prepare(project)
    needed = options_of_java(project)
    assert "--add-opens=java.base/java.util=ALL-UNNAMED" in needed
    file.write_text(f"{catalog}SET 'env.java.opts.all' = '-Dsite=here';")
    flink.prepare(project)
    assert options_of_java(project) == [*needed, *own]


def options_of_java(project: Project) -> list[str]:
    return get_jvm_opts({"FLINK_CONF_DIR": str(project.flink / "conf")})
