"""The population, in a lake and in PostgreSQL, once for all tests of this folder."""

from collections.abc import Iterator

import pytest

from flink_jobs.local import stack
from flink_jobs.project import Project
from tests.readers.privacy.population import Search, personal_values, populated

KEY = "a key that is known to these tests only"


@pytest.fixture(scope="session")
def population() -> Iterator[Project]:
    with populated() as project:
        try:
            (project.state / "masking.key").write_text(KEY)
            yield project
        finally:
            stack.down(project)


@pytest.fixture(scope="session")
def search() -> Search:
    return Search(personal_values())
