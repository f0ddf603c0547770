"""A variant that is a program of its own: found with what it starts, and missed when it has died."""

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from bench.cost.program import Program
from bench.cost.variant import Run
from flink_jobs.errors import TrunklineError

PARENT = """
import subprocess, sys
child = subprocess.Popen(["sleep", "60"])
if len(sys.argv) > 1:
    sys.exit("ValueError: no such topic")
child.wait()
"""


class Sleeper(Program):
    """Starts a process, and waits or fails."""

    failing: Sequence[str] = ()

    def command(self) -> Sequence[str | Path]:
        return [sys.executable, "-c", PARENT, *self.failing]

    def stored(self) -> int:
        return 7

    def tables(self) -> Mapping[str, Sequence[Path]]:
        return {}


def started(variant: Program, folder: Path) -> Program:
    variant.start(Run("127.0.0.1:1", {"bronze": 7}, folder))
    return variant


def test_it_and_what_it_started_are_found_and_ended(tmp_path: Path) -> None:
    variant = started(Sleeper("sleeper", ""), tmp_path)
    while len(variant.processes()) < 2:
        assert variant.committed() == 7
    family = variant.processes()
    variant.stop()
    assert not any(process.is_running() and process.status() != "zombie" for process in family)


def test_one_that_died_says_why(tmp_path: Path) -> None:
    variant = Sleeper("sleeper", "")
    variant.failing = ("fail",)
    started(variant, tmp_path)
    try:
        while variant.daemon.process():
            time.sleep(0.01)
        with pytest.raises(TrunklineError, match=r"sleeper has ended: ValueError: no such topic; see .*sleeper\.out"):
            variant.committed()
        assert variant.processes() == []
    finally:
        variant.stop()
