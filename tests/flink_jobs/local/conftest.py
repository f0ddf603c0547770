import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flink_jobs.cluster import Cluster, RunningJob
from flink_jobs.local import flink, stack
from flink_jobs.project import Project
from tests.end_to_end.workbench import free_ports

PORTS = ("KAFKA_PORT", "KAFKA_CONTROLLER_PORT", "FLINK_PORT", "FLINK_RPC_PORT")


@pytest.fixture(scope="module")
def new_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Project]]:
    """Makes projects with this repository's stack/, formats/ and jars, that share one set of free ports."""
    repository = Project.find(Path(__file__))

    def make() -> Project:
        root = tmp_path_factory.mktemp("project")
        for name in ("catalog", "sql"):
            (root / name).mkdir()
        for name in ("formats", "stack"):
            shutil.copytree(repository.root / name, root / name)
        shutil.copyfile(repository.root / "jars.lock", root / "jars.lock")
        return Project(root)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRUNKLINE_JARS", str(repository.jars))
        for name, port in zip(PORTS, free_ports(len(PORTS)), strict=True):
            patch.setenv(f"TRUNKLINE_{name}", str(port))
        yield make


@pytest.fixture(scope="module")
def shared_project(new_project: Callable[[], Project]) -> Iterator[Project]:
    project = new_project()
    yield project
    stack.down(project)


@pytest.fixture
def running(shared_project: Project) -> Project:
    """A project whose whole stack runs, whatever the test before did to it."""
    stack.up(shared_project)
    return shared_project


@pytest.fixture(scope="module")
def jobs(shared_project: Project) -> dict[str, RunningJob]:
    """The jobs of probe.py, by name, just submitted."""
    stack.up(shared_project)
    client = [flink.HOME / "bin" / "flink", "run", "-d", "-py", Path(__file__).with_name("probe.py")]
    subprocess.run(client, env=flink.environment(shared_project), check=True, capture_output=True)
    return {job.name: job for job in Cluster(flink.url(shared_project)).jobs()}
