import re
from pathlib import Path

import pytest

from flink_jobs.cluster import Cluster, root_cause
from flink_jobs.errors import TrunklineError

TRACES = sorted((Path(__file__).parent / "data" / "stack_traces").glob("*.txt"))


@pytest.mark.parametrize("file", TRACES, ids=lambda file: file.stem)
def test_root_cause(file: Path) -> None:
    """A file holds the expected line, a blank line, then the stack trace as Flink gave it."""
    expected, trace = file.read_text().split("\n\n", 1)
    assert root_cause(trace) == expected


def test_no_cluster() -> None:
    with pytest.raises(TrunklineError, match=re.escape("no Flink cluster answers at http://127.0.0.1:1; start it with `trunkline up`")):
        Cluster("http://127.0.0.1:1").jobs()
