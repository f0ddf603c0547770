"""`trunkline render`: the manifests that run a project on Kubernetes, as plain YAML for GitOps.

What can be said beforehand stands in them: the Flink cluster and its configuration, the project's files, and a Job that runs
`trunkline deploy` with these. What only that can find out, the savepoint that a job stops with and how far each of its tables
has come, stays with the Job.
"""

import hashlib
import json
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from flink_jobs.environment import COMMON, environment_file, statements_of, written_problems
from flink_jobs.errors import ProjectError, TrunklineError
from flink_jobs.local import flink
from flink_jobs.options import EnvironmentName
from flink_jobs.project import Project

Manifest = dict[str, Any]

BASE = Path("kubernetes", "base")
HOME = Path("/trunkline")  # where the image has the project
FOLDERS = ("catalog", "sql", "udfs")
CONFIG_MAP_BYTES = 1 << 20
# Without them a pod that dies takes a job's state along.
FOLDERS_OF_A_CLUSTER = ("execution.checkpointing.dir", "execution.checkpointing.savepoint-dir", "high-availability.storageDir")


@dataclass(frozen=True)
class Folder:
    """A folder of the project, as a ConfigMap: `texts` by file name in it."""

    path: Path
    texts: dict[Path, str]

    @classmethod
    def read(cls, project: Project, folder: Path) -> "Folder":
        """The folder's files; a TrunklineError where no ConfigMap can hold them."""
        path = folder.relative_to(project.root)
        files = sorted(file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
        texts = {file.relative_to(folder): file.read_text(encoding="utf-8") for file in files}
        if sum(len(text.encode()) for text in texts.values()) > CONFIG_MAP_BYTES:
            raise TrunklineError(f"{path} is larger than a ConfigMap may be, 1 MiB", "make two domains of it")
        return cls(path, texts)

    @property
    def name(self) -> str:
        """The ConfigMap's: `project-sql-telecom` for `sql/telecom`."""
        return "-".join(("project", *self.path.parts)).replace("_", "-")

    @property
    def config_map(self) -> Manifest:
        """A key is a file's path with dots for slashes: it can have none."""
        data = {".".join(file.parts): text for file, text in self.texts.items()}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": self.name}, "data": data}

    @property
    def source(self) -> Manifest:
        """What a projected volume takes, with the files at their places in the project."""
        items = [{"key": ".".join(file.parts), "path": str(self.path / file)} for file in self.texts]
        return {"configMap": {"name": self.name, "items": items}}


class Readable(yaml.SafeDumper):
    """Writes a text of several lines as it stands, so that a change of SQL is seen as one."""

    def represent_str(self, text: str) -> yaml.ScalarNode:
        """A string as a node."""
        return self.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


Readable.add_representer(str, Readable.represent_str)


def render(
    to: Annotated[Path, typer.Option(file_okay=False, metavar="FOLDER", help="Where to write them.")] = Path("kubernetes", "rendered"),
    image: Annotated[str, typer.Option(help="The image of all pods, built from the Dockerfile.")] = "trunkline:latest",
    environment: EnvironmentName = "production",
) -> None:
    """Write the Kubernetes manifests of a project: a cluster for the Flink Kubernetes Operator, and a Job that deploys to it.

    Nothing is asked and no secret is read. `kubectl apply -k FOLDER` takes them, and so do Argo CD and Flux.
    """
    to.mkdir(parents=True, exist_ok=True)
    for name, documents in manifests(Project.find(), environment, image).items():
        text = yaml.dump_all(documents, Dumper=Readable, sort_keys=False, width=140, allow_unicode=True)
        (to / name).write_text(text, encoding="utf-8")
        print(to / name)


def manifests(project: Project, environment: str, image: str) -> dict[str, list[Manifest]]:
    """The documents of each file: those of `kubernetes/base`, completed, and the project's files."""
    own = {f"{COMMON}.sql", environment_file(project, environment).name}  # where other environments are is nobody's business there
    if problems := written_problems(statements_of(project, environment)):  # a secret among them would stand in a ConfigMap
        raise ProjectError(problems)
    folders = [Folder.read(project, folder) for folder in (project.root / "catalog", *project.domains, project.root / "udfs")]
    folders[0] = replace(folders[0], texts={file: text for file, text in folders[0].texts.items() if str(file) in own})
    found = {file.name: list(yaml.safe_load_all(file.read_text())) for file in sorted((project.root / BASE).glob("*.yaml"))}
    found["kustomization.yaml"][0]["resources"].append("project.yaml")
    found["deploy.yaml"] += [stopping(manifest) for manifest in found["deploy.yaml"] if manifest["kind"] == "Job"]
    for manifest in (each for documents in found.values() for each in documents):
        if manifest["kind"] == "FlinkDeployment":
            complete_cluster(manifest["spec"], project, environment, image)
        elif manifest["kind"] in ("Job", "Deployment"):
            complete_pod(manifest["spec"]["template"], folders, environment, image)
        if manifest["kind"] == "Job":  # Kubernetes changes none: one that would do something else has another name
            manifest["metadata"]["name"] += f"-{digest([manifest])}"
    return found | {"project.yaml": [folder.config_map for folder in folders]}


def stopping(job: Manifest) -> Manifest:
    """The Job that stops all jobs with savepoints, before an upgrade of Flink; it waits until somebody lets it run."""
    stop = deepcopy(job)
    stop["metadata"]["name"] = "stop"
    stop["spec"]["suspend"] = True
    stop["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/component"] = "stop"
    stop["spec"]["template"]["spec"]["containers"][0]["args"] = ["trunkline", "down"]
    return stop


def complete_cluster(spec: Manifest, project: Project, environment: str, image: str) -> None:
    """Gives a FlinkDeployment its image, and what it lacks of the configuration that `stack/` and the environment say.

    A TrunklineError where no folder outside the pods is named for its state.
    """
    spec["image"] = image
    configured = {option: text_of(value) for option, value in flink.cluster_configuration(project, environment).items()}
    spec["flinkConfiguration"] = found = configured | spec["flinkConfiguration"]
    if missing := [option for option in FOLDERS_OF_A_CLUSTER if option not in found]:
        what = f"catalog/{environment}.sql does not SET {', '.join(missing)}"
        raise TrunklineError(what, f"say where that is, such as SET '{missing[0]}' = 's3://lake/flink'")
    spec["logConfiguration"] = {"log4j-console.properties": (project.root / "stack" / "log4j.properties").read_text()}


def text_of(value: object) -> str:
    """A value of Flink's YAML as the operator's schema wants it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def complete_pod(template: Manifest, folders: Iterable[Folder], environment: str, image: str) -> None:
    """Gives a pod that runs `trunkline` its image, its environment, and the project's files."""
    (container,) = template["spec"]["containers"]
    container["image"] = image
    container["env"] = [{"name": "TRUNKLINE_ENV", "value": environment}]
    mounts = [{"name": "project", "mountPath": str(HOME / name), "subPath": name, "readOnly": True} for name in FOLDERS]
    for mount in container["volumeMounts"]:
        if mount["name"] == "deployments":
            mount["mountPath"] = str(HOME / ".trunkline" / environment)
    container["volumeMounts"] += mounts
    volume = {"name": "project", "projected": {"sources": [folder.source for folder in folders]}}
    template["spec"]["volumes"].append(volume)
    # A pod does not see that a file has changed; with another annotation it is another pod.
    template["metadata"]["annotations"] = template["metadata"].get("annotations", {}) | {
        "trunkline/files": digest([folder.config_map for folder in folders])
    }


def digest(manifests: list[Manifest]) -> str:
    """A short hash of all that manifests say."""
    return hashlib.sha256(json.dumps(manifests, sort_keys=True).encode()).hexdigest()[:10]
