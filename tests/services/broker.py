"""A Kafka broker that wants a login, over TLS."""

from collections.abc import Sequence
from pathlib import Path

from flink_jobs.local import jars, kafka
from flink_jobs.local.processes import Daemon
from flink_jobs.project import Project
from tests.end_to_end.workbench import Workbench
from tests.secure_kafka import SecureListeners
from tests.services.server import Server, home

USER = "lake"
ADDRESS = "  'properties.bootstrap.servers' = '${KAFKA_BOOTSTRAP_SERVERS}'"
LOGIN = f"""{ADDRESS},
  'properties.security.protocol' = 'SASL_SSL',
  'properties.sasl.mechanism' = 'SCRAM-SHA-512',
  'properties.sasl.jaas.config' = 'env:KAFKA_LOGIN',
  'properties.ssl.truststore.type' = 'PEM',
  'properties.ssl.truststore.certificates' = 'env:KAFKA_CA'"""


class Broker(Server):
    """The local Kafka with listeners for a login and for a certificate."""

    def __init__(self, project: Project) -> None:
        super().__init__(Daemon(project, "Kafka"))
        self.project = project
        self.listeners = SecureListeners.make(home(project, "certificates"))

    @property
    def options(self) -> dict[str, str]:
        """What a Java client is told; `flink_jobs.librdkafka` tells librdkafka."""
        return self.listeners.login(USER, self.secret)

    @property
    def variables(self) -> dict[str, str]:
        """Its address, as all catalog files want it, and two secrets for an environment that knows of them."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.options["bootstrap.servers"],
            "KAFKA_LOGIN": self.options["sasl.jaas.config"],
            "KAFKA_CA": self.options["ssl.truststore.certificates"],
        }

    def command(self) -> Sequence[str | Path]:
        """Kafka, with more listeners."""
        jars.fetch(self.project)
        return [*kafka.command(self.project), *self.listeners.options(self.project.settings)]

    def environment(self) -> dict[str, str]:
        """What its Java is told."""
        return self.listeners.variables

    def answers(self) -> bool:
        """Whether it answers at all."""
        return kafka.answers(self.project)

    def start(self) -> None:
        """Has it know the user, too."""
        super().start()
        self.listeners.admit(self.project.settings, USER, self.secret)

    def is_kafka_of(self, bench: Workbench, like: str) -> None:
        """Writes the environment of a workbench: as another one, but that Kafka is this, and wants a login."""
        catalog = bench.project.root / "catalog"
        text = (catalog / f"{like}.sql").read_text()
        assert text.count(ADDRESS) == 1
        (catalog / f"{bench.name}.sql").write_text(text.replace(ADDRESS, LOGIN))
        bench.kafka = self.options
