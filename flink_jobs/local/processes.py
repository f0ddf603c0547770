"""Background processes that a later command finds again, with everything that they started."""

import pwd
import re
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from flink_jobs.project import Project

# Stands in the environment of a background process, and so of all its descendants: unlike a parent or a pid, it outlives a `kill -9`.
MARKER = "TRUNKLINE_PROCESS"
TROUBLE = re.compile(r"\b(FATAL|ERROR|\w*Error|\w*Exception)\b")
LAUNCHER = re.compile(r"Error: (Could not create the Java|A fatal exception)|Error occurred during init")  # beside the line that says why
PATIENCE_SECONDS = 20
LOOKS, LOOK_SECONDS = 10, 0.005


@dataclass(frozen=True)
class Status:
    """What `trunkline status` says of a process; `memory` is the resident bytes of it and all that it started."""

    name: str
    pid: int | None
    memory: int
    since: datetime | None

    @property
    def running(self) -> bool:
        """Whether the process lives; it may still be starting."""
        return self.pid is not None


@dataclass(frozen=True)
class Account:
    """A user of this machine that a process can be started as, by root."""

    name: str

    @property
    def ids(self) -> tuple[int, int]:
        """Of the user and of its group."""
        entry = pwd.getpwnam(self.name)
        return entry.pw_uid, entry.pw_gid

    def switch(self) -> dict[str, Any]:
        """What `subprocess` takes to become this user, without any of the own groups."""
        user, group = self.ids
        return {"user": user, "group": group, "extra_groups": []}


@dataclass(frozen=True)
class Daemon:
    """One background process of a project, in a session of its own so that Ctrl-C in the terminal does not reach it."""

    project: Project
    name: str
    farewell: signal.Signals = signal.SIGTERM  # what asks it to end

    @property
    def pid_file(self) -> Path:
        """Holds the process id, until `stop`."""
        return self.project.state / "run" / f"{self.name.lower()}.pid"

    @property
    def log(self) -> Path:
        """Its log since the last start."""
        return self.project.logs / f"{self.name.lower()}.log"

    @property
    def output(self) -> Path:
        """What it writes to stdout and stderr: little, but a Java runtime that can't start says why here only."""
        return self.log.with_suffix(".out")

    def process(self) -> psutil.Process | None:
        """The process that `start` started, while it runs."""
        try:
            process = psutil.Process(int(self.pid_file.read_text()))
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
            return None
        for _ in range(LOOKS):  # a shell that becomes Java has no environment for a moment
            if environment := _environment(process):
                return process if environment.get(MARKER) == self._marker else None  # another may have the id by now
            time.sleep(LOOK_SECONDS)
        return None

    def family(self) -> list[psutil.Process]:
        """The process and all that descend from it, also those whose parents are dead."""
        return [process for process in psutil.process_iter() if _variable(process, MARKER) == self._marker]

    def variable(self, name: str) -> str | None:
        """An environment variable that the running process was started with."""
        process = self.process()
        return _variable(process, name) if process else None

    def start(self, command: Sequence[str | Path], environment: dict[str, str], account: Account | None = None) -> None:
        """Starts `command` in the project's folder, as another account if one is given.

        The log begins anew; the one before stays as `.log.1`.
        """
        for folder in (self.pid_file.parent, self.log.parent):
            folder.mkdir(parents=True, exist_ok=True)
        if self.log.exists():
            self.log.replace(f"{self.log}.1")
        with self.output.open("w") as output:
            started = subprocess.Popen(
                command,
                cwd=self.project.root,
                env=environment | {MARKER: self._marker, "TRUNKLINE_LOG": str(self.log)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **(account.switch() if account else {}),
            )
        self.pid_file.write_text(f"{started.pid}\n")
        while started.poll() is None and not self.process():  # the moment before it has the environment that it is known by
            time.sleep(0.001)

    def stop(self) -> bool:
        """Ends the process, then whatever it left behind; whether there was anything to end."""
        main, family = self.process(), self.family()
        if main:
            _end([main], self.farewell)
        _end(self.family(), self.farewell)
        self.pid_file.unlink(missing_ok=True)
        return bool(family)

    def status(self) -> Status:
        """The process as it is now."""
        process = self.process()
        return Status(
            self.name,
            process and process.pid,
            sum(map(_memory, self.family())),
            datetime.fromtimestamp(process.create_time(), UTC) if process else None,
        )

    def last_words(self) -> tuple[str, Path]:
        """The line that most likely says why it died, and the file that has it."""
        said = [(line.strip(), file) for file in (self.output, self.log) if file.exists() for line in file.read_text().splitlines()]
        said = [(line, file) for line, file in said if line and not LAUNCHER.match(line)]
        line, file = next((s for s in reversed(said) if TROUBLE.search(s[0])), said[-1] if said else ("it wrote nothing", self.output))
        return line[:300], file

    @property
    def _marker(self) -> str:
        return str(self.pid_file.resolve())


def _environment(process: psutil.Process) -> Mapping[str, str]:
    try:
        return process.environ()
    except (psutil.Error, OSError):  # another user's, the kernel's, or dead
        return {}


def _variable(process: psutil.Process, name: str) -> str | None:
    return _environment(process).get(name)


def _memory(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0


def _end(processes: Sequence[psutil.Process], farewell: signal.Signals) -> None:
    for process in processes:
        try:
            process.send_signal(farewell)
        except psutil.NoSuchProcess:
            continue
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE_SECONDS)
    for process in alive:
        process.kill()
    psutil.wait_procs(alive)
