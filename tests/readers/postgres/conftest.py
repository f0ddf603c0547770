"""One PostgreSQL for the tests of this folder."""

from collections.abc import Iterator

import psycopg
import pytest

from flink_jobs.local import postgres, stack
from flink_jobs.project import Project
from readers.postgres.service import Service
from tests.readers.postgres.lakes import Writer, open_project
from tests.readers.postgres.samples import books_rows, stocks_rows, telecom_rows
from tests.readers.postgres.shop import FILES

SAMPLES = {"books": books_rows, "stocks": stocks_rows, "telecom": telecom_rows}


@pytest.fixture(scope="session")
def served() -> Iterator[Project]:
    """The three domains, small, in PostgreSQL."""
    with open_project() as project:
        try:
            for domain, rows in SAMPLES.items():
                writer = Writer(project, domain)
                writer.create("silver", "gold")
                writer.commit(rows())
            with Service(project) as service:
                assert [step.warnings for step in service.step()] == [[], [], []]
            yield project
        finally:
            stack.down(project)


@pytest.fixture(scope="module")
def project() -> Iterator[Project]:
    """A shop's project, whose PostgreSQL is stopped at the end."""
    with open_project(FILES) as project:
        try:
            yield project
        finally:
            stack.down(project)


def connect(project: Project, domain: str) -> psycopg.Connection:
    """A session of the owner of everything."""
    return psycopg.connect(postgres.connection_string(project), dbname=domain, autocommit=True)
