"""A copy of the project in a folder of its own, used as a person would: through its commands, on free ports."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from random import SystemRandom

import psutil
import pyarrow as pa
import pytest
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from bench.cost.variant import configure
from flink_jobs.cluster import Cluster
from flink_jobs.environment import LOCAL
from flink_jobs.lake import Lake
from flink_jobs.local import flink, stack
from flink_jobs.project import Project, Settings
from flink_jobs.snapshots import CHECKPOINT
from flink_jobs.topics import Topics

REPOSITORY = Path(__file__).parents[2]
LEFT_BEHIND = shutil.ignore_patterns(".git", ".venv", ".trunkline", "__pycache__", ".*_cache", ".hypothesis")
BIN = Path(sys.executable).parent


class Workbench:
    """A project of its own with a stack of its own, in an environment of `catalog/`."""

    def __init__(self, folder: Path, environment: str = LOCAL) -> None:
        shutil.copytree(REPOSITORY, folder, ignore=LEFT_BEHIND, dirs_exist_ok=True)
        self.project, self.name = Project(folder), environment
        ports = [name for name in Settings.model_fields if name.endswith("_port")]
        self.settings = {f"TRUNKLINE_{name.upper()}": str(port) for name, port in zip(ports, free_ports(len(ports)), strict=True)}
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("FLINK_", "PYFLINK_", "_python"))}
        self.environment = inherited | {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "TRUNKLINE_JARS": str(Project(REPOSITORY).jars),
            # `uv run` in a recipe uses this repository's environment as it is.
            "UV_PROJECT": str(REPOSITORY),
            "UV_NO_SYNC": "1",
            "COLUMNS": "200",
            "TRUNKLINE_ENV": environment,
            **self.settings,
        }
        self.kafka = {"bootstrap.servers": self.bootstrap}  # what a Java client is told
        self.started: list[subprocess.Popen[str]] = []

    def is_told(self, variables: dict[str, str], patch: pytest.MonkeyPatch) -> None:
        """Has its commands and the test itself, which reads its lake, know these variables."""
        self.environment |= variables
        for name, value in variables.items():
            patch.setenv(name, value)

    def keep_only(self, *domains: str) -> None:
        """Removes the SQL of the other domains."""
        for folder in self.project.domains:
            if folder.name not in domains:
                shutil.rmtree(folder)

    def run(self, *command: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end, with its output; any other exit code than expected fails the test with all that it said."""
        done = subprocess.run(command, cwd=self.project.root, env=self.environment, capture_output=True, text=True)
        assert done.returncode == expect, f"{' '.join(command)} exited with {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Starts a command."""
        process = subprocess.Popen(
            command, cwd=self.project.root, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.started.append(process)
        return process

    def start_serving(self, domain: str) -> subprocess.Popen[bytes]:
        """Starts `trunkline serve`, which says what it does in a log of its own."""
        self.project.logs.mkdir(parents=True, exist_ok=True)
        with (self.project.logs / "serve.log").open("ab") as log:
            command = ("trunkline", "serve", domain, "--every", "10")
            return subprocess.Popen(command, cwd=self.project.root, env=self.environment, stdout=log, stderr=subprocess.STDOUT)

    def end(self) -> None:
        """Ends all that runs, also what a test that failed has left."""
        for process in self.started:
            process.kill()
            process.wait()
        self.run("trunkline", "down")

    def trunkline(self, *arguments: str, expect: int = 0) -> str:
        """What `trunkline` prints, progress and summaries too."""
        done = self.run("trunkline", *arguments, expect=expect)
        return done.stdout + done.stderr

    @property
    def bootstrap(self) -> str:
        """Kafka's address."""
        return f"127.0.0.1:{self.settings['TRUNKLINE_KAFKA_PORT']}"

    @property
    def lake(self) -> Lake:
        """The stored tables."""
        return Lake.of(self.project, self.name)

    @property
    def cluster(self) -> Cluster:
        """Its Flink."""
        return Cluster(flink.url(self.project))

    @property
    def taskmanagers(self) -> set[str]:
        """The ids of those that its Flink knows."""
        return {manager["id"] for manager in self.cluster.get("/taskmanagers")["taskmanagers"]}

    def widths(self) -> dict[str, int]:
        """The parallelism of each running job's sources."""
        running = {job.name: self.cluster.get(f"/jobs/{job.id}") for job in self.cluster.jobs() if job.state == "RUNNING"}
        return {name: v["parallelism"] for name, job in running.items() for v in job["vertices"] if v["name"].startswith("Source:")}

    def restarts(self) -> int:
        """How often its jobs have begun again."""
        found = [self.cluster.get(f"/jobs/{job.id}/metrics?get=numRestarts") for job in self.cluster.jobs() if not job.ended]
        return sum(int(metric["value"]) for metrics in found for metric in metrics)

    def configure_flink(self, option: str, value: str) -> None:
        """Sets an option in its `stack/flink.yaml`."""
        configure(self.project.root / "stack" / "flink.yaml", option, value)

    def compile_quickly(self) -> None:
        """Has TaskManagers do without Java's second compiler: where they live for a minute or two, it takes a third of their CPU."""
        self.configure_flink("env.java.opts.taskmanager", r"-XX:TieredStopAtLevel=1 \g<1>")

    def stored(self, table: str) -> pa.Table:
        """Every row of a table, by pyiceberg."""
        return self.lake.find(table).iceberg.scan().to_arrow()

    def rows(self, table: str) -> int:
        """How many rows a table has."""
        found = self.lake.find(table)
        return found.rows if found else 0

    def wait_for_rows(self, table: str, rows: int) -> None:
        """Waits until a table has that many rows."""
        wait(lambda: self.rows(table) >= rows, f"{table} with {rows} rows")

    def wait_until_all_runs(self) -> None:
        """Waits until no task of any job has yet to begin."""

        def all_runs() -> bool:
            counts = [job["tasks"] for job in self.cluster.get("/jobs/overview")["jobs"]]
            return all(tasks["running"] + tasks["finished"] == tasks["total"] for tasks in counts)

        wait(all_runs, "every task of every job")

    def wait_until_caught_up(self, table: str, topic: str) -> None:
        """Waits until a table holds the last record of every partition."""
        topics = Topics(self.kafka)
        end = {partition: offset - 1 for partition, offset in topics.bounds(topic).items() if offset}
        wait(lambda: self.lake.reached(self.lake.find(table)) == end, f"{table} at the end of {topic}")

    def kill(self, *names: str) -> None:
        """`kill -9` of parts of the stack."""
        for process in stack.processes(self.project):
            if process.name in names:
                os.kill(process.pid, signal.SIGKILL)

    def kill_between_commits(self, tables: Sequence[str]) -> None:
        """`kill -9` of Flink at a moment when some of these tables of a job have a checkpoint that the others lack yet."""
        (taskmanager,) = (process.pid for process in stack.processes(self.project) if process.name == "TaskManager")

        def freezes_between_two() -> bool:
            before = self.metadata_files()
            wait(lambda: self.metadata_files() != before, "a commit", every=0.002)
            os.kill(taskmanager, signal.SIGSTOP)
            if len({self.lake.find(table).iceberg.current_snapshot().summary[CHECKPOINT] for table in tables}) > 1:
                return True
            os.kill(taskmanager, signal.SIGCONT)
            return False

        wait(freezes_between_two, "a moment between two commits", every=0)
        self.kill("JobManager", "TaskManager")

    def metadata_files(self) -> list[tuple[str]]:
        """Which metadata file of each table is current."""
        with closing(sqlite3.connect(f"file:{self.project.lake}/catalog.db?mode=ro", uri=True)) as catalog:
            return catalog.execute("SELECT metadata_location FROM iceberg_tables").fetchall()

    def leftovers(self) -> list[str]:
        """The command lines of processes that work in this project."""
        found = []
        for process in psutil.process_iter(["cmdline"]):
            command = " ".join(process.info["cmdline"] or [])
            if str(self.project.root) in command and process.pid != os.getpid():
                found.append(command)
        return found


def interrupt(command: subprocess.Popen[str]) -> None:
    """Ctrl-C, in whatever it does."""
    command.send_signal(signal.SIGINT)
    output, _ = command.communicate(timeout=60)
    assert command.returncode in (0, 130), output


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on now, and that no connection from here will have: those of Linux begin at 32768."""
    return list(islice(filter(is_free, SystemRandom().sample(range(10000, 32768), 1000)), count))


def is_free(port: int) -> bool:
    """Whether something could listen there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def wait(condition: object, what: str, seconds: float = 180, every: float = 0.5) -> None:
    """Waits until a condition holds."""
    try:
        Retrying(retry=retry_if_result(lambda holds: not holds), stop=stop_after_delay(seconds), wait=wait_fixed(every))(condition)
    except Exception as error:
        raise AssertionError(f"waited {seconds:g} seconds for {what}") from error


def diffs(markdown: Path) -> list[str]:
    """The ```diff blocks of a page."""
    return re.findall(r"```diff\n(.*?)```", markdown.read_text(), re.DOTALL)
