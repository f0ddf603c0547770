"""A Kafka broker of its own for tests."""

from collections.abc import Iterator
from contextlib import contextmanager

from flink_jobs.local import flink, jars, kafka
from flink_jobs.local.processes import Daemon
from flink_jobs.project import Project


@contextmanager
def broker(project: Project) -> Iterator[None]:
    """The project's broker is started, and stopped at the end; it may not answer yet."""
    jars.fetch(project)
    daemon = Daemon(project, "Kafka")
    daemon.start(kafka.command(project), flink.environment(project))
    try:
        yield
    finally:
        daemon.stop()
