"""What a container becomes: all but the program itself, which nothing here starts."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from flink_jobs.functions import needs
from flink_jobs.interpreters import FILE, Interpreter
from flink_jobs.local import flink, foreground
from flink_jobs.project import Project
from tests.compose import COMPOSE, ROOT, environment

FLINKS_OWN = {"FLINK_HOME", "FLINK_CONF_DIR", "FLINK_LIB_DIR", "FLINK_OPT_DIR", "FLINK_PLUGINS_DIR", "JAVA_HOME"}
BOTH = ["start-foreground", "-D", "jobmanager.rpc.address=jobmanager"]

Become = Callable[..., tuple[list[str], dict[str, str]]]


@pytest.fixture(scope="module")
def project(new_project: Callable[[], Project]) -> Project:
    """A project with the environments of this repository."""
    project = new_project()
    shutil.copytree(ROOT / "catalog", project.root / "catalog", dirs_exist_ok=True)
    return project


@pytest.fixture
def become(project: Project, monkeypatch: pytest.MonkeyPatch) -> Become:
    """Gives the entry point of the image its arguments, and what it becomes: a command line, with an environment."""
    monkeypatch.chdir(project.root)
    monkeypatch.delenv("TRUNKLINE_ENV", raising=False)
    became: list[tuple[str, list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execvpe", lambda *given: became.append(given))

    def become(*arguments: str, **variables: str) -> tuple[list[str], dict[str, str]]:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["trunkline-container", *arguments])
        foreground.main()
        program, command, found = became.pop()
        assert program == command[0]
        assert found.keys() >= FLINKS_OWN | variables.keys()
        assert found["TRUNKLINE_LOG_TO"] == "Console"
        assert found["PYTHONSAFEPATH"] == "1"  # a worker imports what its job was deployed with, not the image's
        return command, found

    return become


def started(name: str, become: Become) -> tuple[list[str], dict[str, str]]:
    """What a service of docker-compose.yml becomes."""
    return become(*COMPOSE["services"][name]["command"], **environment(name))


@pytest.mark.parametrize(("name", "script"), [("jobmanager", "jobmanager.sh"), ("taskmanager", "taskmanager.sh")])
def test_a_process_of_flink_is_configured_before_it_runs(become: Become, name: str, script: str) -> None:
    command, found = started(name, become)
    assert command == [str(flink.HOME / "bin" / script), *BOTH]
    options = yaml.safe_load(Path(found["FLINK_CONF_DIR"], "config.yaml").read_text())
    assert options["s3.endpoint"] == "http://s3:7070"  # catalog/compose.sql
    assert options["metrics.reporter.prom.port"] == 9249  # stack/containers.yaml
    assert "taskmanager.host" not in options  # of a laptop
    assert [jar.name for jar in Path(found["FLINK_LIB_DIR"]).glob("iceberg-aws-bundle-*.jar")]


def test_kafka_is_told_its_listeners_after_its_configuration(become: Become, project: Project) -> None:
    command, _ = started("kafka", become)
    configuration = str(project.state / "kafka" / "server.properties")
    assert command[0].endswith("/bin/java")
    assert command[command.index("kafka.Kafka") + 1 :] == [configuration, *COMPOSE["services"]["kafka"]["command"][1:]]
    assert (project.state / "kafka" / "data" / "meta.properties").exists()


def test_which_python_there_is_stands_beside_the_log(become: Become, project: Project) -> None:
    _, found = started("taskmanager", become)
    here = Interpreter.model_validate_json(Path(found["FLINK_LOG_DIR"], FILE).read_text())
    here.insist("this container", needs(ROOT))
    assert {"json", "pyflink", "udfs"} <= here.modules


@pytest.mark.parametrize("name", ["trunkline", "serve"])
def test_a_command_of_trunkline_is_run_as_it_stands(become: Become, name: str) -> None:
    command, found = started(name, become)
    assert command == COMPOSE["services"][name]["command"]
    assert shutil.which("trunkline", path=found["PATH"]) == str(flink.PYTHON.with_name("trunkline"))


@pytest.mark.parametrize("script", ["kubernetes-jobmanager.sh kubernetes-session", "kubernetes-taskmanager.sh $ARGUMENTS"])
def test_what_flink_runs_on_kubernetes_is_found_and_left_as_it_is(become: Become, script: str) -> None:
    command, found = become("bash", "-c", script, ARGUMENTS="-D a=b")
    assert command == ["bash", "-c", script]
    assert shutil.which(script.split()[0], path=found["PATH"]) == str(flink.HOME / "bin" / script.split()[0])


def test_a_variable_in_an_argument_of_the_stack_is_filled_in(become: Become) -> None:
    command, _ = become("TaskManager", "-D", "taskmanager.host=$POD_IP", POD_IP="10.0.0.1")
    assert command[-1] == "taskmanager.host=10.0.0.1"
