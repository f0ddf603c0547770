"""`trunkline check`: everything that can be known about a project's files without Kafka, a cluster or the stored tables."""

import importlib
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pyiceberg.table import Table

from flink_jobs import lake
from flink_jobs.contracts import contract_problems
from flink_jobs.domains import Domain, Job, load_domains
from flink_jobs.environment import Environment, load_environment
from flink_jobs.errors import Problem, ProjectError
from flink_jobs.local import flink
from flink_jobs.planner import Planner
from flink_jobs.project import Project
from flink_jobs.statements import Statement, split


@dataclass(frozen=True)
class Checked:
    """A project without a problem: its jobs, and each contract as an empty Iceberg table, by three-word name."""

    environment: Environment
    jobs: list[Job]
    tables: dict[str, Table]
    views: int


def check(project: Project, environment_name: str = "local") -> Checked:
    """Checks every file of the project. All problems at once, as a ProjectError."""
    environment = load_environment(project, environment_name)
    domains = load_domains(project)
    functions = {s for domain in domains for s in domain.declared.values() if s.kind == "CREATE TEMPORARY FUNCTION"}
    flink.prepare(project)
    os.environ.update(flink.environment(project))
    with fresh_imports(project.root), tempfile.TemporaryDirectory(prefix="trunkline-check-") as folder:
        problems = {problem for function in functions for problem in import_problems(function, project.root)}
        if problems:
            raise ProjectError(list(problems))
        scratch = replace(environment, resolved=[in_folder(statement, folder) for statement in environment.resolved])
        jobs: list[Job] = []
        for domain in domains:
            try:
                jobs += domain.jobs
            except ProjectError as error:
                problems |= set(error.problems)
                continue
            problems |= domain_problems(domain, scratch)
        if problems:
            raise ProjectError(list(problems))
        declared = [s for domain in domains for s in domain.declared.values()]
        contracts = [s.name for s in declared if s.kind == "CREATE TABLE"]
        catalogs = {name: lake.iceberg_catalog(name, options) for name, options in scratch.catalogs.items()}
        tables = {".".join(name): catalogs[name[0]].load_table(name[1:]) for name in contracts}
        return Checked(environment, jobs, tables, sum(s.kind == "CREATE TEMPORARY VIEW" for s in declared))


@contextmanager
def fresh_imports(root: Path) -> Iterator[None]:
    """Imports `udfs` from this project and as it is now, whatever was imported before."""
    for name in [name for name in sys.modules if name == "udfs" or name.startswith("udfs.")]:
        del sys.modules[name]
    importlib.invalidate_caches()
    sys.path.insert(0, str(root))
    try:
        yield
    finally:
        sys.path.remove(str(root))


def import_problems(function: Statement, root: Path) -> Iterator[Problem]:
    """Why a CREATE FUNCTION's Python function can't be imported, at the line of Python where it fails."""
    path = next((token for token in function.tokens if token.kind == "string"), function.tokens[-1])
    module, _, name = path.value.rpartition(".")
    try:
        getattr(importlib.import_module(module), name)
    except Exception as error:  # whatever a module raises when it is imported
        what = f"{path.value} can't be imported: {type(error).__name__}: {error}"
        place = (Path(error.filename), error.lineno or 1) if isinstance(error, SyntaxError) and error.filename else last_line(error, root)
        yield Problem(*place, 1, what, "correct the Python file") if place else function.problem(what, "correct the name or the file", path)


def last_line(error: Exception, root: Path) -> tuple[Path, int] | None:
    """The last line of the project's own Python in an error's traceback."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(root / "udfs")]
    return (Path(frames[-1].filename), frames[-1].lineno or 1) if frames else None


def in_folder(statement: Statement, folder: str) -> Statement:
    """A CREATE CATALOG of Iceberg as one that lives in `folder`; any other statement as it is."""
    if statement.kind != "CREATE CATALOG" or "type" not in statement.options or statement.options["type"].value != "iceberg":
        return statement
    name = statement.name[0]
    text = f"""CREATE CATALOG `{name}` WITH ('type' = 'iceberg', 'catalog-impl' = 'org.apache.iceberg.jdbc.JdbcCatalog', 'clients' = '1',
        'uri' = 'jdbc:sqlite:{folder}/catalog.db', 'jdbc.schema-version' = 'V1', 'warehouse' = 'file://{folder}/{name}');"""
    return split(text, statement.file)[0]


def domain_problems(domain: Domain, environment: Environment) -> set[Problem]:
    """What Flink's planner finds wrong with a domain: each job with all that it needs, then what no job needs."""
    problems: set[Problem] = set()
    used: set[str] = set()
    for job in domain.jobs:
        problems |= set(job_problems(job, environment))
        used |= {".".join(s.name) for s in job.definitions}
    unused = [s for s in domain.closure(list(domain.declared)) if ".".join(s.name) not in used]
    if unused:
        problems |= set(define(Planner(), environment, list(domain.closure([".".join(s.name) for s in unused]))))
    return problems


def job_problems(job: Job, environment: Environment) -> Iterator[Problem]:
    """What is wrong with a job, down to the first stage that finds something."""
    planner = Planner(batch=job.is_batch)
    for stage in (
        lambda: define(planner, environment, [*job.settings, *job.definitions]),
        lambda: (problem for insert in job.inserts for problem in contract_problems(job, insert, planner)),
        lambda: explain_problems(planner, job.statement_set),
    ):
        found = list(stage())
        yield from found
        if found:
            return


def define(planner: Planner, environment: Environment, statements: list[Statement]) -> Iterator[Problem]:
    """Executes definitions; one that uses a failed one is passed over, so that each fault is reported once."""
    for statement in environment.resolved:
        planner.execute(statement)
    failed: set[str] = set()
    for statement in statements:
        if statement.kind == "CREATE TEMPORARY VIEW" and failed & statement.uses:
            failed.add(statement.name[-1])
            continue
        try:
            planner.execute(statement)
            if statement.kind == "CREATE TEMPORARY TABLE":
                planner.explain(statement, f"SELECT * FROM `{statement.name[-1]}`")
        except ProjectError as error:
            yield from error.problems
            failed |= set(statement.name[-1:])


def explain_problems(planner: Planner, statement: Statement) -> Iterator[Problem]:
    """Why a statement can't be planned."""
    try:
        planner.explain(statement)
    except ProjectError as error:
        yield from error.problems
