"""What is made of the Python that a worker says it has. Whether one says so needs a cluster: `trunkline doctor --workers`."""

import json
from importlib.metadata import version
from platform import python_version

import pytest

from flink_jobs.errors import TrunklineError
from flink_jobs.workers import asker, verdict

HERE = {"host": "w1", "python": python_version(), "flink": version("apache-flink"), "problem": ""}


def test_a_worker_tells_what_it_is() -> None:
    told = json.loads(asker()("udfs.keys"))
    assert told == HERE | {"host": told["host"]}
    assert json.loads(asker()("udfs.none"))["problem"] == "ModuleNotFoundError: No module named 'udfs.none'"


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"problem": "ModuleNotFoundError: No module named 'pandas'"}, r"a worker on w1 can't import udfs.flink: Module.*; give its image"),
        ({"flink": "2.0.0"}, r"a worker on w1 has PyFlink 2.0.0, not "),
        ({"python": "3.9.1"}, r"a worker on w1 has Python 3.9.1, not "),
    ],
)
def test_a_worker_that_can_not_run_the_functions_is_named(told: dict[str, str], says: str) -> None:
    with pytest.raises(TrunklineError, match=says):
        verdict(HERE | told)


def test_a_worker_as_here_is_right() -> None:
    assert verdict(HERE | {"python": ".".join(python_version().split(".")[:2]) + ".99"}).endswith("it imports udfs.flink")
