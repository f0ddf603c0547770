"""The manifests fit the schemas that Kubernetes and the Flink operator publish, and say what the project's files say."""

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from typer.main import get_command
from typer.testing import CliRunner

from flink_jobs.cli import app
from flink_jobs.errors import TrunklineError
from flink_jobs.project import Project
from flink_jobs.render import Folder, manifests
from flink_jobs.statements import read
from tests.kubernetes.schemas import validate

ROOT = Project.find(Path(__file__)).root
SETTINGS = "".join(
    f"SET '{option}' = 's3://lake/{folder}';\n"
    for option, folder in {
        "execution.checkpointing.dir": "checkpoints",
        "execution.checkpointing.savepoint-dir": "savepoints",
        "high-availability.storageDir": "ha",
    }.items()
)
CATALOG = f"""
SET 'rest.address' = 'trunkline-rest';
SET 'table.local-time-zone' = 'UTC';
SET 'execution.checkpointing.interval' = '1 min';
{SETTINGS}
CREATE CATALOG ${{DOMAIN}} WITH ('type' = 'iceberg', 'token' = 'env:NOT_SET_HERE');
"""

Manifest = dict[str, Any]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A little project with the shipped base."""
    for folder in ("kubernetes", "stack"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for file, text in {
        "catalog/far.sql": CATALOG,
        "catalog/local.sql": "SET 'a' = 'where else';",
        "sql/shop/gold/fact_orders.sql": "CREATE TABLE shop.gold.fact_orders (\n  id STRING -- 'quoted'\n);\n",
        "udfs/prices.py": "RATE = 2\n",
        "udfs/__pycache__/prices.pyc": "",
    }.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)
    return Project(tmp_path)


def of_kind(project: Project, kind: str) -> Iterator[Manifest]:
    """The manifests of a kind."""
    return (each for documents in manifests(project, "far", "trunkline:1").values() for each in documents if each["kind"] == kind)


def job(project: Project) -> Manifest:
    """The one that deploys."""
    found, _ = of_kind(project, "Job")
    return found


def test_every_manifest_fits_its_schema(project: Project) -> None:
    found = [each for documents in manifests(project, "far", "trunkline:1").values() for each in documents]
    for manifest in found:
        validate(manifest)
    assert {"FlinkDeployment", "Job", "Deployment", "NetworkPolicy", "ConfigMap", "PersistentVolumeClaim"} <= {m["kind"] for m in found}


@pytest.mark.parametrize("kind", ["FlinkDeployment", "Job"])
def test_a_field_that_a_kind_does_not_have_does_not_fit(project: Project, kind: str) -> None:
    manifest = next(of_kind(project, kind))
    manifest["spec"]["replica"] = 1
    with pytest.raises(jsonschema.ValidationError, match="replica"):
        validate(manifest)


def test_the_cluster_has_the_configuration_of_the_files_and_of_the_environment(project: Project) -> None:
    (cluster,) = of_kind(project, "FlinkDeployment")
    options = cluster["spec"]["flinkConfiguration"]
    assert options["execution.checkpointing.mode"] == "EXACTLY_ONCE"  # stack/flink.yaml
    assert options["metrics.reporter.prom.port"] == "9249"  # stack/containers.yaml
    assert options["execution.checkpointing.interval"] == "1 min"  # catalog/far.sql
    assert options["high-availability.storageDir"] == "s3://lake/ha"
    assert [option for option in options if option.startswith(("table.", "rest.", "taskmanager.host", "jobmanager.bind"))] == []
    assert cluster["spec"]["logConfiguration"]["log4j-console.properties"] == (ROOT / "stack" / "log4j.properties").read_text()


def test_the_operator_is_told_the_flink_that_the_image_has(project: Project) -> None:
    packages = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    (locked,) = (package["version"] for package in packages if package["name"] == "apache-flink")
    (cluster,) = of_kind(project, "FlinkDeployment")
    assert cluster["spec"]["flinkVersion"] == f"v{'_'.join(locked.split('.')[:2])}"


@pytest.mark.parametrize("option", re.findall(r"SET '(\S+)'", SETTINGS))
def test_state_that_would_die_with_a_pod_is_refused(project: Project, option: str) -> None:
    file = project.root / "catalog" / "far.sql"
    file.write_text(re.sub(rf"SET '{re.escape(option)}'.*\n", "", CATALOG))
    with pytest.raises(TrunklineError, match=f"catalog/far.sql does not SET {option}; say where"):
        manifests(project, "far", "trunkline:1")


@pytest.mark.parametrize("wrong", ["SET 's3.secret-key' = 'hunter2';", "CREATE CATALOG c WITH ('token' = 'hunter2');"])
def test_a_secret_in_the_catalog_file_is_written_nowhere(project: Project, wrong: str) -> None:
    (project.root / "catalog" / "far.sql").write_text(CATALOG + wrong)
    with pytest.raises(TrunklineError, match=r"catalog/far.sql:\d+:\d+: .* secret") as refused:
        manifests(project, "far", "trunkline:1")
    assert "hunter2" not in str(refused.value)


def test_a_pod_finds_the_projects_files_where_they_are_in_the_project(project: Project) -> None:
    """As Kubernetes lays them: a projected volume of ConfigMaps, each key at its path."""
    maps = {manifest["metadata"]["name"]: manifest["data"] for manifest in of_kind(project, "ConfigMap")}
    pods = [manifest["spec"]["template"]["spec"] for kind in ("Job", "Deployment") for manifest in of_kind(project, kind)]
    assert len(pods) == 3
    for pod in pods:
        (volume,) = (volume for volume in pod["volumes"] if volume["name"] == "project")
        sources = [source["configMap"] for source in volume["projected"]["sources"]]
        laid = {item["path"]: maps[source["name"]][item["key"]] for source in sources for item in source["items"]}
        assert laid == {
            path: (project.root / path).read_text() for path in ("catalog/far.sql", "sql/shop/gold/fact_orders.sql", "udfs/prices.py")
        }
        (container,) = pod["containers"]
        mounts = {mount["subPath"]: mount["mountPath"] for mount in container["volumeMounts"] if mount["name"] == "project"}
        assert mounts == {folder: f"/trunkline/{folder}" for folder in ("catalog", "sql", "udfs")}
        assert {"name": "TRUNKLINE_ENV", "value": "far"} in container["env"]


def test_a_pod_runs_a_command_that_there_is(project: Project) -> None:
    pods = [manifest["spec"]["template"]["spec"] for kind in ("Job", "Deployment") for manifest in of_kind(project, kind)]
    for program, name, *arguments in (pod["containers"][0]["args"] for pod in pods):
        assert program == "trunkline"
        get_command(app).commands[name].make_context(name, arguments)


def test_the_documented_secret_has_each_file_that_is_referred_to(project: Project) -> None:
    options = [token.value for statement in read(ROOT / "catalog" / "production.sql") for token in statement.options.values()]
    asked = {value.removeprefix("file:/etc/trunkline/") for value in options if value.startswith("file:")}
    (cluster,) = of_kind(project, "FlinkDeployment")
    (container,) = cluster["spec"]["podTemplate"]["spec"]["containers"]
    asked |= {variable["valueFrom"]["secretKeyRef"]["key"] for variable in container["env"]}
    assert asked == set(re.findall(r"--from-file=(\S+)", (ROOT / "docs" / "deployment.md").read_text()))


def test_only_jobs_have_the_volume_that_one_pod_has_at_a_time(project: Project) -> None:
    """With it a second deploy waits for the first; what runs all the time would keep every deploy from it."""
    (claim,) = of_kind(project, "PersistentVolumeClaim")
    assert claim["spec"]["accessModes"] == ["ReadWriteOncePod"]
    pods = {kind: [each["spec"]["template"]["spec"] for each in of_kind(project, kind)] for kind in ("Job", "Deployment")}
    claims = {kind: ["persistentVolumeClaim" in str(pod["volumes"]) for pod in found] for kind, found in pods.items()}
    assert claims == {"Job": [True, True], "Deployment": [False]}


def test_a_job_is_another_one_when_a_file_or_the_image_is(project: Project) -> None:
    first = job(project)
    assert job(project) == first
    (project.root / "udfs" / "prices.py").write_text("RATE = 3\n")
    second = job(project)
    assert second["metadata"]["name"] != first["metadata"]["name"]
    third = manifests(project, "far", "trunkline:2")["deploy.yaml"][0]
    assert third["metadata"]["name"] not in (first["metadata"]["name"], second["metadata"]["name"])


def test_what_stops_the_jobs_waits_until_somebody_lets_it_run(project: Project) -> None:
    deploy, stop = of_kind(project, "Job")
    assert stop["spec"]["suspend"] is True
    assert "suspend" not in deploy["spec"]
    runs = [each["spec"]["template"]["spec"]["containers"][0]["args"] for each in (deploy, stop)]
    assert runs == [["trunkline", "deploy"], ["trunkline", "down"]]


def test_a_job_that_has_ended_makes_room_for_another_of_its_name(project: Project) -> None:
    """A rollback has the name of the release before: Kubernetes would find that Job done, and run nothing."""
    assert [each["spec"]["ttlSecondsAfterFinished"] for each in of_kind(project, "Job")] == [300, 300]
    assert "Five minutes after its end" in (ROOT / "docs" / "deployment.md").read_text()


def test_a_domain_that_no_config_map_can_hold_is_refused(project: Project) -> None:
    (project.root / "sql" / "shop" / "large.sql").write_text("-" * (1 << 20))
    with pytest.raises(TrunklineError, match="sql/shop is larger than a ConfigMap may be, 1 MiB; make two domains of it"):
        Folder.read(project, project.root / "sql" / "shop")


def test_the_command_writes_files_that_read_as_what_they_are(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.root)
    result = CliRunner().invoke(app, ["render", "--env", "far", "--image", "trunkline:1", "--to", "out"])
    assert result.exit_code == 0
    files = {Path(line).name: list(yaml.safe_load_all(Path(line).read_text())) for line in result.stdout.splitlines()}
    assert files == manifests(project, "far", "trunkline:1")
    assert set(files["kustomization.yaml"][0]["resources"]) == files.keys() - {"kustomization.yaml"}
    assert "\n      id STRING -- 'quoted'\n" in Path("out/project.yaml").read_text()  # a changed line of SQL is a changed line there


def test_this_project_can_be_rendered_as_it_is() -> None:
    found = manifests(Project(ROOT), "production", "trunkline:1")
    names = {manifest["metadata"]["name"] for manifest in found["project.yaml"]}
    assert names == {"project-catalog", "project-udfs", *(f"project-sql-{folder.name}" for folder in Project(ROOT).domains)}
    for manifest in (each for documents in found.values() for each in documents):
        validate(manifest)


@pytest.mark.environments
@pytest.mark.needs("kustomize")
def test_a_site_adds_to_what_is_rendered(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.root)
    CliRunner().invoke(app, ["render", "--env", "far"])
    built = subprocess.run(["kustomize", "build", "kubernetes/site"], capture_output=True, text=True, check=True).stdout
    found = list(yaml.safe_load_all(built))
    assert {manifest["metadata"].get("namespace") for manifest in found if manifest["kind"] != "Namespace"} == {"trunkline"}
    (cluster,) = (manifest for manifest in found if manifest["kind"] == "FlinkDeployment")
    assert cluster["spec"]["taskManager"]["resource"] == {"cpu": 4, "memory": "6g"}
    validate(cluster)


def test_no_pod_has_more_rights_than_it_needs() -> None:
    """The restricted profile of https://kubernetes.io/docs/concepts/security/pod-security-standards/, and a limit of memory."""
    for file in sorted((ROOT / "kubernetes" / "base").glob("*.yaml")):
        for manifest in yaml.safe_load_all(file.read_text()):
            spec = manifest.get("spec", {})
            pod = (spec.get("podTemplate") or spec.get("template") or {}).get("spec")
            if not pod:
                continue
            assert pod["securityContext"]["runAsNonRoot"] is True
            assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
            for container in pod["containers"]:
                assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
                assert manifest["kind"] == "FlinkDeployment" or container["resources"]["limits"]["memory"]
