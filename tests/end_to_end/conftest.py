import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.workbench import Workbench


@pytest.fixture(scope="module")
def workbench() -> Iterator[Workbench]:
    """Not in pytest's own folder, which is closed to other accounts: PostgreSQL, which refuses to run as root, could not get there."""
    with tempfile.TemporaryDirectory(prefix="trunkline-project-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        project = Path(folder)
        project.chmod(0o755)
        bench = Workbench(project)
        try:
            yield bench
        finally:
            bench.end()
