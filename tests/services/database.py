"""A PostgreSQL for the catalog of catalog/postgres.sql."""

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg import sql

from flink_jobs.local import postgres
from flink_jobs.local.processes import Account, Daemon
from flink_jobs.project import Project
from tests.services.server import Server

NAME = "lake"  # of the user and of the database
# Whatever commits to a table has a connection. What a catalog forgets in a crash can't be read again from a lake, as readers' rows can.
OPTIONS = ("-c", "max_connections=500", "-c", "synchronous_commit=on")


class Database(Server):
    """The local PostgreSQL with a user and a database of its own."""

    def __init__(self, project: Project) -> None:
        super().__init__(Daemon(project, "PostgreSQL", signal.SIGINT))
        self.project = project

    @property
    def variables(self) -> dict[str, str]:
        """Those of catalog/postgres.sql."""
        address = f"127.0.0.1:{self.project.settings.postgres_port}"
        return {"POSTGRES_ADDRESS": address, "POSTGRES_USER": NAME, "POSTGRES_PASSWORD": self.secret}

    def command(self) -> Sequence[str | Path]:
        """The server, as `trunkline serve` starts it but for a few options."""
        return [*postgres.command(self.project), *OPTIONS]

    def account(self) -> Account | None:
        """PostgreSQL refuses to be root."""
        return postgres.account()

    def answers(self) -> bool:
        """Whether its owner can connect."""
        return postgres.answers(self.project)

    def dump(self, file: Path) -> None:
        """Writes the whole catalog to a file."""
        self._run("pg_dump", "--format=custom", f"--file={file}", NAME)

    def restore(self, file: Path) -> None:
        """Has the catalog as it was."""
        self._run("pg_restore", "--clean", f"--dbname={NAME}", file)

    def _run(self, name: str, *arguments: str | Path) -> None:
        host, port = self.variables["POSTGRES_ADDRESS"].split(":")
        login = {"PGHOST": host, "PGPORT": port, "PGUSER": NAME, "PGPASSWORD": self.secret}
        subprocess.run([postgres.program(name), *arguments], env=os.environ | login, check=True)

    def start(self) -> None:
        """The first time, makes the user and the database."""
        super().start()
        with psycopg.connect(postgres.connection_string(self.project), dbname="postgres", autocommit=True) as owner:
            if not owner.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME]).fetchone():
                name, password = sql.Identifier(NAME), sql.Literal(self.secret)
                owner.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(name, password))
                owner.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, name))
