"""The broker that all variants read from."""

import shutil
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
    """An empty broker in `folder`, while the body runs; on the Kafka ports of this project's settings."""
    stack.KAFKA.daemon(Project(folder)).stop()  # of a benchmark that was killed
    shutil.rmtree(folder, ignore_errors=True)
    project = linked(here, folder, STACK)
    try:
        stack.up(project, [stack.KAFKA])
        yield Broker(f"127.0.0.1:{project.settings.kafka_port}", stack.KAFKA.daemon(project).process())
    finally:
        stack.down(project)
        shutil.rmtree(folder)
