"""The local Flink cluster: the distribution in the pip package, with libraries and configuration in `.trunkline/flink`."""

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import requests
import yaml
from psutil import Process

from flink_jobs.environment import LOCAL, has_flink_of_its_own, load_settings
from flink_jobs.errors import TrunklineError
from flink_jobs.local import compiler, formats, jars
from flink_jobs.local.java import java_home
from flink_jobs.project import Project
from flink_jobs.statements import read
from flink_jobs.storage import S3_FILE_IO

HOME = Path(find_spec("pyflink").origin).parent
# The local stack listens on this machine only. A TaskManager that comes back under the same name replaces its dead predecessor at once.
LOOPBACK = dict.fromkeys(
    ("jobmanager.rpc.address", "jobmanager.bind-host", "taskmanager.host", "taskmanager.bind-host", "rest.address", "rest.bind-address"),
    "127.0.0.1",
) | {"taskmanager.resource-id": "taskmanager"}
NOT_THE_CLUSTERS = ("table.", "rest.", "execution.target", "python.client.")  # what a job or its client is told
PYTHON = Path(sys.executable).with_name("python")  # by one name, whichever it was called by


def prepare(project: Project, environment: str = LOCAL) -> None:
    """Puts libraries and configuration in place, as an environment needs them.

    Starts nothing; does nothing where all is up to date.
    """
    install(project, environment)
    _write_configuration(project, environment)


def install(project: Project, environment: str = LOCAL) -> None:
    """Puts jars, the format of this project and plugins in place: all of Flink but its configuration, which needs to know addresses."""
    for path in (project.root, HOME):
        if " " in str(path):
            raise TrunklineError(f"Flink's scripts cannot run from {path}: its name has a blank", "move it to a path without one")
    groups = _library_groups(project, environment)
    jars.fetch(project, [*groups, *([jars.S3_PLUGIN] if jars.S3 in groups else [])])
    for folder in ("conf", "lib", "opt", "plugins", "tmp", "checkpoints", "savepoints"):
        (project.flink / folder).mkdir(parents=True, exist_ok=True)
    for folder in (project.logs, project.lake):
        folder.mkdir(parents=True, exist_ok=True)
    _link_libraries(project, groups)


def libraries(project: Project, environment: str) -> set[str]:
    """The names of the jars that a Flink must have beside its own to run the jobs of an environment."""
    found = [jar for group in _library_groups(project, environment) for jar in jars.paths(project, group)]
    return {jar.name for jar in (*found, formats.jar(project))}


def version(project: Project) -> str:
    """A hash of what a JobManager or TaskManager loads at its start, as `prepare` left it: configuration and libraries."""
    folder = project.flink
    names = [file.name for part in ("lib", "plugins", "s3") for file in (folder / part).iterdir()]  # which hold the versions
    loaded = hashlib.sha256("\n".join(sorted(names)).encode())
    built = formats.build(project), _build_python(project)
    for file in (*built, folder / "conf" / "config.yaml", folder / "conf" / "log4j-console.properties"):
        loaded.update(file.read_bytes())
    return loaded.hexdigest()


def environment(project: Project) -> dict[str, str]:
    """This process's environment with what Flink's scripts and a local PyFlink read from it."""
    return os.environ | {
        "FLINK_HOME": str(HOME),
        "FLINK_CONF_DIR": str(project.flink / "conf"),
        "FLINK_LIB_DIR": str(project.flink / "lib"),
        "FLINK_OPT_DIR": str(project.flink / "opt"),
        "FLINK_PLUGINS_DIR": str(project.flink / "plugins"),
        "FLINK_LOG_DIR": str(project.logs),
        "FLINK_PID_DIR": str(project.flink / "tmp"),
        "JAVA_HOME": str(java_home()),
        # A Python worker imports what its job was deployed with, not what lies in the folder that Flink was started in.
        "PYTHONSAFEPATH": "1",
        # It imports over a thousand modules: where nobody may keep their bytecode, that takes 8 s of CPU, not 2.
        "PYTHONDONTWRITEBYTECODE": "",
        # Flink's Python workers in threads, and its client, take the first `python`.
        "PATH": f"{PYTHON.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }


def jobmanager_command(_project: Project) -> list[str]:
    """The command that runs the JobManager in the foreground: the script becomes the Java process."""
    return [str(HOME / "bin" / "jobmanager.sh"), "start-foreground"]


def taskmanager_command(_project: Project) -> list[str]:
    """The command that runs the TaskManager in the foreground."""
    return [str(HOME / "bin" / "taskmanager.sh"), "start-foreground"]


def clear_temporary(project: Project) -> None:
    """Removes what killed processes left in the temporary folder; only for a cluster that does not run."""
    shutil.rmtree(project.flink / "tmp", ignore_errors=True)
    (project.flink / "tmp").mkdir(parents=True, exist_ok=True)  # a check that runs beside may have made it


def url(project: Project) -> str:
    """The REST endpoint, which is the dashboard too."""
    return f"http://127.0.0.1:{project.settings.flink_port}"


def answers(project: Project) -> bool:
    """Whether the JobManager answers."""
    return _get(project, "/overview") is not None


def taskmanager_is_ready(project: Project, process: Process) -> bool:
    """Whether the JobManager has a heartbeat of this very TaskManager, not only of a dead one before it."""
    answer = _get(project, "/taskmanagers") or {"taskmanagers": []}
    return any(manager["timeSinceLastHeartbeat"] / 1000 > process.create_time() for manager in answer["taskmanagers"])


def uri(path: Path) -> str:
    """What Flink calls a path on this machine; it takes each character as it is, also those that `Path.as_uri` would escape."""
    return f"file://{path}"


def newest_checkpoint(project: Project, job_id: str) -> Path | None:
    """The newest complete checkpoint of a job on disk, for when no JobManager is left to ask."""
    complete = [file.parent for file in (project.flink / "checkpoints" / job_id).glob("chk-*/_metadata")]
    return max(complete, key=lambda folder: int(folder.name.removeprefix("chk-")), default=None)


def _get(project: Project, path: str) -> dict | None:
    try:
        answer = requests.get(url(project) + path, timeout=2)
        answer.raise_for_status()
    except requests.RequestException:
        return None
    return answer.json()


def _library_groups(project: Project, environment: str) -> list[str]:
    """The groups of jars that Flink loads at its start."""
    file = project.root / "catalog" / f"{environment}.sql"
    declared = read(file) if file.exists() else []
    in_s3 = any(option.value == S3_FILE_IO for statement in declared for option in statement.options.values())
    return ["flink", *([jars.S3] if in_s3 else [])]


def _link_libraries(project: Project, groups: Sequence[str]) -> None:
    """One folder with all that Flink loads at its start, for it finds connectors, Hadoop and formats only there, and one with the rest."""
    optional = [jar for jar in (HOME / "opt").glob("*.jar") if jar != _shipped_python()]
    python = _build_python(project)
    # Loaded with Flink itself: jobs bring no jar of their own, which would fill the metaspace after a dozen of them.
    loaded = [jar for group in groups for jar in jars.paths(project, group)]
    _link(project.flink / "lib", [*(HOME / "lib").glob("*.jar"), *loaded, python], formats.build(project))
    _link(project.flink / "opt", [*optional, *jars.paths(project, "sql-client")], python)
    # Each folder is a plugin with a class loader of its own: metrics reporters, and S3 for checkpoints.
    (project.flink / "s3").mkdir(exist_ok=True)
    in_s3 = jars.S3 in groups
    _link(project.flink / "s3", jars.paths(project, jars.S3_PLUGIN) if in_s3 else [])
    _link(project.flink / "plugins", [*_folders(HOME / "plugins"), *([project.flink / "s3"] if in_s3 else [])])


def _folders(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir()]


def _link(folder: Path, libraries: Sequence[Path], built: Path | None = None) -> None:
    links = {folder / jar.name: jar for jar in libraries}
    for file in set(folder.iterdir()) - {built}:
        if not file.is_symlink() or file.readlink() != links.get(file):
            file.unlink()
    for link, jar in links.items():
        if not link.is_symlink():
            link.symlink_to(jar)


def _build_python(project: Project) -> Path:
    """The flink-python of this project: the classes in `stack/java`, then the shipped ones.

    Its name has it loaded before flink-table-*, too, for Flink's scripts sort by name.
    """
    jar, shipped = project.flink / "opt" / "flink-python.jar", _shipped_python()
    libraries = [shipped, *sorted((HOME / "lib").glob("flink-*.jar"))]
    return compiler.build(project, project.root / "stack" / "java", jar, libraries, {"Class-Path": shipped.as_uri()})


def _shipped_python() -> Path:
    (jar,) = (HOME / "opt").glob("flink-python-*.jar")
    return jar


def of_this_machine(project: Project) -> dict[str, str | int]:
    """Flink's options that say where the local stack is and how large; another cluster has its own."""
    settings = project.settings
    return {
        "jobmanager.rpc.port": settings.flink_rpc_port,
        "rest.port": settings.flink_port,
        "jobmanager.memory.process.size": settings.jobmanager_memory,
        "taskmanager.memory.process.size": settings.taskmanager_memory,
        "taskmanager.numberOfTaskSlots": settings.task_slots,
        "execution.checkpointing.dir": uri(project.flink / "checkpoints"),
        "execution.checkpointing.savepoint-dir": uri(project.flink / "savepoints"),
        "io.tmp.dirs": str(project.flink / "tmp"),
        "web.log.path": str(project.logs / "jobmanager.log"),
        "taskmanager.log.path": str(project.logs / "taskmanager.log"),
        "python.executable": str(PYTHON),
    }


def cluster_configuration(project: Project, environment: str) -> dict[str, Any]:
    """Flink's options where each process has a container: those in `stack/`, and what the environment SETs beyond its jobs."""
    settings = {key: value for key, value in load_settings(project, environment).items() if not key.startswith(NOT_THE_CLUSTERS)}
    return _options_of_containers(project) | settings


def job_options(project: Project) -> str:
    """A hash of the options in `stack/` that jobs are submitted with to a Flink elsewhere."""
    return hashlib.sha256(json.dumps(_options_of_containers(project), sort_keys=True).encode()).hexdigest()


def _options_of_containers(project: Project) -> dict[str, Any]:
    return _options(project, "flink.yaml") | _options(project, "containers.yaml")


def _options(project: Project, file: str) -> dict[str, Any]:
    return yaml.safe_load((project.root / "stack" / file).read_text())


def _configuration(project: Project, environment: str) -> dict[str, Any]:
    """Flink's options for a process here, which is in a container if the environment's Flink is elsewhere."""
    here = of_this_machine(project) | {"python.client.executable": str(PYTHON)}
    if has_flink_of_its_own(project, environment):
        return here | cluster_configuration(project, environment)
    return _options(project, "flink.yaml") | LOOPBACK | here


def _write_configuration(project: Project, environment: str) -> None:
    shipped, own = HOME / "conf", project.root / "stack"
    lines = [f"{name}: {json.dumps(value)}\n" for name, value in _configuration(project, environment).items()]  # JSON is YAML
    files = {name: (shipped / name).read_text() for name in ("log4j-cli.properties", "log4j.properties", "logback.xml")}
    files["log4j-console.properties"] = (own / "log4j.properties").read_text()
    files["config.yaml"] = "".join(lines)
    for name, text in files.items():
        file = project.flink / "conf" / name
        if not file.exists() or file.read_text() != text:
            file.write_text(text)
