"""The broker that all variants read from: one for all runs, its records kept for the next time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.runs import STACK, linked
from flink_jobs.local import stack
from flink_jobs.project import Project


@dataclass(frozen=True)
class Broker:
    """A broker that runs."""

    bootstrap: str
    process: psutil.Process


@contextmanager
def broker(here: Project, folder: Path) -> Iterator[Broker]:
    """The broker whose records are in `folder`, while the body runs; on the Kafka ports of this project's settings."""
    project = linked(here, folder, STACK)
    try:
        stack.up(project, [stack.KAFKA])
        yield Broker(f"127.0.0.1:{project.settings.kafka_port}", stack.KAFKA.daemon(project).process())
    finally:
        stack.down(project)
