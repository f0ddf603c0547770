"""A short profile of a run: the TaskManager records itself with JFR, and py-spy samples the Python workers once they are warm."""

import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from bench.cost.measure import PYTHON, group_of
from bench.cost.variant import RECORDING, Variant
from flink_jobs.errors import TrunklineError

STILL_SECONDS = 60


@dataclass
class Profiler:
    """Of one run, from its warm-up on: `files` are there after `stop`."""

    variant: Variant
    samplers: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self) -> None:
        """Begins to sample the Python processes."""
        for process in self.variant.processes():
            if group_of(process) == PYTHON and process.name().startswith("python"):
                self.samplers.append(self._sampler(process.pid))

    def _sampler(self, pid: int) -> subprocess.Popen[str]:
        spy = Path(sys.executable).with_name("py-spy")
        command = [spy, "record", "--pid", str(pid), "--format", "speedscope", "--output", self.variant.run.folder / f"python-{pid}.json"]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def stop(self) -> None:
        """Has the samplers write what they have. A TrunklineError if one could not sample."""
        for sampler in self.samplers:
            sampler.send_signal(signal.SIGINT)
        for sampler in self.samplers:
            _, said = sampler.communicate(timeout=STILL_SECONDS)
            if sampler.returncode:
                what = f"py-spy can't sample {self.variant.name}'s Python: {said.strip() or f'exit code {sampler.returncode}'}"
                raise TrunklineError(what, "if it may not look into other processes, run as root or `sysctl kernel.yama.ptrace_scope=0`")

    def files(self) -> list[Path]:
        """What was recorded."""
        return sorted([*self.variant.run.folder.glob("python-*.json"), *self.variant.run.folder.glob(RECORDING)])
