"""What can be known of docker-compose.yml without an engine."""

from pathlib import Path

import pytest
import yaml

from flink_jobs.local.stack import SERVICES
from flink_jobs.project import Project

ROOT = Project.find(Path(__file__)).root
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
# https://github.com/compose-spec/compose-spec/blob/main/spec.md, as far as it is used here
KEYS = {"build", "image", "init", "restart", "environment", "command", "ports", "volumes", "depends_on", "healthcheck"}

services = pytest.mark.parametrize("name", COMPOSE["services"])


@services
def test_service_has_known_keys_and_becomes_a_part_of_the_stack(name: str) -> None:
    service = COMPOSE["services"][name]
    assert set(service) <= KEYS
    assert service["command"][0] in {part.name for part in SERVICES}
    assert service["command"][0].lower() == name
    assert (ROOT / service["build"] / "Dockerfile").is_file()


@services
def test_ports_are_open_on_this_machine_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in COMPOSE["services"][name].get("ports", []))


@services
def test_mounts_exist_and_the_configuration_is_the_local_stacks(name: str) -> None:
    mounts = [volume.split(":") for volume in COMPOSE["services"][name]["volumes"]]
    assert ["./stack", "/trunkline/stack", "ro"] in mounts
    for source, target, *_ in mounts:
        assert target.startswith("/trunkline/")
        assert (ROOT / source).is_dir() if source.startswith("./") else source in COMPOSE["volumes"]


@services
def test_health_check_is_python_that_compiles(name: str) -> None:
    kind, program, flag, code = COMPOSE["services"][name]["healthcheck"]["test"]
    assert (kind, program, flag) == ("CMD", "python", "-c")
    compile(code, name, "exec")


def test_what_is_awaited_exists_and_has_a_health_check() -> None:
    for service in COMPOSE["services"].values():
        for awaited, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}
            assert "healthcheck" in COMPOSE["services"][awaited]


def test_image_holds_no_local_state_and_does_not_run_as_root() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER")] == ["USER trunkline"]
    assert {".trunkline", ".venv", ".git"} <= set((ROOT / ".dockerignore").read_text().split())
