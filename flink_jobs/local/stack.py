"""The local stack as a whole: Kafka, the JobManager and the TaskManager as background processes."""

import errno
import fcntl
import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
from rich.console import Console
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from flink_jobs.environment import LOCAL
from flink_jobs.errors import TrunklineError
from flink_jobs.local import flink, kafka, postgres
from flink_jobs.local.processes import Account, Daemon, Status
from flink_jobs.project import Project, Settings

MINIMUM_FREE_BYTES = 1 << 30
PATIENCE_SECONDS = 180
VERSION = "TRUNKLINE_FLINK_VERSION"  # stands in the environment of a process: what it was started with


@dataclass(frozen=True)
class Service:
    """One part of the stack: the settings with its ports, how it runs, and when it can be used."""

    name: str
    ports: tuple[str, ...]
    command: Callable[[Project], list[str]]
    is_ready: Callable[[Project, psutil.Process], bool]
    account: Callable[[], Account | None] = lambda: None
    farewell: signal.Signals = signal.SIGTERM

    def daemon(self, project: Project) -> Daemon:
        """Its process in a project."""
        return Daemon(project, self.name, self.farewell)


KAFKA = Service("Kafka", ("kafka_port", "kafka_controller_port"), kafka.command, lambda project, _: kafka.answers(project))
FLINK = (
    Service("JobManager", ("flink_port", "flink_rpc_port"), flink.jobmanager_command, lambda project, _: flink.answers(project)),
    Service("TaskManager", (), flink.taskmanager_command, flink.taskmanager_is_ready),
)
SERVICES = (KAFKA, *FLINK)
# Started by what needs it, `trunkline serve`. SIGINT ends the connections that are open, SIGTERM would wait for them.
POSTGRES = Service(
    "PostgreSQL",
    ("postgres_port",),
    postgres.command,
    lambda project, _: postgres.answers(project),
    postgres.account,
    signal.SIGINT,
)
ALL = (*SERVICES, POSTGRES)


def up(project: Project, services: Sequence[Service] = SERVICES, environment: str = LOCAL) -> list[str]:
    """Starts what is missing of the stack, or of some of it, waits until all of that can be used, and names what it started.

    Flink gets the jars that an environment needs.

    Raises TrunklineError, and stops what it started, when a part can't be used; Ctrl-C does the same.
    """
    with _alone(project):
        return _start_missing(project, services, environment)


def flink_is_stale(project: Project, environment: str = LOCAL) -> bool:
    """Whether a part of Flink runs with another configuration, format or library than it would be started with now.

    Puts these in place first; a running process keeps its own.
    """
    flink.prepare(project, environment)
    version = flink.version(project)
    daemons = [service.daemon(project) for service in FLINK]
    return any(daemon.process() and daemon.variable(VERSION) != version for daemon in daemons)


def restart_flink(project: Project, environment: str = LOCAL) -> None:
    """Starts the JobManager and the TaskManager anew, while Kafka goes on. Jobs end: stop them with savepoints before.

    Raises what `up` raises.
    """
    with _alone(project):
        _refuse_other_settings(project)
        for service in reversed(FLINK):
            service.daemon(project).stop()
        _start_missing(project, SERVICES, environment)


def down(project: Project) -> list[str]:
    """Stops the stack and all that it left behind, and names what it stopped. Data, checkpoints and logs stay."""
    with _alone(project):
        stopped = [service.name for service in reversed(ALL) if service.daemon(project).stop()]
        flink.clear_temporary(project)
        project.stack_file.unlink(missing_ok=True)
        return stopped


def processes(project: Project) -> list[Status]:
    """Each part of the stack as it is now, and PostgreSQL while it runs."""
    found = [service.daemon(project).status() for service in ALL]
    return [status for status in found if status.running or status.name != POSTGRES.name]


def start_postgres(project: Project) -> bool:
    """Starts PostgreSQL if it does not run, and waits until it can be used; whether it was started. Raises what `up` raises."""
    daemon = POSTGRES.daemon(project)
    with _alone(project):
        if daemon.process():
            _await(project, [POSTGRES])
            return False
        daemon.stop()
        _require_ports(project, [POSTGRES])
        try:
            daemon.start(POSTGRES.command(project), dict(os.environ), POSTGRES.account())
            _await(project, [POSTGRES])
        except BaseException:
            daemon.stop()
            raise
        return True


@contextmanager
def _alone(project: Project) -> Iterator[None]:
    """One `up` or `down` at a time; the kernel takes the lock back however the process ends."""
    file = project.state / "run" / "lock"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise TrunklineError(
                f"another `trunkline up` or `down` (pid {lock.read().strip()}) is at work on this stack", "wait until it is done"
            ) from None
        lock.truncate(0)
        print(os.getpid(), file=lock, flush=True)
        yield


def _start_missing(project: Project, services: Sequence[Service], environment: str) -> list[str]:
    missing = _missing(project, services)
    if len(missing) < len(services):
        _refuse_other_settings(project)
    if missing:
        _require_space(project)
        for service in reversed(missing):  # what a killed one left behind
            service.daemon(project).stop()
        _require_ports(project, missing)
        flink.prepare(project, environment)
    _start(project, missing, services)
    return [service.name for service in missing]


def _missing(project: Project, services: Sequence[Service]) -> list[Service]:
    missing = [service for service in services if not service.daemon(project).process()]
    # Jobs die with their JobManager. A TaskManager that outlived it would go on with their tasks, and keep the slots, for a while.
    if any(service.name == "JobManager" for service in missing):
        return [service for service in services if service in missing or service.name == "TaskManager"]
    return missing


def _refuse_other_settings(project: Project) -> None:
    running = Settings.model_validate_json(project.stack_file.read_text())
    for name, value in running:
        if (asked := getattr(project.settings, name)) != value:
            variable = f"TRUNKLINE_{name.upper()}"
            raise TrunklineError(
                f"the stack runs with {variable}={value}, not {asked}", f"unset {variable}, or `trunkline down` before this `up`"
            )


def _require_space(project: Project) -> None:
    free = shutil.disk_usage(project.state).free
    if free < MINIMUM_FREE_BYTES:
        raise TrunklineError(
            f"the disk of {project.state} is full: {free >> 20} MiB are free, the stack needs {MINIMUM_FREE_BYTES >> 20}", "make room there"
        )


def _require_ports(project: Project, services: Sequence[Service]) -> None:
    settings = [(service.name, name, getattr(project.settings, name)) for service in ALL for name in service.ports]
    for index, (_, name, port) in enumerate(settings):
        for _, other, other_port in settings[:index]:
            if port == other_port:
                raise TrunklineError(f"{_variable(name)} and {_variable(other)} are both {port}", "give each a port of its own")
    starting = {service.name for service in services}
    for service, name, port in settings:
        if service in starting and (taken := obstacle(port)):
            raise TrunklineError(f"{service} cannot have port {port}: {taken}", f"free it, or set {_variable(name)} to a free port")


def _variable(setting: str) -> str:
    return f"TRUNKLINE_{setting.upper()}"


def obstacle(port: int) -> str | None:
    """Why nothing can listen on 127.0.0.1:`port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do: a closed connection does not hold its port
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return f"{_holder(port)} has it" if error.errno == errno.EADDRINUSE else error.strerror
    return None


def _holder(port: int) -> str:
    try:
        listening = [c.pid for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN and c.laddr.port == port and c.pid]
        return f"{psutil.Process(listening[0]).name()} (pid {listening[0]})"
    except (psutil.Error, IndexError):
        return "another program"


def _start(project: Project, missing: Sequence[Service], services: Sequence[Service]) -> None:
    try:
        if missing:
            project.stack_file.write_text(project.settings.model_dump_json(indent=2) + "\n")
            if any(service.name == "JobManager" for service in missing):
                flink.clear_temporary(project)
        for service in missing:
            environment = flink.environment(project) | {VERSION: flink.version(project)}
            service.daemon(project).start(service.command(project), environment)
        _await(project, services)
    except BaseException:
        for service in reversed(missing):
            service.daemon(project).stop()
        if not any(status.running for status in processes(project)):
            project.stack_file.unlink(missing_ok=True)
        raise


def _await(project: Project, services: Sequence[Service]) -> None:
    """Polls until every one of them can be used; shows on a terminal what is awaited."""
    with Console(stderr=True).status("Starting") as status:
        waiting = list(services)

        def poll() -> list[Service]:
            waiting[:] = [service for service in waiting if not _is_ready(project, service)]
            status.update(f"Waiting for {', '.join(service.name for service in waiting)}")
            return waiting

        try:
            Retrying(retry=retry_if_result(bool), stop=stop_after_delay(PATIENCE_SECONDS), wait=wait_fixed(0.2))(poll)
        except RetryError:
            late = waiting[0]
            raise TrunklineError(
                f"{late.name} does not answer after {PATIENCE_SECONDS} seconds", f"see {project.relative(late.daemon(project).log)}"
            ) from None


def _is_ready(project: Project, service: Service) -> bool:
    daemon = service.daemon(project)
    if not (process := daemon.process()):
        words, file = daemon.last_words()
        raise TrunklineError(f"{service.name} ended at its start: {words}", f"see {project.relative(file)}")
    return service.is_ready(project, process)
