"""What can be known of docker-compose.yml, the Dockerfile and monitoring/ without an engine."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from typer.main import get_command

from flink_jobs.cli import app
from flink_jobs.local import flink
from flink_jobs.local.stack import SERVICES
from flink_jobs.monitor import Monitor
from flink_jobs.project import Project
from flink_jobs.statements import read
from readers.postgres.cli import address
from readers.postgres.masking import masking
from readers.postgres.service import Service
from tests import certificates
from tests.compose import COMPOSE, ROOT, SECRETS, environment

PROJECT = Project(ROOT)
DIGEST = re.compile(r":[\w.-]+@sha256:[0-9a-f]{64}")
FILTER = "metrics.reporter.prom.filter.includes"

services = pytest.mark.parametrize("name", COMPOSE["services"])


def config(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """What docker-compose makes of the file, with these variables; `folder` has no .env."""
    command = ["docker-compose", "--project-directory", folder, "--file", ROOT / "docker-compose.yml", "config"]
    known = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(command, cwd=folder, env=known | environment, capture_output=True, text=True)


def started(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the command of a service makes of its arguments and variables, which this process has from now on."""
    monkeypatch.delenv("TRUNKLINE_MASKING_KEY", raising=False)
    for variable, value in environment(name).items():
        monkeypatch.setenv(variable, value)
    program, command, *arguments = COMPOSE["services"][name]["command"]
    assert program == "trunkline"
    return get_command(app).commands[command].make_context(command, arguments).params


@pytest.mark.needs("docker-compose")
def test_docker_compose_takes_it(tmp_path: Path) -> None:
    done = config(tmp_path, **SECRETS)
    assert done.returncode == 0, done.stderr
    made = yaml.safe_load(done.stdout)["services"]
    told = {name: service.get("environment", {}) for name, service in made.items()}
    assert told == {name: environment(name) for name in COMPOSE["services"]}


@pytest.mark.needs("docker-compose")
@pytest.mark.parametrize("missing", SECRETS)
def test_without_a_secret_nothing_starts(tmp_path: Path, missing: str) -> None:
    done = config(tmp_path, **{name: value for name, value in SECRETS.items() if name != missing})
    assert done.returncode != 0
    assert "write it into .env" in done.stderr


@pytest.mark.needs(certificates.PROGRAM)
def test_the_documented_command_writes_every_secret(tmp_path: Path) -> None:
    (command,) = re.findall(r".* > \.env$", (ROOT / "docs" / "deployment.md").read_text(), re.MULTILINE)
    subprocess.run(["bash", "-c", command], cwd=tmp_path, check=True)
    written = dict(line.split("=") for line in (tmp_path / ".env").read_text().splitlines())
    assert written.keys() == SECRETS.keys()
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in written.values())  # in an URL, too, each stands for itself


def test_the_exporter_has_what_it_needs_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    given = started("trunkline", monkeypatch)
    assert given["host"] == "0.0.0.0"  # noqa: S104
    monitor = Monitor(PROJECT, given["environment"])
    assert monitor.cluster.url == "http://jobmanager:8081"


def test_what_serves_postgresql_has_what_it_needs_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    given = started("serve", monkeypatch)
    service = Service(PROJECT, given["domain"], given["environment"], address(given["to"]))
    assert service.address == "postgresql://trunkline:a@postgres:5432"
    keys = {masking(PROJECT, model, service.environment).key for model in service.models}
    assert [key.secret.decode() for key in keys] == [SECRETS["TRUNKLINE_MASKING_KEY"]]


def test_queries_mask_with_the_key_of_what_serves_postgresql() -> None:
    holders = [name for name in COMPOSE["services"] if "TRUNKLINE_MASKING_KEY" in environment(name)]
    assert holders == ["trunkline", "serve"]


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    done = subprocess.run([Path(sys.executable).with_name("hadolint"), ROOT / "Dockerfile"], capture_output=True, text=True)
    assert done.stdout == ""
    assert done.returncode == 0


@services
def test_service_is_bounded_watched_and_without_rights(name: str) -> None:
    service = COMPOSE["services"][name]
    assert {"cpus", "memory"} <= service["deploy"]["resources"]["limits"].keys()
    assert service["healthcheck"].keys() & {"test", "disable"}
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "build" in service or service["user"] not in ("root", "0")


@services
def test_ports_are_open_on_this_machine_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in COMPOSE["services"][name].get("ports", []))


@services
def test_mounts_exist(name: str) -> None:
    for source, target, *mode in (volume.split(":") for volume in COMPOSE["services"][name].get("volumes", [])):
        assert (ROOT / source).exists() if source.startswith("./") else source in COMPOSE["volumes"]
        assert mode == ["ro"] if source.startswith("./") else target.startswith("/")


@services
def test_health_check_in_python_compiles(name: str) -> None:
    check = COMPOSE["services"][name]["healthcheck"].get("test", [])
    if check[:2] == ["CMD", "python"]:
        compile(check[3], name, "exec")


@services
def test_health_is_asked_of_the_container_itself(name: str) -> None:
    """Not of another, which may know of a second one of its kind that lives."""
    check = " ".join(COMPOSE["services"][name]["healthcheck"].get("test", []))
    assert set(re.findall(r"https?://([\w.-]+)", check)) <= {"127.0.0.1"}


def test_a_taskmanager_is_asked_where_it_reports_metrics() -> None:
    options = yaml.safe_load((ROOT / "stack" / "containers.yaml").read_text())
    check = COMPOSE["services"]["taskmanager"]["healthcheck"]["test"]
    assert f"urlopen('http://127.0.0.1:{options['metrics.reporter.prom.port']}/metrics')" in check[-1]


def test_what_is_awaited_exists_and_has_a_health_check() -> None:
    for service in COMPOSE["services"].values():
        for awaited, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}
            assert "test" in COMPOSE["services"][awaited]["healthcheck"]


def test_parts_of_the_stack_are_containers_with_its_configuration() -> None:
    for part in SERVICES:
        service = COMPOSE["services"][part.name.lower()]
        assert service["command"][0] == part.name
        assert "./stack:/trunkline/stack:ro" in service["volumes"]


def test_images_of_others_are_pinned_by_their_digests() -> None:
    named = [service["image"] for service in COMPOSE["services"].values() if "build" not in service]
    named += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert len(named) == 5
    assert [image for image in named if not DIGEST.search(image)] == []


def test_images_hold_no_local_state_and_no_password_and_do_not_run_as_root() -> None:
    _, *stages = (ROOT / "Dockerfile").read_text().split("\nFROM ")
    assert [stage.rpartition("\nUSER ")[2].split()[0] for stage in stages] == ["1000", "1000"]
    assert {".trunkline", ".venv", ".git", ".env"} <= set((ROOT / ".dockerignore").read_text().split())
    assert ".env" in (ROOT / ".gitignore").read_text().split()


def test_containers_are_told_all_that_their_catalog_file_refers_to() -> None:
    text = "".join(statement.text for statement in read(ROOT / "catalog" / "compose.sql"))
    asked = set(re.findall(r"\$\{(\w+)\}", text)) | set(re.findall(r"'env:(\w+)'", text))
    assert asked - {"DOMAIN"} <= environment("trunkline").keys()


def test_a_containers_flink_is_configured_as_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment("jobmanager").items():
        monkeypatch.setenv(name, value)
    options = flink.cluster_configuration(PROJECT, "compose")
    assert options["execution.checkpointing.dir"].startswith("s3://")
    assert options["s3.endpoint"] == "http://s3:7070"
    assert options["execution.checkpointing.mode"] == "EXACTLY_ONCE"
    assert [name for name in options if name.startswith(("table.", "rest."))] == []


def expressions() -> Iterator[str]:
    """Every PromQL expression of the dashboard and the alerts."""
    dashboard = json.loads((ROOT / "monitoring" / "grafana" / "dashboards" / "trunkline.json").read_text())
    yield from (target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    alerts = yaml.safe_load((ROOT / "monitoring" / "alerts.yml").read_text())
    yield from (rule["expr"] for group in alerts["groups"] for rule in group["rules"])


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_prometheus_can_answer(expression: str) -> None:
    """It is PromQL, and asks for what Trunkline exports or stack/containers.yaml lets Flink report."""
    promql_parser.parse(expression)
    let_through: dict[str, Any] = yaml.safe_load((ROOT / "stack" / "containers.yaml").read_text())
    exported = (ROOT / "flink_jobs" / "exporter.py").read_text()
    for metric in re.findall(r"\b((?:trunkline|flink)_\w+)", expression):
        name = metric.rpartition("_")[2]
        assert f'"{metric}"' in exported or metric.startswith("flink_jobmanager_") or re.search(rf"\b{name}\b", let_through[FILTER])


def test_prometheus_asks_services_that_there_are() -> None:
    scraped = yaml.safe_load((ROOT / "monitoring" / "prometheus.yml").read_text())["scrape_configs"]
    found = [name for job in scraped for way in job.get("dns_sd_configs", []) for name in way["names"]]
    found += [target.partition(":")[0] for job in scraped for way in job.get("static_configs", []) for target in way["targets"]]
    assert set(found) == {"jobmanager", "taskmanager", "trunkline"}
    assert set(found) <= COMPOSE["services"].keys()
