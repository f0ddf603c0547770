"""`sql/<domain>/`: what each file declares, and what each job needs of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from flink_jobs.errors import Problem, ProjectError
from flink_jobs.project import Project
from flink_jobs.statements import Statement, Token, dotted_name, read

LAYERS = ("bronze", "silver", "gold")
ROOMS = {
    "sources": ("CREATE TEMPORARY TABLE", "CREATE TEMPORARY VIEW"),
    **dict.fromkeys(LAYERS, ("CREATE TEMPORARY VIEW", "CREATE TABLE")),
    "jobs": ("SET", "EXECUTE STATEMENT SET"),
}


@dataclass(frozen=True)
class Insert:
    """One `INSERT INTO table SELECT * FROM view` of a job."""

    table: str
    view: str
    overwrite: bool
    start: Token
    end: Token


@dataclass(frozen=True)
class Job:
    """A file in `jobs/`: its settings, its inserts, and every definition that they need, in an order in which Flink takes them."""

    name: str
    settings: tuple[Statement, ...]
    statement_set: Statement
    inserts: tuple[Insert, ...]
    definitions: tuple[Statement, ...]
    origins: dict[str, frozenset[str]]  # view -> every name that it is made of

    @property
    def is_batch(self) -> bool:
        """Whether it ends by itself."""
        return ("execution.runtime-mode", "batch") in [(key, value.lower()) for key, value in map(setting, self.settings)]

    @property
    def functions(self) -> list[Statement]:
        """The CREATE FUNCTION statements that it uses."""
        return [s for s in self.definitions if s.kind == "CREATE TEMPORARY FUNCTION"]

    @property
    def contracts(self) -> dict[str, Statement]:
        """The CREATE TABLE statements of the tables that it writes, by three-word name."""
        return {".".join(s.name): s for s in self.definitions if s.kind == "CREATE TABLE"}

    @property
    def sources(self) -> dict[str, Statement]:
        """The temporary tables that it may read, by name."""
        return {s.name[-1]: s for s in self.definitions if s.kind == "CREATE TEMPORARY TABLE"}


def setting(statement: Statement) -> tuple[str, str]:
    """Key and value of `SET 'key' = 'value'`."""
    strings = [token.value for token in statement.tokens if token.kind == "string"]
    return (strings[0], strings[1]) if len(strings) == 2 else ("", "")


@dataclass(frozen=True)
class Domain:
    """A folder of `sql/`: what it declares by name, in the order of its rooms, and its job files."""

    name: str
    declared: dict[str, Statement]
    job_files: dict[Path, list[Statement]]

    @cached_property
    def jobs(self) -> list[Job]:
        """The jobs in the order of their files' names; every problem in them at once as a ProjectError."""
        problems: list[Problem] = []
        jobs = []
        for file, statements in self.job_files.items():
            try:
                jobs.append(self.job(file, statements))
            except ProjectError as error:
                problems += error.problems
        writers: dict[str, Job] = {}
        for job in jobs:
            for insert in job.inserts:
                first = writers.setdefault(insert.table, job)
                if first is not job or [i.table for i in job.inserts].index(insert.table) != job.inserts.index(insert):
                    what = f"{insert.table} is written twice, first in the job {first.name}"
                    problems.append(job.statement_set.problem(what, "write each table in one place", insert.start))
        if problems:
            raise ProjectError(problems)
        return jobs

    def job(self, file: Path, statements: list[Statement]) -> Job:
        """The job of one file."""
        sets = [s for s in statements if s.kind == "EXECUTE STATEMENT SET"]
        if len(sets) != 1:
            place = sets[1] if sets else None
            what = f"a job has one EXECUTE STATEMENT SET, this file has {len(sets)}"
            raise ProjectError([Problem(file, place.line if place else 1, place.column if place else 1, what, "a job is a file: keep one")])
        inserts = tuple(self.inserts(sets[0]))
        needed = [name for insert in inserts for name in (insert.view, insert.table)]
        settings = tuple(s for s in statements if s.kind == "SET")
        origins = {insert.view: frozenset(".".join(s.name) for s in self.closure([insert.view])) for insert in inserts}
        return Job(f"{self.name}-{file.stem}", settings, sets[0], inserts, tuple(self.closure(needed)), origins)

    def inserts(self, statement_set: Statement) -> Iterator[Insert]:
        """The inserts of a statement set, each checked to be wiring and nothing else."""
        problems = []
        body = statement_set.tokens[4:-1]  # between BEGIN and END
        start = 0
        for i, token in enumerate(body):
            if token.text != ";":
                continue
            insert, problem = self.insert(statement_set, body[start:i])
            if insert:
                yield insert
            problems += [problem] if problem else []
            start = i + 1
        if problems:
            raise ProjectError(problems)

    def insert(self, statement_set: Statement, tokens: tuple[Token, ...]) -> tuple[Insert | None, Problem | None]:
        """`INSERT INTO|OVERWRITE <contract> SELECT * FROM <view>`, or what is wrong with it."""
        words = [token.keyword or token.text for token in tokens]
        table = dotted_name(tokens[2:])
        select = 2 + 2 * len(table) - 1
        if words[:1] != ["INSERT"] or words[1:2] not in (["INTO"], ["OVERWRITE"]) or words[select : select + 3] != ["SELECT", "*", "FROM"]:
            what = "an INSERT is wiring: INSERT INTO <table> SELECT * FROM <view>"
            return None, statement_set.problem(what, "put the rule into a view", tokens[0])
        view = dotted_name(tokens[select + 3 :])
        if len(tokens) != select + 4 or len(view) != 1:
            return None, statement_set.problem("an INSERT takes one whole view", "put the rule into a view", tokens[min(select + 3, len(tokens) - 1)])
        name = ".".join(table)
        if name not in self.declared:
            where = "/".join(["sql", *table]) + ".sql"
            return None, statement_set.problem(f"no contract declares {name}", f"write CREATE TABLE {name} in {where}", tokens[2])
        if view[0] not in self.declared:
            return None, statement_set.problem(f"no view is called {view[0]}", "write CREATE TEMPORARY VIEW, or correct the name", tokens[-1])
        return Insert(name, view[0], words[1] == "OVERWRITE", tokens[0], tokens[-1]), None

    def closure(self, names: list[str]) -> Iterator[Statement]:
        """The statements that declare `names` and all that these use, used ones first."""
        seen: set[str] = set()

        def visit(name: str) -> Iterator[Statement]:
            if name in seen or name not in self.declared:
                return
            seen.add(name)
            statement = self.declared[name]
            if statement.kind != "CREATE TABLE":
                for used in sorted(statement.uses):
                    yield from visit(used)
            yield statement

        for name in names:
            yield from visit(name)


def load_domains(project: Project) -> list[Domain]:
    """Every domain of the project; every problem in its files at once as a ProjectError."""
    problems: list[Problem] = []
    shared = declare(read_all([project.root / "udfs" / "functions.sql"], ("CREATE TEMPORARY FUNCTION",), problems), problems)
    domains = []
    for folder in sorted(path for path in (project.root / "sql").iterdir() if path.is_dir()):
        statements: list[Statement] = []
        for room in ("sources", *LAYERS):
            statements += read_all(sorted((folder / room).glob("*.sql")), ROOMS[room], problems)
        problems += [problem for s in statements if s.kind == "CREATE TABLE" for problem in misplaced(s, folder)]
        declared = declare([*shared.values(), *statements], problems)
        job_files = {file: read_all([file], ROOMS["jobs"], problems) for file in sorted((folder / "jobs").glob("*.sql"))}
        domains.append(Domain(folder.name, declared, job_files))
    if problems:
        raise ProjectError(problems)
    return domains


def read_all(files: list[Path], kinds: tuple[str, ...], problems: list[Problem]) -> list[Statement]:
    """The statements of the files; what can't be cut or is not of `kinds` is added to `problems`."""
    statements: list[Statement] = []
    for file in files:
        try:
            found = read(file)
        except ProjectError as error:
            problems += error.problems
            continue
        problems += [s.problem(f"{s.kind} does not belong here", f"{file.parent.name}/ holds {', '.join(kinds)}") for s in found if s.kind not in kinds]
        statements += [s for s in found if s.kind in kinds]
    return statements


def declare(statements: list[Statement], problems: list[Problem]) -> dict[str, Statement]:
    """The statements by the names that they declare; a name declared twice is added to `problems`."""
    declared: dict[str, Statement] = {}
    for statement in statements:
        name = ".".join(statement.name)
        first = declared.setdefault(name, statement)
        if first is not statement:
            what = f"{name} is declared twice, first in {first.file.name}:{first.line}"
            problems.append(statement.problem(what, "rename or remove one"))
    return declared


def misplaced(contract: Statement, domain: Path) -> Iterator[Problem]:
    """The path is the name: a contract that stands in another file than its name says."""
    expected = (domain.name, contract.file.parent.name, contract.file.stem)
    if contract.name != expected:
        yield contract.problem(f"the path is the name: this file declares {'.'.join(expected)}, not {'.'.join(contract.name)}", "rename the table or move the file")
