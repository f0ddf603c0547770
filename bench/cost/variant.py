"""What is measured: ways to do the same work, each behind the same few methods, and the base of those that run on Flink.

A **variant** reads the Kafka topic `calls` from the beginning and writes it to an empty lake of its own, with processes of its own:

* bronze: each record as it came, with its key and coordinates;
* silver: one row a record, typed, with what is wrong with it; the 22 columns of `sql/telecom/silver/calls.sql`, its rules and their order;
* gold: one row for each accepted call, with its keys; the 29 columns of `sql/telecom/gold/fact_calls.sql`.

All do all of it, unless their intent says otherwise. The rule against duplicates needs state: `python`, as shipped, has it, all that are
compared with each other have not. No id comes twice in the topic, so the oracle is the same for all.

Variants commit every two seconds, which is what is shipped, unless the run or they themselves say otherwise; ours less often where a commit
takes long, Spark's batches one after the other: its rows are then as young as they get.

To add one: make a `Variant` (on Flink: an instance or a subclass of `FlinkVariant`) and name it in `bench/cost/variants.py`.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import psutil
from pyiceberg.table import Table

from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake
from flink_jobs.local import flink, stack
from flink_jobs.local.processes import Daemon
from flink_jobs.project import Project

INSERTS = {
    "bronze": "telecom.bronze.calls SELECT * FROM bronze_calls",
    "silver": "telecom.silver.calls SELECT * FROM silver_calls",
    "gold": "telecom.gold.fact_calls SELECT * FROM fact_calls",
}
LAYERS = tuple(INSERTS)
EVERYTHING: Mapping[str, frozenset[str]] = {}
SHIPPED = (
    *("catalog", "formats", "stack", "udfs", "jars.lock"),
    *(f"sql/telecom/{file}.sql" for file in ("sources/calls", "bronze/calls", "silver/calls", "gold/fact_calls")),
)
CATALOG, KIND = "catalog/local.sql", "'type' = 'iceberg',"  # what the options of a catalog begin with
INTERVAL, PAUSE = "execution.checkpointing.interval", "execution.checkpointing.min-pause"
HELD = {"heartbeat.timeout": "5 min", "pekko.ask.timeout": "5 min"}  # a cluster that is held until its topic is full is not lost
AS_IT_WAS = "{as it was}"
RECORDING = "taskmanager.jfr"
TOPIC = "calls"
SHIPPED_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Run:
    """One measurement of one variant."""

    bootstrap: str  # Kafka's address, host:port
    rows: Mapping[str, int]  # layer -> how many rows it has when all events are in it; and `json`, see `Expectation.rows`
    folder: Path  # empty; all that is written goes there
    commit_seconds: float | None = None  # how often to commit; None: as often as the variant does by itself
    profile: bool = False  # whether the TaskManager records itself, into `folder / RECORDING`

    @property
    def events(self) -> int:
        """How many records the topic has in the end."""
        return self.rows["bronze"]

    def events_in(self, stored: Mapping[str, int]) -> int:
        """Events that all these layers hold, by their rows: a layer of which half the rows are there holds half the events."""
        return min(rows * self.events // self.rows[layer] for layer, rows in stored.items())


class Variant(Protocol):
    """One way to do the work."""

    name: str
    intent: str  # one line for reports
    layers: Sequence[str]  # which tables it writes
    aside: Mapping[str, frozenset[str]]  # layer -> columns that the oracle does not compare, for they differ or are not there
    unjudged: frozenset[str]  # rejections that it does not know: in silver and gold, the oracle passes over the rows of such records
    run: Run

    def start(self, run: Run) -> None:
        """Starts all of it; returns when it was started."""

    def processes(self) -> list[psutil.Process]:
        """All that run for it, children included, but for the broker."""

    def committed(self) -> int:
        """Events that all its tables hold by now; the number of events at the end, exactly. It is asked four times a second."""

    def tables(self) -> Mapping[str, Sequence[Path]]:
        """The Parquet files that hold each layer's rows. It is asked after `stop`."""

    def stop(self) -> None:
        """Ends all its processes; also those of a start that failed."""


@dataclass(frozen=True)
class Edit:
    """A change to a shipped file: one text in place of another, which must be there, once."""

    file: str
    old: str
    new: str

    def apply(self, root: Path) -> None:
        """Changes the copy of the file under `root`."""
        file = root / self.file
        text = file.read_text()
        if text.count(self.old) != 1:
            what = f"{self.file} does not hold {self.old!r} once, so this variant can't be made from it"
            raise TrunklineError(what, "write the text as it is now into bench/cost/")
        file.write_text(text.replace(self.old, self.new))


@dataclass
class FlinkVariant:
    """A job on a Flink cluster of its own: a copy of what is shipped for calls, with files of `overlay` instead or besides, and edited.

    `overlay` is a folder laid out as a project: `sql/telecom/silver/calls.sql`, `catalog/local.sql`, `stack/flink.yaml`, ...
    A subclass whose job is no SQL file has its own `submit`; one whose tables hold other rows has its own `committed`.
    """

    name: str
    intent: str
    layers: Sequence[str] = LAYERS
    overlay: Path | None = None
    edits: Sequence[Edit] = ()
    options: Mapping[str, str] = field(default_factory=dict)  # Flink's, in place of those that are shipped
    properties: Mapping[str, str] = field(default_factory=dict)  # of all tables, likewise
    aside: Mapping[str, frozenset[str]] = field(default_factory=lambda: EVERYTHING)
    unjudged: frozenset[str] = frozenset()
    run: Run = field(init=False)
    lake: Lake = field(init=False)

    @property
    def project(self) -> Project:
        """The project of this run."""
        return Project(self.run.folder)

    def start(self, run: Run) -> None:
        """Starts a cluster and submits the job."""
        self.run = run
        self.lay_out()
        self.lake = Lake.of(self.project)
        stack.up(self.project, stack.FLINK)
        self.submit()

    def lay_out(self) -> None:
        """Writes the project."""
        root = self.run.folder
        for name in SHIPPED:
            copy(name, root)
        jobs = root / "sql/telecom/jobs"
        jobs.mkdir()
        for name, text in self.jobs().items():
            (jobs / f"{name}.sql").write_text(text)
        if self.overlay:
            shutil.copytree(self.overlay, root, dirs_exist_ok=True)
        for edit in self.edits:
            edit.apply(root)
        configuration = root / "stack" / "flink.yaml"
        for option, value in {**HELD, **self.options}.items():
            configure(configuration, option, value)
        for name, value in self.properties.items():
            give(root, name, value)
        if self.run.commit_seconds:
            configure(configuration, INTERVAL, f"{self.run.commit_seconds * 1000:.0f} ms")
            configure(configuration, PAUSE, "0 ms")
        if self.run.profile:
            recorder = f"-XX:StartFlightRecording=settings=profile,dumponexit=true,filename={root / RECORDING}"
            configure(configuration, "env.java.opts.taskmanager", f"{recorder} {AS_IT_WAS}")
        self.project.state.mkdir()
        (self.project.state / "jars").symlink_to(Project(SHIPPED_ROOT).jars.resolve())

    def settles(self, name: str, *, of_tables: bool = False) -> bool:
        """Whether an option of Flink, or a property `of_tables`, is said where it counts for more than what is given from outside."""
        fixed = flink.LOOPBACK | flink.of_this_machine(Project(SHIPPED_ROOT))
        return not of_tables and (name in fixed or any(name in text for text in self.sets()))

    def sets(self) -> Iterable[str]:
        """What is run with the job, and may SET options of Flink."""
        return [(SHIPPED_ROOT / "catalog/common.sql").read_text(), *self.jobs().values()]

    def jobs(self) -> Mapping[str, str]:
        """The job files, by name: one that feeds its layers."""
        inserts = "".join(f"  INSERT INTO {INSERTS[layer]};\n" for layer in self.layers)
        return {"calls": f"SET 'table.exec.state.ttl' = '24 h';\n\nEXECUTE STATEMENT SET BEGIN\n{inserts}END;\n"}

    def submit(self) -> None:
        """Has the cluster run the job."""
        self.call([Path(sys.executable).with_name("trunkline"), "deploy", "telecom"])

    def call(self, command: Sequence[str | Path], environment: Mapping[str, str] = os.environ) -> None:
        """Runs a program in the project's folder, with Kafka's address in its environment; its last line is the error if it fails."""
        environment = {**environment, "KAFKA_BOOTSTRAP_SERVERS": self.run.bootstrap}
        done = subprocess.run(command, cwd=self.run.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            said = done.stdout.strip().splitlines() or ["it said nothing"]
            raise TrunklineError(f"{self.name}: `{Path(command[0]).name}` failed: {said[-1]}", f"see {self.project.logs}")

    def processes(self) -> list[psutil.Process]:
        """The JobManager, the TaskManager, and its Python workers. A TrunklineError if one of the first two has ended."""
        main = [self.main_process(service.daemon(self.project)) for service in stack.FLINK]
        return [*main, *(child for process in main for child in process.children(recursive=True))]

    def main_process(self, daemon: Daemon) -> psutil.Process:
        """That of one part of the cluster."""
        if process := daemon.process():
            return process
        words, file = daemon.last_words()
        raise TrunklineError(f"{self.name}: the {daemon.name} has ended: {words}", f"see {file}")

    def committed(self) -> int:
        """By the rows that each table's newest snapshot counts."""
        return self.run.events_in({layer: self.stored(layer) for layer in self.layers})

    def stored(self, layer: str) -> int:
        """Rows of a layer's table."""
        table = self.lake.find(self.table(layer))
        return table.rows if table else 0

    def table(self, layer: str) -> str:
        """The three-word name of a layer's table."""
        return table_of(layer)

    def tables(self) -> Mapping[str, Sequence[Path]]:
        """The data files of each table's newest snapshot."""
        return {layer: self.files(layer) for layer in self.layers}

    def files(self, layer: str) -> list[Path]:
        """Those of one table."""
        table = self.lake.find(self.table(layer))
        return data_files(table.iceberg) if table else []

    def stop(self) -> None:
        """Ends the cluster; the job is not asked."""
        stack.down(self.project)


def table_of(layer: str) -> str:
    """The three-word name of a layer's table as shipped."""
    return INSERTS[layer].partition(" ")[0]


def data_files(table: Table) -> list[Path]:
    """Those of a table's snapshot, on this machine."""
    return [Path(task.file.file_path.removeprefix("file:")) for task in table.scan().plan_files()]


def copy(name: str, root: Path) -> None:
    """Copies a file or folder of what is shipped to its place under `root`."""
    source, target = SHIPPED_ROOT / name, root / name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)


def configure(configuration: Path, option: str, value: str) -> None:
    """Sets an option of Flink in its configuration; in the value, AS_IT_WAS stands for what it was, or nothing."""
    text = configuration.read_text()
    if not re.search(rf"^{re.escape(option)}:", text, re.MULTILINE):
        text += f"{option}: \n"

    def changed(line: re.Match[str]) -> str:
        return f"{option}: {value.replace(AS_IT_WAS, line[1])}"

    configuration.write_text(re.sub(rf"^{re.escape(option)}: ?(.*)$", changed, text, flags=re.MULTILINE))


def give(root: Path, name: str, value: str) -> None:
    """Gives all tables a property, in place of one of that name."""
    option = f"'table-default.{name}' = '{value}'"
    known = re.search(rf"'table-default\.{re.escape(name)}' = '[^']*'", (root / CATALOG).read_text())
    (Edit(CATALOG, known[0], option) if known else Edit(CATALOG, KIND, f"{KIND}\n  {option},")).apply(root)
