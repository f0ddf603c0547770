"""`catalog/<env>.sql`: the one place with addresses, and the one place where values are filled in.

What holds wherever it runs stands in `catalog/common.sql`, which is read first.
"""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from flink_jobs.errors import Problem, ProjectError, TrunklineError, collected
from flink_jobs.project import Project
from flink_jobs.secrecy import pieces, secret_problems
from flink_jobs.settings import setting_problems
from flink_jobs.statements import Statement, Token, read, restated

VARIABLE = re.compile(r"\$\{(\w+)\}")
DOMAIN = "${DOMAIN}"
KINDS = ("SET", "CREATE CATALOG", "CREATE DATABASE", "CREATE TEMPORARY TABLE")
LOCAL, COMMON = "local", "common"


@dataclass(frozen=True)
class Environment:
    """The statements of an environment: as written, which may be stored and shown, and resolved, which may not."""

    name: str
    domains: frozenset[str]
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
    def settings(self) -> dict[str, str]:
        """Flink's own options: what the SETs say."""
        return dict(s.setting for s in self.resolved if s.kind == "SET")

    @property
    def flink(self) -> str | None:
        """The REST endpoint of its Flink, by Flink's options for a client; None where that is the local stack's."""
        address = self.settings.get("rest.address")
        scheme = "https" if self.settings.get("security.ssl.rest.enabled", "").lower() == "true" else "http"
        return address and f"{scheme}://{address}:{self.settings.get('rest.port', '8081')}"

    @cached_property
    def kafka(self) -> dict[str, str]:
        """Kafka's own client options: every resolved `properties.*` of the base tables."""
        prefix = "properties."
        options = [item for s in self.resolved if s.kind == "CREATE TEMPORARY TABLE" for item in s.options.items()]
        return {key.removeprefix(prefix): token.value for key, token in options if key.startswith(prefix)}

    def of(self, domain: str) -> "Environment":
        """What a domain needs of it: everything but the catalogs of other domains."""

        others = {(other,) for other in self.domains if other != domain}

        def own(statements: list[Statement]) -> list[Statement]:
            return [s for s in statements if s.kind not in ("CREATE CATALOG", "CREATE DATABASE") or s.name[:1] not in others]

        return replace(self, written=own(self.written), resolved=own(self.resolved))

    def options(self, source: Statement) -> dict[str, str]:
        """The options of a source table, those that it takes over with LIKE included, as written."""
        statements = [*reversed(self.bases_of(source)), source]
        return {key: token.value for statement in statements for key, token in statement.options.items()}

    def bases_of(self, source: Statement) -> list[Statement]:
        """The table that a source is LIKE, the one that this is LIKE, and so on."""
        found: list[Statement] = []
        statement: Statement | None = source
        while statement := next((base for name in statement.uses if (base := self.bases.get(name)) and base not in found), None):
            found.append(statement)
        return found

    def topic(self, source: Statement) -> str | None:
        """The topic of a source table; None when it is not Kafka's."""
        options = self.options(source)
        return options.get("topic") if options.get("connector") == "kafka" else None


def load_environment(project: Project, name: str = LOCAL) -> Environment:
    """Reads and resolves `catalog/<name>.sql`; every problem in it at once as a ProjectError."""
    domains = frozenset(folder.name for folder in project.domains)
    environment_file(project, name)
    written = [each for statement in statements_of(project, name) for each in of_domains(statement, sorted(domains))]
    problems = written_problems(written)
    resolved: list[Statement] = []
    for statement in written:
        with collected(problems):
            resolved.append(resolve(statement, project.variables))
    if problems:
        raise ProjectError(dict.fromkeys(problems))  # one that names ${DOMAIN} has them for each
    return Environment(name, domains, written, resolved)


def written_problems(written: Sequence[Statement]) -> list[Problem]:
    """What is wrong with the statements of an environment, whatever their references hold."""
    strange = [s for s in written if s.kind not in KINDS]
    problems = [s.problem(f"{s.kind} does not belong here", f"a catalog file holds {', '.join(KINDS)}") for s in strange]
    return [*problems, *setting_problems(written), *secret_problems(written)]


def load_settings(project: Project, name: str = LOCAL) -> dict[str, str]:
    """Flink's own options that an environment SETs. No secret is read for these; none where the project has no such file."""
    settings = [statement for statement in statements_of(project, name) if statement.kind == "SET"]
    return dict(resolve(statement, project.variables).setting for statement in settings)


def has_flink_of_its_own(project: Project, name: str) -> bool:
    """Whether an environment's Flink is one that runs elsewhere, as `Environment.flink` says; no secret is read for it."""
    return "rest.address" in load_settings(project, name)


def statements_of(project: Project, name: str) -> list[Statement]:
    """What stands in the files of an environment, as far as there are any."""
    files = (project.root / "catalog" / f"{stem}.sql" for stem in (COMMON, name))
    return [statement for file in files if file.exists() for statement in read(file)]


def environment_file(project: Project, name: str) -> Path:
    """`catalog/<name>.sql`; a TrunklineError where there is no such environment."""
    files = {file.stem: file for file in sorted((project.root / "catalog").glob("*.sql")) if file.stem != COMMON}
    if name not in files:
        what = f"no environment {name!r}: {Path('catalog', f'{name}.sql')} {'is what all share' if name == COMMON else 'does not exist'}"
        raise TrunklineError(what, f"choose one of: {', '.join(files) or 'none'}")
    return files[name]


def of_domains(statement: Statement, domains: Iterable[str]) -> list[Statement]:
    """The statement, once for each domain if it names `${DOMAIN}`."""
    if DOMAIN not in statement.text:
        return [statement]
    texts = [statement.text.replace(DOMAIN, domain) for domain in domains]
    return [restated(text, statement.file, statement.line, statement.column) for text in texts]


def resolve(statement: Statement, variables: dict[str, str]) -> Statement:
    """The statement with `${NAME}`, `env:NAME` and `file:PATH` in its option values filled in; in the value of a SET only `${NAME}`.

    A relative PATH begins at the project's folder; one with `//` is an address and stays as it is.
    """
    problems: list[Problem] = []
    text, end, secrets = "", statement.tokens[0].offset, set()
    base = end
    values = [statement.tokens[3]] if statement.setting[0] else statement.options.values()
    for token in sorted(values, key=lambda token: token.offset):
        with collected(problems):
            secret = None if statement.kind == "SET" else resolve_secret(statement, token)
            value = fill(statement, token, variables) if secret is None else secret
            secrets |= pieces(secret or "")
            text += statement.text[end - base : token.offset - base] + "'" + value.replace("'", "''") + "'"
            end = token.offset + len(token.text)
    if problems:
        raise ProjectError(problems)
    filled = restated(text + statement.text[end - base :], statement.file, statement.line, statement.column)
    return replace(filled, secrets=frozenset(secrets))


def resolve_secret(statement: Statement, token: Token) -> str | None:
    """The secret that a value refers to; None for any other value. Errors name the reference, never what it holds."""
    kind, _, reference = token.value.partition(":")
    if kind == "env":
        if reference not in os.environ:
            what = f"the environment variable {reference} is not set"
            raise ProjectError([statement.problem(what, f"set {reference}", token)])
        return os.environ[reference]
    if kind == "file" and not reference.startswith("//"):
        try:
            return (statement.file.parents[1] / reference).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            raise ProjectError([statement.problem(f"the file {reference} can't be read: {reason}", "correct its path", token)]) from None
    return None


def fill(statement: Statement, token: Token, variables: dict[str, str]) -> str:
    """A value with its `${NAME}`s filled in."""
    missing = [name for name in VARIABLE.findall(token.value) if name not in variables]
    if missing:
        problems = [statement.problem(f"${{{name}}} is not set", f"set the environment variable {name}", token) for name in missing]
        raise ProjectError(problems)
    return VARIABLE.sub(lambda match: variables[match[1]], token.value)
