"""The schemas that manifests must fit: Kubernetes' own, and the Flink operator's from its jar.

`python -m tests.kubernetes.schemas` writes the lock of that jar anew.
"""

import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import yaml

from flink_jobs.local import jars
from flink_jobs.project import Project

LOCKED = Project(Path(__file__).parent)
# The newest that the repository here has. It is older than Flink 2.1, which it does not know by name yet; the operator of a cluster
# must be 1.13 or newer.
WANTED = {"operator": jars.Group(("org.apache.flink:flink-kubernetes-operator-api:1.10.0",))}
KUBERNETES = "1.33"


def validate(manifest: dict[str, Any]) -> None:
    """Raises a ValidationError where a manifest has a field that its kind does not have, or a value of another type."""
    if manifest["apiVersion"].startswith("flink.apache.org/"):
        jsonschema.validate(manifest, operator_schema(manifest["kind"]))
    elif not manifest["apiVersion"].startswith("kustomize.config.k8s.io/"):
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


@cache
def operator_schema(kind: str) -> dict[str, Any]:
    """The schema of one of the operator's kinds, without fields that it does not name."""
    jars.fetch(LOCKED)
    (jar,) = jars.paths(LOCKED, "operator")
    with zipfile.ZipFile(jar) as archive:
        crd = yaml.load(archive.read(f"META-INF/fabric8/{kind.lower()}s.flink.apache.org-v1.yml"), yaml.CSafeLoader)
    schema = closed(crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"])
    schema["properties"] |= {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"}}
    del schema["properties"]["spec"]["properties"]["flinkVersion"]["enum"]
    return schema


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema, objects with named fields having no others."""
    inner = {name: closed(value) if isinstance(value, dict) else value for name, value in schema.items()}
    named = isinstance(schema.get("properties"), dict) and schema.get("type") == "object"
    return inner | {"additionalProperties": False} if named and not schema.get("x-kubernetes-preserve-unknown-fields") else inner


if __name__ == "__main__":
    jars.lock(LOCKED, WANTED, "tests.kubernetes.schemas")
