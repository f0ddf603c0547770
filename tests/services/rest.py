"""An Iceberg REST catalog with a login: the one that Iceberg's own clients are tested with, over catalogs in an SQLite file.

`python -m tests.services.rest` writes the lock of its jars anew.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import requests

from flink_jobs.catalogs import JDBC_CATALOG
from flink_jobs.local import compiler, jars
from flink_jobs.local.java import java_home
from flink_jobs.local.processes import Daemon
from flink_jobs.project import Annex, Project
from flink_jobs.storage import is_remote
from tests.end_to_end.workbench import free_ports
from tests.services.server import Server, home

HERE = Path(__file__).parent / "rest"
LOCK = Annex(HERE)
WANTED = {
    "rest": jars.Group(
        (
            "commons-logging:commons-logging:1.3.5",
            "org.apache.hadoop:hadoop-client-api:3.4.3",
            "org.apache.hadoop:hadoop-client-runtime:3.4.3",
            "org.apache.httpcomponents:httpcore:4.4.16",
            "org.apache.iceberg:iceberg-core:1.11.0",
            "org.apache.iceberg:iceberg-core:1.11.0:tests",
            "org.eclipse.jetty.ee10:jetty-ee10-servlet:12.1.8",
            "org.slf4j:slf4j-api:2.0.17",
            "org.slf4j:slf4j-simple:2.0.17",
            "org.xerial:sqlite-jdbc:3.53.0.0",
        ),
        transitive=True,
    ),
    jars.S3: jars.Group(
        ("dev.failsafe:failsafe:3.3.2", "org.apache.iceberg:iceberg-aws:1.11.0", "org.apache.iceberg:iceberg-aws-bundle:1.11.0")
    ),
}
JAVA_OPTIONS = ("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
CLIENT = "trunkline"
SCOPE = "catalog"


class RestCatalog(Server):
    """A warehouse for each name: its tables are in `location`/name, its options `storage` besides where the catalog is."""

    def __init__(self, project: Project, warehouses: Iterable[str], location: str, storage: Mapping[str, str]) -> None:
        super().__init__(Daemon(project, "REST"))
        self.home = home(project, "rest")
        self.warehouses, self.location, self.storage = tuple(warehouses), location, storage
        (self.port,) = free_ports(1)
        self.credential = f"{CLIENT}:{self.secret}"
        self.token = hashlib.sha256(self.credential.encode()).hexdigest()

    @property
    def uri(self) -> str:
        """Where clients begin."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def variables(self) -> dict[str, str]:
        """Those of catalog/rest.sql."""
        return {
            "ICEBERG_REST_URI": self.uri,
            "ICEBERG_REST_CREDENTIAL": self.credential,
            "ICEBERG_REST_OAUTH2_URI": f"{self.uri}/v1/oauth/tokens",
            "ICEBERG_REST_SCOPE": SCOPE,
        }

    @property
    def secrets(self) -> set[str]:
        """The token that it gives for the credential, too."""
        return {self.secret, self.token}

    def command(self) -> Sequence[str | Path]:
        """Java, with what is secret in a file."""
        groups = ["rest", *([jars.S3] if is_remote(self.storage) else [])]
        jars.fetch(LOCK, groups)
        libraries = [jar for group in groups for jar in jars.paths(LOCK, group)]
        repository = Project.find(HERE)
        server = compiler.build(repository, HERE, repository.state / "services" / "rest.jar", libraries)
        settings = self.home / "settings.json"
        settings.touch(mode=0o600)
        settings.write_text(json.dumps(self._settings()))
        classes = ":".join(map(str, [server, *libraries]))
        return [java_home() / "bin" / "java", *JAVA_OPTIONS, "-cp", classes, "org.apache.iceberg.rest.CatalogServer", settings]

    def answers(self) -> bool:
        """Whether it refuses who has no token."""
        try:
            return requests.get(f"{self.uri}/v1/config", timeout=5).status_code == requests.codes.unauthorized
        except requests.ConnectionError:
            return False

    def _settings(self) -> dict[str, object]:
        catalog = {
            "catalog-impl": JDBC_CATALOG,
            "uri": f"jdbc:sqlite:{self.home}/catalog.db?journal_mode=WAL&busy_timeout=30000",
            "jdbc.schema-version": "V1",
        }
        warehouses = {name: catalog | self.storage | {"warehouse": f"{self.location}/{name}"} for name in self.warehouses}
        return {"port": self.port, "credential": self.credential, "token": self.token, "warehouses": warehouses}


if __name__ == "__main__":
    jars.lock(LOCK, WANTED, "tests.services.rest")
