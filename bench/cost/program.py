"""The base of variants that are a program of their own instead of a job on Flink."""

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench.cost.variant import EVERYTHING, LAYERS, SHIPPED_ROOT, Run
from flink_jobs.errors import TrunklineError
from flink_jobs.local.processes import Daemon
from flink_jobs.project import Project


@dataclass
class Program(ABC):
    """One process, and what it starts. It works until it is ended."""

    name: str
    intent: str
    layers: Sequence[str] = LAYERS
    aside: Mapping[str, frozenset[str]] = field(default_factory=lambda: EVERYTHING)
    unjudged: frozenset[str] = frozenset()
    run: Run = field(init=False)

    @abstractmethod
    def command(self) -> Sequence[str | Path]:
        """What runs it."""

    @abstractmethod
    def stored(self) -> int:
        """Events that all its tables hold by now."""

    @abstractmethod
    def tables(self) -> Mapping[str, Sequence[Path]]:
        """The Parquet files that hold each layer's rows."""

    @property
    def daemon(self) -> Daemon:
        """The process of this run."""
        return Daemon(Project(self.run.folder), self.name)

    def environment(self) -> Mapping[str, str]:
        """What stands in its environment besides."""
        return {}

    def start(self, run: Run) -> None:
        """Starts it."""
        self.run = run
        self.daemon.start(self.command(), os.environ | {"PYTHONPATH": str(SHIPPED_ROOT)} | self.environment())

    def processes(self) -> list[psutil.Process]:
        """It, and what descends from it."""
        process = self.daemon.process()
        return [process, *process.children(recursive=True)] if process else []

    def committed(self) -> int:
        """Events that all its tables hold by now; TrunklineError when it has died."""
        if not self.daemon.process():
            line, file = self.daemon.last_words()
            raise TrunklineError(f"{self.name} has ended: {line}", f"see {file}")
        return self.stored()

    def stop(self) -> None:
        """Ends it."""
        self.daemon.stop()
