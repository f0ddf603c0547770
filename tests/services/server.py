"""Real servers, for tests and for who tries an environment on one machine: each runs in its `with`, and can stop and start there."""

import os
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from operator import not_
from pathlib import Path
from secrets import token_urlsafe
from types import TracebackType

from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from flink_jobs.errors import TrunklineError
from flink_jobs.local.processes import Account, Daemon
from flink_jobs.project import Project, Settings
from tests.end_to_end.workbench import free_ports

PATIENCE_SECONDS = 60


class Server(ABC):
    """A background process with its data, configuration and log in a project's folder: at each start the same address and `secret`."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.secret = token_urlsafe(24)

    @property
    @abstractmethod
    def variables(self) -> dict[str, str]:
        """What `catalog/<env>.sql` wants to know of it: environment variables, secrets among them."""

    @abstractmethod
    def command(self) -> Sequence[str | Path]:
        """The command that runs it in the foreground; what that needs is made first. It holds no secret."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it can be used."""

    @property
    def secrets(self) -> set[str]:
        """What nobody else may see: its `secret`, and what it makes of that."""
        return {self.secret}

    def environment(self) -> dict[str, str]:
        """What its process is told besides what this one was."""
        return {}

    def account(self) -> Account | None:
        """The account that it runs as; None for the own one."""
        return None

    def start(self) -> None:
        """Returns when it can be used. TrunklineError when it ends instead, or takes more than PATIENCE_SECONDS."""
        self.daemon.start(self.command(), os.environ | self.environment(), self.account())
        try:
            Retrying(retry=retry_if_result(not_), stop=stop_after_delay(PATIENCE_SECONDS), wait=wait_fixed(0.1))(self._ready)
        except RetryError:
            self.stop()
            raise TrunklineError(f"{self.daemon.name} does not answer after {PATIENCE_SECONDS} seconds") from None
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends it, and whatever it left behind. Its data stays."""
        self.daemon.stop()

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _ready(self) -> bool:
        if not self.daemon.process():
            raise TrunklineError(f"{self.daemon.name} ended at its start: {self.daemon.last_words()[0]}")
        return self.answers()


@contextmanager
def services() -> Iterator[Project]:
    """Where servers have their data and logs. PostgreSQL runs as another account, to which a test's own folder is closed."""
    with tempfile.TemporaryDirectory(prefix="trunkline-services-", dir="/tmp") as folder:
        repository, project = Project.find(Path(__file__)), Project(Path(folder))
        project.root.chmod(0o755)
        for name in ("stack", "jars.lock"):
            (project.root / name).symlink_to(repository.root / name)
        project.state.mkdir()
        (project.state / "jars").symlink_to(repository.jars)
        ports = dict(zip(("kafka_port", "kafka_controller_port", "postgres_port"), free_ports(3), strict=True))
        project.stack_file.write_text(Settings(**ports).model_dump_json())
        yield project


def home(project: Project, name: str) -> Path:
    """A server's own folder."""
    folder = project.state / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
