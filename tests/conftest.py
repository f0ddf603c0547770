import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from flink_jobs.check import Checked, check
from flink_jobs.local import flink, jars, kafka
from flink_jobs.local.processes import Daemon
from flink_jobs.planner import start_jvm
from flink_jobs.project import Project, Settings
from tests import certificates
from tests.end_to_end.workbench import free_ports, wait
from tests.secure_kafka import SecureListeners
from tests.services import s3, server
from tests.sql.harness import new_project

REPOSITORY = Path(__file__).parents[1]
FLINK = "flink"
BASELINES = ("tests/bench/cost/test_baselines", "tests/bench/cost/test_builtins")
SHARED_JVM = (*BASELINES, "tests/flink_jobs/test_", "tests/formats", "tests/feeds/exactly_once", "tests/sql", "tests/udfs")
DEAR = (FLINK, "tests/flink_jobs/local", "tests/readers/postgres", "tests/readers/privacy", "tests/dashboard")
LONG = ("tests/end_to_end/test_exactly_once.py", *DEAR, "tests/end_to_end")
BROKER = (
    "tests/feeds/exactly_once",
    "tests/flink_jobs/test_checkup",
    "tests/flink_jobs/test_secure_kafka",
    "tests/formats/test_sources",
    *BASELINES,
)
SLOW_LAST = (*BROKER, "tests/sql", "tests/flink_jobs/local", "tests/end_to_end")
# Programs that tests may need, and the command that brings each.
INSTALL = {
    "chromium": "apt-get install chromium",
    "docker-compose": "apt-get install docker-compose",
    "unshare": "apt-get install util-linux",
    "kustomize": "go install sigs.k8s.io/kustomize/kustomize/v5@v5.7.1",
    certificates.PROGRAM: "apt-get install openssl",
    s3.PROGRAM: "go install github.com/versity/versitygw/cmd/versitygw@v1.8.0",
}
ALL = "TRUNKLINE_TEST_ALL"


def pytest_configure(config: pytest.Config) -> None:
    """Makes the markers known."""
    config.addinivalue_line("markers", "environments: is left out but by `just test-envs`, for it needs what a team has")
    config.addinivalue_line("markers", f"needs(program): is skipped where the program is not installed; fails there when {ALL} is 1")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leaves out a test whose program is missing, and says how to install it."""
    for marker in item.iter_markers("needs"):
        (program,) = marker.args
        if not shutil.which(program):
            leave_out = pytest.fail if os.environ.get(ALL) == "1" else pytest.skip
            leave_out(f"{program} is not installed: {INSTALL[program]}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Fast tests first: those that start a broker, a stack, or everything, come in this order at the end.

    Where several processes share the work, what is long comes first, and small files fill the gaps at the end.
    """
    if hasattr(config, "workerinput"):  # by pytest-xdist
        items.sort(key=lambda item: place(group(file_of(item)), LONG, otherwise=len(LONG)))
    else:
        items.sort(key=lambda item: place(file_of(item), SLOW_LAST, otherwise=-1))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Several processes take the tests group by group, so that what a group shares is made once."""
    return ByGroup(config, log)


class ByGroup(LoadScopeScheduling):
    """A process runs all tests of a group, and is given its next one before it has ended the last: behind a long one, a short one waits."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        held = self.assigned_work[node]
        if held and next(reversed(held)).startswith(LONG):
            self.workqueue.move_to_end(next(reversed(self.workqueue)), last=False)
        super()._assign_work_unit(node)

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid.partition("::")[0])


def group(file: str) -> str:
    """The files that share a JVM and a broker, a database or a web server; else the file, whose tests may share something too."""
    return FLINK if file.startswith(SHARED_JVM) else next((folder for folder in DEAR if file.startswith(folder)), file)


def file_of(item: pytest.Item) -> str:
    """Where a test stands."""
    return item.path.relative_to(REPOSITORY).as_posix()


def place(name: str, order: Sequence[str], otherwise: int) -> int:
    """Where in `order` the folder or file is that a name is of."""
    return next((place for place, part in enumerate(order) if name.startswith(part)), otherwise)


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


@pytest.fixture
def services() -> Iterator[Project]:
    """Where the servers of a test have their data."""
    with server.services() as project:
        yield project


@pytest.fixture(scope="session")
def listeners(tmp_path_factory: pytest.TempPathFactory) -> SecureListeners | None:
    """How the broker is reached over TLS; None where no certificates can be made."""
    return SecureListeners.make(tmp_path_factory.mktemp("certificates")) if certificates.is_possible() else None


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory, listeners: SecureListeners | None) -> Iterator[Project]:
    """A project whose Kafka broker runs, and keeps its records on disk."""
    kafka_port, kafka_controller_port = free_ports(2)
    settings = Settings(kafka_port=kafka_port, kafka_controller_port=kafka_controller_port)
    project = new_project(tmp_path_factory.mktemp("broker"), settings)
    jars.fetch(project)
    daemon = Daemon(project, "Kafka")
    options, variables = (listeners.options(settings), listeners.variables) if listeners else ([], {})
    daemon.start([*kafka.command(project), *options], flink.environment(project) | variables)
    try:
        wait(lambda: kafka.answers(project), "Kafka", every=0.1)
        yield project
    finally:
        daemon.stop()
