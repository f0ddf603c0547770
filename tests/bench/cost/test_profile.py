"""What is said when Python can't be sampled."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from bench.cost.profile import Profiler
from flink_jobs.errors import TrunklineError


def test_a_sampler_that_fails_says_why() -> None:
    program = "import sys; sys.exit('Permission denied')"
    failed = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True)
    failed.wait()
    with pytest.raises(TrunklineError, match="py-spy can't sample python's Python: Permission denied"):
        Profiler(SimpleNamespace(name="python"), [failed]).stop()
