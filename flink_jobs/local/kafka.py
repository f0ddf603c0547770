"""The local Kafka broker: one KRaft node that keeps its data in `.trunkline/kafka`."""

import os
import subprocess
from base64 import urlsafe_b64encode
from pathlib import Path
from uuid import uuid4

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from flink_jobs.errors import TrunklineError
from flink_jobs.local import jars
from flink_jobs.local.java import java_home
from flink_jobs.project import Project


def command(project: Project) -> list[str]:
    """The command that runs the broker in the foreground; its configuration is written and its data folder formatted first."""
    configuration, data = _folder(project) / "server.properties", _folder(project) / "data"
    data.mkdir(parents=True, exist_ok=True)
    configuration.write_text(_configuration(project, data))
    if not (data / "meta.properties").exists():
        _format(project, configuration)
    return [*_java(project), f"-Xmx{project.settings.kafka_memory}", "kafka.Kafka", str(configuration)]


def answers(project: Project) -> bool:
    """Whether the broker answers."""
    try:
        AdminClient({"bootstrap.servers": f"127.0.0.1:{project.settings.kafka_port}", "log_level": 0}).list_topics(timeout=1)
    except KafkaException:
        return False
    return True


def _folder(project: Project) -> Path:
    return project.state / "kafka"


def _configuration(project: Project, data: Path) -> str:
    broker, controller = f"127.0.0.1:{project.settings.kafka_port}", f"127.0.0.1:{project.settings.kafka_controller_port}"
    # The voters stand here, not in the formatted data, so that the data outlives a change of ports.
    return f"""{(project.root / "stack" / "kafka.properties").read_text()}
listeners=PLAINTEXT://{broker},CONTROLLER://{controller}
controller.quorum.voters=1@{controller}
log.dirs={data}
"""


def _format(project: Project, configuration: Path) -> None:
    cluster_id = urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")
    formatting = [*_java(project), "kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}", f"--config={configuration}"]
    done = subprocess.run(formatting, env=os.environ | {"TRUNKLINE_LOG_TO": "Console"}, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise TrunklineError(f"Kafka cannot format {configuration.parent / 'data'}: {lines[-1] if lines else 'no reason given'}")


def _java(project: Project) -> list[str]:
    logging = f"-Dlog4j2.configurationFile={project.root / 'stack' / 'log4j.properties'}"
    return [str(java_home() / "bin" / "java"), logging, "-cp", ":".join(map(str, jars.paths(project, "kafka")))]
