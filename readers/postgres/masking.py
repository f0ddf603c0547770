"""What is masked in PostgreSQL, and the key that it is masked with; the key itself stays in DuckDB."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from flink_jobs.project import Project
from readers.model import Model, Table
from readers.privacy import Privacy, privacy
from readers.pseudonyms import MaskingKey


@dataclass(frozen=True)
class Masking:
    """A domain's privacy under a masking key."""

    privacy: Privacy
    key: MaskingKey

    @property
    def fingerprint(self) -> str:
        """Another one means that what is masked must be masked anew: the key has changed, or what is personal."""
        personal = sorted((name, sorted(columns)) for name, columns in self.personal.items())
        return hashlib.sha256(f"{self.key.fingerprint} {personal}".encode()).hexdigest()

    @property
    def personal(self) -> Mapping[str, frozenset[str]]:
        """The personal columns of each table and view that may be shown, by three-word name."""
        return self.privacy.personal

    def select_list(self, table: Table) -> str:
        """What to SELECT, in DuckDB, of something with a table's columns."""
        return self.privacy.select_list(table)

    def register(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Gives a connection the function that such a list calls."""
        self.key.register_for_bulk(connection)


def masking(project: Project, model: Model, environment: str) -> Masking:
    """How a domain is masked in an environment; TrunklineError without a key there, ProjectError where it is unclear what is personal."""
    return Masking(privacy(model), MaskingKey.of(project, environment))
