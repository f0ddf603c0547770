"""Which Python a TaskManager has: its container says so in a file beside its log, where Flink's REST endpoint shows it."""

from collections.abc import Mapping
from importlib.metadata import packages_distributions, version
from pathlib import Path
from pkgutil import iter_modules
from platform import python_version

from pydantic import BaseModel

from flink_jobs.cluster import Cluster
from flink_jobs.errors import TrunklineError

FILE = "python.json"
ASKED = 4  # TaskManagers, for all of a cluster have one image
FIX = "give its image the packages of uv.lock"


class Interpreter(BaseModel, frozen=True):
    """A Python: the versions of itself and of PyFlink, and the top-level modules that can be imported."""

    python: str
    flink: str
    modules: frozenset[str] = frozenset()

    def insist(self, at: str, modules: Mapping[str, str]) -> None:
        """TrunklineError where it can't run functions as they are sent from here, with `modules` by who imports each."""
        if lacking := sorted(modules.keys() - self.modules):
            raise TrunklineError(f"{at} has no Python module {lacking[0]}, which {modules[lacking[0]]} imports", FIX)
        if self.flink != version("apache-flink"):
            raise TrunklineError(f"{at} has PyFlink {self.flink}, not {version('apache-flink')}", FIX)
        if self.python.split(".")[:2] != python_version().split(".")[:2]:
            raise TrunklineError(f"{at} has Python {self.python}, not {python_version()}", "functions are sent as one Python writes them")


def write(folder: Path) -> None:
    """Writes what this Python is to a folder of logs."""
    modules = {module.name for module in iter_modules()} | packages_distributions().keys()
    here = Interpreter(python=python_version(), flink=version("apache-flink"), modules=modules)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(here.model_dump_json())


def told(cluster: Cluster) -> dict[str, Interpreter]:
    """What some TaskManagers say, by their ids; those of another image say nothing."""
    asked = {manager["id"]: f"/taskmanagers/{manager['id']}/logs" for manager in cluster.get("/taskmanagers")["taskmanagers"][:ASKED]}
    return {
        manager: Interpreter.model_validate(cluster.get(f"{logs}/{FILE}"))
        for manager, logs in asked.items()
        if any(log["name"] == FILE for log in cluster.get(logs)["logs"])
    }
