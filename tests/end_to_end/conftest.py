from collections.abc import Iterator

import pytest

from tests.end_to_end.workbench import Workbench


@pytest.fixture(scope="module")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    bench = Workbench(tmp_path_factory.mktemp("project"))
    try:
        yield bench
    finally:
        bench.run("trunkline", "down")
