"""`trunkline check`: everything that can be known about a project's files without Kafka, a cluster or the stored tables."""

import importlib
import re
import sys
import tempfile
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pyflink.table.udf import UserDefinedFunctionWrapper
from pyiceberg.table import Table

from flink_jobs.catalogs import JDBC_CATALOG, iceberg_catalog
from flink_jobs.contracts import contract_problems
from flink_jobs.diagnosis import UnknownNameError
from flink_jobs.domains import Domain, Job, chosen, read_domains
from flink_jobs.environment import Environment, load_environment
from flink_jobs.errors import Problem, ProjectError, collected, nearest
from flink_jobs.planner import Planner, start_jvm
from flink_jobs.project import Project
from flink_jobs.releases import STATE_TTL, state_ttl
from flink_jobs.statements import Statement, split

KEEPS_STATE = re.compile(r"(?:Aggregate|Deduplicate|Rank|Join|Match|Sort)\(")
SINK_INPUT = re.compile(r"^Sink\(table=\[(.+?)\].*\n\+- .*changelogMode=\[(.*?)\]", re.MULTILINE)


@dataclass(frozen=True)
class Checked:
    """A project, or a domain of it, without a problem: its jobs, and each contract as an empty Iceberg table, by three-word name."""

    domain: str | None
    environment: Environment
    jobs: list[Job]
    tables: dict[str, Table]
    views: int


def check(project: Project, environment_name: str = "local", domain: str | None = None) -> Checked:
    """Checks every file of the project, or of one domain. All problems at once, as a ProjectError."""
    problems: list[Problem] = []
    environment = None
    with collected(problems):
        environment = load_environment(project, environment_name)
    domains = chosen(read_domains(project), domain)
    problems += [problem for found in domains for problem in (*found.problems, *unclear_privacy(found))]
    declared = {s for found in domains for s in found.declared.values()}
    with fresh_imports(project.root), tempfile.TemporaryDirectory(prefix="trunkline-check-") as folder:
        functions = [s for s in declared if s.kind == "CREATE TEMPORARY FUNCTION"]
        unusable = {s.declares: problem for s in functions if (problem := function_problem(s, project.root))}
        problems += unusable.values()
        if environment:
            start_jvm(project, environment.name)
            scratch = replace(environment, resolved=[in_folder(statement, folder) for statement in environment.resolved])
            problems += [problem for found in domains for problem in domain_problems(found, scratch.of(found.name), frozenset(unusable))]
        if problems or not environment:
            raise ProjectError(set(problems))
        contracts = [s.name for s in declared if s.kind == "CREATE TABLE"]
        catalogs = {name: iceberg_catalog(name, scratch.catalogs[name]) for name in {name[0] for name in contracts}}
        tables = {".".join(name): catalogs[name[0]].load_table(name[1:]) for name in contracts}
        jobs = [job for found in domains for job in found.jobs]
        return Checked(domain, environment, jobs, tables, sum(s.kind == "CREATE TEMPORARY VIEW" for s in declared))


def unclear_privacy(domain: Domain) -> Iterator[Problem]:
    """Where a contract does not say clearly whether a column is personal."""
    from readers.model import contracts_of
    from readers.privacy import unclear_marks

    return unclear_marks(contracts_of(domain))


@contextmanager
def fresh_imports(root: Path) -> Iterator[None]:
    """Imports `udfs` from this project and as it is now, whatever was imported before."""
    before = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "udfs"}
    for name in before:
        del sys.modules[name]
    importlib.invalidate_caches()
    sys.path.insert(0, str(root))
    try:
        yield
    finally:
        sys.path.remove(str(root))
        for name in [name for name in sys.modules if name.partition(".")[0] == "udfs"]:
            del sys.modules[name]
        sys.modules.update(before)


def function_problem(function: Statement, root: Path) -> Problem | None:
    """Why a CREATE FUNCTION's Python function can't be used, at the line of Python where it fails."""
    path = function.implementation
    module, _, name = path.value.rpartition(".")
    try:
        found = importlib.import_module(module)
    except Exception as error:  # whatever a module raises when it is imported
        if isinstance(error, ModuleNotFoundError) and error.name and f"{module}.".startswith(f"{error.name}."):
            return function.problem(f"there is no {module.replace('.', '/')}.py", "correct the name, or write the file", path)
        file, line, column = place_of(error, root) or (function.file, path.line, path.column)
        what = error.msg if isinstance(error, SyntaxError) else str(error)
        return Problem(file, line, column, f"{module} can't be imported: {type(error).__name__}: {what}", "correct the Python file")
    if not hasattr(found, name):
        return function.problem(f"{module} has no {name}", nearest(name, vars(found)) or "correct the name, or write it", path)
    if not isinstance(getattr(found, name), UserDefinedFunctionWrapper):
        return function.problem(f"{path.value} is no function of Flink", "wrap it as udf(..., result_type=...)", path)
    return None


def place_of(error: Exception, root: Path) -> tuple[Path, int, int] | None:
    """Where an error arose in the project's own Python, as file, line and column."""
    if isinstance(error, SyntaxError) and error.filename:
        return Path(error.filename), error.lineno or 1, error.offset or 1
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(root / "udfs")]
    return (Path(frames[-1].filename), frames[-1].lineno or 1, (frames[-1].colno or 0) + 1) if frames else None


def in_folder(statement: Statement, folder: str) -> Statement:
    """A CREATE CATALOG of Iceberg as one that lives in `folder`, its tables' options kept; any other statement as it is."""
    if statement.kind != "CREATE CATALOG" or "type" not in statement.options or statement.options["type"].value != "iceberg":
        return statement
    name = statement.name[0]
    kept = "".join(f", '{key}' = {token.text}" for key, token in statement.options.items() if key.startswith("table-"))
    text = f"""CREATE CATALOG `{name}` WITH ('type' = 'iceberg', 'catalog-impl' = '{JDBC_CATALOG}', 'clients' = '1',
        'uri' = 'jdbc:sqlite:{folder}/catalog.db', 'jdbc.schema-version' = 'V1', 'warehouse' = 'file://{folder}/{name}'{kept});"""
    return split(text, statement.file)[0]


def domain_problems(domain: Domain, environment: Environment, unusable: frozenset[str]) -> Iterator[Problem]:
    """What Flink's planner finds wrong with a domain: each job with all that it needs, then what no job needs."""
    used: set[str] = set()
    for job in domain.jobs:
        yield from job_problems(job, domain, environment, unusable)
        used |= {s.declares for s in job.definitions}
    if unused := [name for name in domain.declared if name not in used]:
        yield from define(Planner(declared=domain.declared.values()), environment, domain, domain.closure(unused), set(unusable))


def job_problems(job: Job, domain: Domain, environment: Environment, unusable: frozenset[str]) -> Iterator[Problem]:
    """What is wrong with a job. It is planned as a whole only if nothing else is."""
    planner, failed = Planner(batch=job.is_batch, declared=domain.declared.values()), set(unusable)
    found = define(planner, environment, domain, [*job.settings, *job.definitions], failed)
    for insert in job.inserts:
        if {insert.view, insert.table} <= domain.declared.keys() - failed:
            found += contract_problems(job, insert, planner)
        topics = {
            topic for name, source in job.sources.items() if name in job.origins[insert.view] and (topic := environment.topic(source))
        }
        if len(topics) > 1 and not job.is_batch:
            what = f"{insert.table} has rows of several topics, {' and '.join(sorted(topics))}: their Kafka coordinates would clash"
            found.append(job.statement_set.problem(what, "write a table for each, and join them where they are read", insert.start))
    yield from found
    if not found and not failed and domain.is_whole:
        yield from plan_problems(planner, job, environment)


def define(planner: Planner, environment: Environment, domain: Domain, statements: Iterable[Statement], failed: set[str]) -> list[Problem]:
    """Executes definitions; one that uses a failed one is passed over and fails too, so that each fault is reported once."""
    problems: list[Problem] = []
    for statement in (*environment.resolved, *statements):
        needed = {".".join(statement.name[:length]) for length in range(1, 4)} | {statement.declares} | statement.uses
        if failed & needed:
            failed.add(statement.declares)
            continue
        try:
            planner.execute(statement)
            if statement.kind == "CREATE TEMPORARY TABLE" and statement in domain.declared.values():
                planner.explain(statement, f"SELECT * FROM `{statement.name[-1]}`")  # noqa: S608
        except ProjectError as error:
            failed.add(statement.declares)
            if domain.is_whole or not isinstance(error, UnknownNameError):
                problems += error.problems
    return problems


def plan_problems(planner: Planner, job: Job, environment: Environment) -> Iterator[Problem]:
    """Why a job can't be planned, at the view that Flink can't plan; which tables would not only grow; whether it forgets nothing."""
    try:
        plan = planner.explain(job.statement_set)
    except ProjectError as error:
        yield from first_unplannable(planner, job) or error.problems
        return
    if job.is_batch:
        return
    changing = {table for table, changes in SINK_INPUT.findall(plan) if changes != "I"}
    for insert in job.inserts:
        if insert.table in changing:
            what = f"{insert.view} takes back or changes rows that it gave before, and a stored table only grows"
            yield job.statement_set.problem(what, "group by a window of time, or where the table is read", insert.start)
    try:
        ttl = state_ttl([*environment.written, *job.settings])
    except ProjectError as error:
        yield from error.problems
        return
    if KEEPS_STATE.search(plan) and not changing and not ttl:
        what = "this job remembers what it has read, and nothing says for how long"
        yield job.statement_set.problem(what, f"add for example SET '{STATE_TTL}' = '24 h'; before it")


def first_unplannable(planner: Planner, job: Job) -> list[Problem]:
    """What is wrong with the first view of a job that can't be planned by itself."""
    for view in (s for s in job.definitions if s.kind == "CREATE TEMPORARY VIEW"):
        try:
            planner.explain(view, f"SELECT * FROM `{view.name[-1]}`")  # noqa: S608
        except ProjectError as error:
            return error.problems
    return []
