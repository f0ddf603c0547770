"""Which Python Flink's workers have: only a job that runs in one can tell."""

import json
import shutil
from collections.abc import Callable
from tempfile import TemporaryDirectory

from py4j.protocol import Py4JJavaError
from pyflink.table import DataTypes
from pyflink.table.udf import udf
from pyflink.util.exceptions import JavaException

from flink_jobs.cluster import root_cause
from flink_jobs.environment import Environment
from flink_jobs.errors import TrunklineError
from flink_jobs.functions import FOR_FLINK
from flink_jobs.interpreters import FIX, Interpreter
from flink_jobs.planner import Planner, cluster_of, start_jvm
from flink_jobs.project import Project

JOB = "trunkline-doctor"


def tell(project: Project, environment: Environment) -> str:
    """What a worker says that has imported the project's functions; TrunklineError where it can't, or has another Python or PyFlink."""
    start_jvm(project, environment.name)
    with TemporaryDirectory(prefix="trunkline-") as folder:
        shutil.copytree(project.root / "udfs", f"{folder}/udfs", ignore=shutil.ignore_patterns("__pycache__"))
        planner = Planner(batch=True, runs_on=cluster_of(project, environment))
        planner.configure("pipeline.name", JOB)
        planner.configure("python.files", folder)
        planner.environment.create_temporary_function("told", udf(asker(), result_type=DataTypes.STRING(), deterministic=False))
        try:
            with planner.environment.execute_sql(f"SELECT told('{FOR_FLINK}') FROM (VALUES (1))").collect() as rows:  # noqa: S608
                worker = json.loads(next(iter(rows))[0])
        except (Py4JJavaError, JavaException) as error:
            raise TrunklineError(f"no job runs Python: {root_cause(str(error))}", "see the TaskManager's log") from None
    return verdict(worker)


def asker() -> Callable[[str], str]:
    """A function that goes to a worker as it is, for it is nobody's by name: the worker need not have this package."""

    def told(module: str) -> str:
        import importlib
        import importlib.metadata
        import json
        import platform

        problem = ""
        try:
            importlib.import_module(module)
        except Exception as error:  # whatever it is, it is what is asked for
            problem = f"{type(error).__name__}: {error}"
        flink = importlib.metadata.version("apache-flink")
        return json.dumps({"host": platform.node(), "python": platform.python_version(), "flink": flink, "problem": problem})

    return told


def verdict(worker: dict[str, str]) -> str:
    """What a worker said, as a sentence; TrunklineError where it is not as here."""
    at = f"a worker on {worker['host']}"
    if worker["problem"]:
        raise TrunklineError(f"{at} can't import {FOR_FLINK}: {worker['problem']}", FIX)
    Interpreter.model_validate(worker).insist(at, {})
    return f"{worker['python']} on {worker['host']}, with PyFlink {worker['flink']}: it imports {FOR_FLINK}"
