"""Runs one part of the stack in the foreground, as a container does: `python -m flink_jobs.local.foreground JobManager -D name=value`."""

import os
import sys

from flink_jobs.environment import LOCAL
from flink_jobs.local import flink
from flink_jobs.local.stack import SERVICES
from flink_jobs.project import Project


def run(name: str, *options: str) -> None:
    """Becomes Kafka, the JobManager or the TaskManager, with its own command line options."""
    project = Project.find()
    flink.prepare(project, os.environ.get("TRUNKLINE_ENV", LOCAL))
    command = [*{service.name: service.command for service in SERVICES}[name](project), *options]
    os.execvpe(command[0], command, flink.environment(project) | {"TRUNKLINE_LOG_TO": "Console"})  # noqa: S606


if __name__ == "__main__":
    run(*sys.argv[1:])
