"""The environments that are shipped: only they know where anything is, and what else they say is the same."""

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from flink_jobs.cli import app
from flink_jobs.environment import COMMON, Environment, load_environment
from flink_jobs.project import Project
from flink_jobs.statements import read
from tests.conftest import REPOSITORY

ENVIRONMENTS = sorted(file.stem for file in (REPOSITORY / "catalog").glob("*.sql") if file.stem != COMMON)
RULES = sorted(file for folder in ("sql", "udfs") for suffix in ("sql", "py") for file in (REPOSITORY / folder).rglob(f"*.{suffix}"))
ADDRESS = re.compile(r"\w+://|\blocalhost\b|\b\d{1,3}(?:\.\d{1,3}){3}\b|\w:\d{4,5}\b|\$\{|\b(?:env|file):")
PLACES = re.compile(r"(?:properties|s3|client|jdbc|rest)\..*|uri|url|warehouse|path|hostname|.*(?:password|token|credential)")
SECRETS = "/etc/trunkline"  # where catalog/production.sql has them


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """This repository, with a value for each reference in its environments."""
    for name in ("sql", "udfs"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    for folder in ("catalog", "secrets"):
        (tmp_path / folder).mkdir()
    for file in (REPOSITORY / "catalog").glob("*.sql"):
        text = file.read_text().replace(SECRETS, "secrets")
        (tmp_path / "catalog" / file.name).write_text(text)
        for name in re.findall(r"'file:(secrets/[\w.-]+)'", text):
            (tmp_path / name).write_text("a secret")
        for name in set(re.findall(r"\$\{(\w+)\}|'env:(\w+)'", text)) - {("DOMAIN", "")}:
            monkeypatch.setenv("".join(name), "value")
    return Project(tmp_path)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_an_environment_is_whole(name: str, project: Project) -> None:
    environment = load_environment(project, name)
    assert environment.catalogs.keys() == {folder.name for folder in project.domains}
    assert environment.kafka["bootstrap.servers"]
    databases = {".".join(s.name) for s in environment.written if s.kind == "CREATE DATABASE"}
    assert databases == {f"{domain}.{layer}" for domain in environment.catalogs for layer in ("bronze", "silver", "gold")}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_tables_are_made_alike_everywhere(name: str, project: Project) -> None:
    """Only how large a small file is, and how long snapshots are kept, is a matter of the environment."""
    here, local = (table_defaults(load_environment(project, each)) for each in (name, "local"))
    assert here.keys() == local.keys()
    differing = {key for key in here if here[key] != local[key]}
    assert all(key.endswith(("min-file-size-bytes", "max-snapshot-age-seconds")) for key in differing)


def table_defaults(environment: Environment) -> dict[str, str]:
    (options,) = {tuple((k, v) for k, v in options.items() if k.startswith("table-")) for options in environment.catalogs.values()}
    return dict(options)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_sources_are_the_same_tables_everywhere(name: str, project: Project) -> None:
    environment = load_environment(project, name)
    defaults = environment.bases["kafka_defaults"]
    assert [base.declares for base in environment.bases_of(defaults)] == ["kafka_records"]
    assert all(key.startswith("properties.") for key in defaults.options)


def commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{name} ")
        else:
            yield before + name, command


def test_every_command_that_needs_to_know_where_takes_an_environment() -> None:
    without = {name for name, command in commands(get_command(app)) if "--env" not in [o for p in command.params for o in p.opts]}
    assert without == {"new-domain", "new-table", "powerbi"}, "these write files of the project, and nothing else"


@pytest.mark.parametrize("file", RULES, ids=lambda file: str(file.relative_to(REPOSITORY)))
def test_no_rule_knows_an_address(file: Path) -> None:
    statements = read(file) if file.suffix == ".sql" and file.parent.name not in ("serving", "checks") else []
    words = [token.text for token in chain.from_iterable(s.tokens for s in statements)] or [file.read_text()]
    assert [found[0] for word in words if (found := ADDRESS.search(word))] == []
    assert [key for statement in statements for key in statement.options if PLACES.fullmatch(key)] == []


@pytest.mark.parametrize("text", ["jdbc:postgresql://a/b", "http://a", "s3://a", "localhost", "10.0.0.1", "kafka:9092", "${A}", "env:A"])
def test_an_address_would_be_seen(text: str) -> None:
    assert ADDRESS.search(f"'{text}'")


@pytest.mark.parametrize("option", ["properties.bootstrap.servers", "s3.endpoint", "uri", "warehouse", "jdbc.password", "token"])
def test_an_option_that_says_where_would_be_seen(option: str) -> None:
    assert PLACES.fullmatch(option)
