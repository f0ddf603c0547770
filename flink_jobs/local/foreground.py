"""What a container runs, in the foreground: `trunkline-container TaskManager -D name=value`, or any other command.

A part of the stack writes its configuration first. Other commands find Flink's programs and paths in their environment. Beside the
log stands which Python there is: a deploy from elsewhere looks there.
"""

import os
import sys

from flink_jobs import interpreters
from flink_jobs.environment import LOCAL
from flink_jobs.local import flink
from flink_jobs.local.stack import SERVICES
from flink_jobs.project import Project


def run(name: str, *arguments: str) -> None:
    """Becomes Kafka, the JobManager, the TaskManager or another command; `$NAME` in an argument of the first three is filled in."""
    project = Project.find()
    environment = flink.environment(project)
    environment |= {"TRUNKLINE_LOG_TO": "Console", "PATH": f"{flink.HOME / 'bin'}{os.pathsep}{environment['PATH']}"}
    services = {service.name: service for service in SERVICES}
    command = [name, *arguments]
    interpreters.write(project.logs)
    if name in services:
        flink.prepare(project, os.environ.get("TRUNKLINE_ENV", LOCAL))
        command = [*services[name].command(project), *map(os.path.expandvars, arguments)]
    os.execvpe(command[0], command, environment)  # noqa: S606


def main() -> None:
    """The entry point of the image."""
    run(*sys.argv[1:])
