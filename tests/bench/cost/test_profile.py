"""What is said when Python can't be sampled."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.cost.profile import Profiler
from flink_jobs.errors import TrunklineError


def test_what_is_not_there_can_not_be_sampled(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    profiler = Profiler(SimpleNamespace(name="python", run=SimpleNamespace(folder=tmp_path)))
    profiler.samplers.append(profiler._sampler(ended.pid))
    with pytest.raises(TrunklineError, match="py-spy can't sample python's Python: "):
        profiler.stop()
