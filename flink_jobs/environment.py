"""`catalog/<env>.sql`: the one place with addresses, and the one place where values are filled in."""

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from flink_jobs.errors import Problem, ProjectError, TrunklineError
from flink_jobs.project import Project
from flink_jobs.statements import Statement, Token, read, split

VARIABLE = re.compile(r"\$\{(\w+)\}")
KINDS = ("SET", "CREATE CATALOG", "CREATE DATABASE", "CREATE TEMPORARY TABLE")


@dataclass(frozen=True)
class Environment:
    """The statements of `catalog/<env>.sql`: as written, which may be stored and shown, and resolved, which may not."""

    name: str
    written: list[Statement]
    resolved: list[Statement]

    @cached_property
    def catalogs(self) -> dict[str, dict[str, str]]:
        """The resolved options of each CREATE CATALOG."""
        return {s.name[0]: {key: token.value for key, token in s.options.items()} for s in self.resolved if s.kind == "CREATE CATALOG"}

    @cached_property
    def bases(self) -> dict[str, Statement]:
        """The tables, by name, whose options the sources take over with LIKE, as written."""
        return {s.name[-1]: s for s in self.written if s.kind == "CREATE TEMPORARY TABLE"}

    @cached_property
    def kafka(self) -> dict[str, str]:
        """Kafka's own client options: every resolved `properties.*` of the base tables."""
        prefix = "properties."
        options = [item for s in self.resolved if s.kind == "CREATE TEMPORARY TABLE" for item in s.options.items()]
        return {key.removeprefix(prefix): token.value for key, token in options if key.startswith(prefix)}


def load_environment(project: Project, name: str = "local") -> Environment:
    """Reads and resolves `catalog/<name>.sql`; every problem in it at once as a ProjectError."""
    file = project.root / "catalog" / f"{name}.sql"
    if not file.exists():
        known = ", ".join(sorted(path.stem for path in file.parent.glob("*.sql"))) or "none"
        raise TrunklineError(f"no environment {name!r}: {project.relative(file)} does not exist", f"choose one of: {known}")
    written = read(file)
    problems = [
        s.problem(f"{s.kind} does not belong here", f"a catalog file holds {', '.join(KINDS)}") for s in written if s.kind not in KINDS
    ]
    resolved: list[Statement] = []
    for statement in written:
        try:
            resolved.append(resolve(statement, project.variables))
        except ProjectError as error:
            problems += error.problems
    if problems:
        raise ProjectError(problems)
    return Environment(name, written, resolved)


def resolve(statement: Statement, variables: dict[str, str]) -> Statement:
    """The statement with `${NAME}`, `env:NAME` and `file:PATH` in its option values filled in."""
    options = set(statement.options.values())
    text, end = "", statement.tokens[0].offset
    base = end
    for token in statement.tokens:
        if token in options:
            value = resolve_value(statement, token, variables).replace("'", "''")
            text += statement.text[end - base : token.offset - base] + f"'{value}'"
            end = token.offset + len(token.text)
    text += statement.text[end - base :]
    padding = "\n" * (statement.line - 1) + " " * (statement.column - 1)
    return split(f"{padding}{text};", statement.file)[0]


def resolve_value(statement: Statement, token: Token, variables: dict[str, str]) -> str:
    """An option's value with its variables and secrets filled in. Errors name the reference, never what it holds."""
    value = token.value
    if value.startswith("env:"):
        name = value.removeprefix("env:")
        if name not in os.environ:
            raise ProjectError([statement.problem(f"the environment variable {name} is not set", f"set {name}", token)])
        return os.environ[name]
    if value.startswith("file:") and not value.startswith("file:/"):
        path = Path(value.removeprefix("file:"))
        if not path.is_file():
            raise ProjectError([statement.problem(f"the file {path} does not exist", "create it, or correct its path", token)])
        return path.read_text().strip()

    def fill(match: re.Match[str]) -> str:
        if match[1] not in variables:
            raise ProjectError(
                [
                    Problem(
                        statement.file, token.line, token.column, f"${{{match[1]}}} is not set", f"set the environment variable {match[1]}"
                    )
                ]
            )
        return variables[match[1]]

    return VARIABLE.sub(fill, value)
