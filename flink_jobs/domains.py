"""`sql/<domain>/`: what each file declares, and what each job needs of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from flink_jobs.errors import Problem, ProjectError, TrunklineError, collected, nearest
from flink_jobs.project import Project
from flink_jobs.settings import setting_problems
from flink_jobs.statements import Statement, Token, dotted_name, read

LAYERS = ("bronze", "silver", "gold")
ROOMS = {
    "sources": ("CREATE TEMPORARY TABLE", "CREATE TEMPORARY VIEW"),
    **dict.fromkeys(LAYERS, ("CREATE TEMPORARY VIEW", "CREATE TABLE")),
    "jobs": ("SET", "EXECUTE STATEMENT SET"),
}
ALL_ROOMS = (*ROOMS, "checks", "serving")


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
        return ("execution.runtime-mode", "batch") in [(s.setting[0], s.setting[1].lower()) for s in self.settings]

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


@dataclass(frozen=True)
class Domain:
    """A folder of `sql/`: what it declares by name, in the order of its rooms, its jobs, and what is wrong with its files.

    `is_whole` when nothing is wrong with its declarations. Else a name that seems to be missing may only be in one of these.
    """

    name: str
    declared: dict[str, Statement]
    is_whole: bool
    problems: list[Problem]
    jobs: list[Job] = field(default_factory=list)

    def closure(self, names: Iterable[str]) -> Iterator[Statement]:
        """The statements that declare `names` and all that these use, used ones first."""
        return closure(self.declared, names)

    def add_job(self, file: Path, statements: list[Statement]) -> None:
        """Adds the job of one file; every problem in it at once as a ProjectError."""
        sets = [s for s in statements if s.kind == "EXECUTE STATEMENT SET"]
        if not sets or not list(insert_tokens(sets[0])):
            line, column = (sets[0].line, sets[0].column) if sets else (1, 1)
            raise ProjectError(
                [Problem(file, line, column, "this job writes nothing", "write EXECUTE STATEMENT SET BEGIN INSERT ...; END;")]
            )
        problems = [s.problem("a job is a file, and has one EXECUTE STATEMENT SET", "give this one a file of its own") for s in sets[1:]]
        problems += setting_problems(statements)
        inserts: list[Insert] = []
        for tokens in insert_tokens(sets[0]):
            with collected(problems):
                inserts.append(self.insert(sets[0], tokens, inserts))
        if problems:
            raise ProjectError(problems)
        needed = [name for insert in inserts for name in (insert.view, insert.table)]
        settings = tuple(s for s in statements if s.kind == "SET")
        origins = {insert.view: frozenset(s.declares for s in self.closure([insert.view])) for insert in inserts}
        self.jobs.append(Job(f"{self.name}-{file.stem}", settings, sets[0], tuple(inserts), tuple(self.closure(needed)), origins))

    def insert(self, statement_set: Statement, tokens: tuple[Token, ...], before: list[Insert]) -> Insert:
        """`INSERT INTO|OVERWRITE <contract> SELECT * FROM <view>`; a ProjectError when it is anything else."""

        def refused(what: str, fix: str, at: Token) -> ProjectError:
            return ProjectError([statement_set.problem(what, fix, at)])

        words = [token.keyword or token.text for token in tokens]
        table = dotted_name(tokens[2:])
        select = 2 + 2 * len(table) - 1
        if words[:1] != ["INSERT"] or words[1:2] not in (["INTO"], ["OVERWRITE"]) or words[select : select + 3] != ["SELECT", "*", "FROM"]:
            raise refused("a job holds wiring only: INSERT INTO <table> SELECT * FROM <view>", "put the rest into a view", tokens[0])
        view = ".".join(dotted_name(tokens[select + 3 :]))
        if len(tokens) != select + 4 or "." in view:
            at = tokens[min(select + (4 if "." not in view else 3), len(tokens) - 1)]
            raise refused("an INSERT takes one whole view", "put the rest into a view", at)
        name = ".".join(table)
        if name not in self.declared and self.is_whole:
            raise refused(f"no contract declares {name}", f"write CREATE TABLE {name} in {'/'.join(['sql', *table])}.sql", tokens[2])
        if view not in self.declared and self.is_whole:
            raise refused(f"no view is called {view}", nearest(view, self.declared) or "declare it", tokens[-1])
        writers = {insert.table: job.name for job in self.jobs for insert in job.inserts} | {insert.table: "this job" for insert in before}
        if name in writers:
            raise refused(f"{name} is written twice, first in {writers[name]}", "write each table in one place", tokens[2])
        return Insert(name, view, words[1] == "OVERWRITE", tokens[0], tokens[-1])


def closure(declared: dict[str, Statement], names: Iterable[str]) -> Iterator[Statement]:
    """The statements that declare `names` and all that these use, used ones first."""
    seen: set[str] = set()

    def visit(name: str) -> Iterator[Statement]:
        if name in seen or name not in declared:
            return
        seen.add(name)
        statement = declared[name]
        if statement.kind != "CREATE TABLE":
            for used in sorted(statement.uses):
                yield from visit(used)
        yield statement

    for name in names:
        yield from visit(name)


def insert_tokens(statement_set: Statement) -> Iterator[tuple[Token, ...]]:
    """The tokens of each statement between BEGIN and END."""
    start = 4
    for i, token in enumerate(statement_set.tokens):
        if token.text == ";":
            yield statement_set.tokens[start:i]
            start = i + 1


def chosen(domains: Iterable[Domain], name: str | None) -> list[Domain]:
    """The domain of that name, or all without one; TrunklineError where there is none of it."""
    by_name = {domain.name: domain for domain in domains}
    if name is not None and name not in by_name:
        raise TrunklineError(f"there is no domain {name}", nearest(name, by_name) or f"name one of: {', '.join(by_name)}")
    return [by_name[name]] if name else list(by_name.values())


def load_domains(project: Project) -> list[Domain]:
    """Every domain of the project; every problem in its files at once as a ProjectError."""
    domains = read_domains(project)
    problems = {problem for domain in domains for problem in domain.problems}
    if problems:
        raise ProjectError(problems)
    return domains


def read_domains(project: Project) -> list[Domain]:
    """Every domain of the project, with its problems."""
    problems: list[Problem] = []
    functions = declare(read_all((project.root / "udfs").glob("functions.sql"), ("CREATE TEMPORARY FUNCTION",), problems), problems)
    return [read_domain(folder, functions, list(problems)) for folder in project.domains]


def read_domain(folder: Path, functions: dict[str, Statement], problems: list[Problem]) -> Domain:
    """One domain; `problems` holds those of the functions, and takes its own."""
    statements: list[Statement] = []
    for room in ("sources", *LAYERS):
        statements += read_all((folder / room).glob("*.sql"), ROOMS[room], problems)
    problems += [problem for s in statements if s.kind == "CREATE TABLE" for problem in misplaced(s, folder)]
    declared = declare([*functions.values(), *statements], problems)
    problems += [problem for s in statements for problem in reading_problems(declared, s)]
    domain = Domain(folder.name, declared, not problems, problems)
    problems += [problem for file in folder.glob("*/**/*.sql") for problem in stray(file, folder)]
    for file in sorted((folder / "jobs").glob("*.sql")):
        unread = len(problems)
        statements = read_all([file], ROOMS["jobs"], problems)
        if len(problems) == unread:
            with collected(problems):
                domain.add_job(file, statements)
    return domain


def read_all(files: Iterable[Path], kinds: tuple[str, ...], problems: list[Problem]) -> list[Statement]:
    """The statements of the files by name; what can't be cut or is not of `kinds` is added to `problems`."""
    statements: list[Statement] = []
    for file in sorted(files):
        with collected(problems):
            statements += read(file)
    for other in (s for s in statements if s.kind not in kinds):
        place = f"{other.file.parent.name}/" if other.file.parent.name in ROOMS else other.file.name
        problems.append(other.problem(f"{other.kind} does not belong here", f"{place} holds {' and '.join(kinds)}"))
    return [s for s in statements if s.kind in kinds]


def declare(statements: list[Statement], problems: list[Problem]) -> dict[str, Statement]:
    """The statements by the names that they declare; a name declared twice is added to `problems`."""
    declared: dict[str, Statement] = {}
    for statement in statements:
        first = declared.setdefault(statement.declares, statement)
        if first is not statement:
            what = f"{statement.declares} is declared twice, first in {first.file.parent.name}/{first.file.name}:{first.line}"
            problems.append(statement.problem(what, "rename or remove one"))
    return declared


def misplaced(contract: Statement, domain: Path) -> Iterator[Problem]:
    """The path is the name: a contract that stands in another file than its name says."""
    expected = ".".join((domain.name, contract.file.parent.name, contract.file.stem))
    if contract.declares != expected:
        what = f"the path is the name: this file declares {expected}, not {contract.declares}"
        yield contract.problem(what, "rename the table or move the file")


def reading_problems(declared: dict[str, Statement], statement: Statement) -> Iterator[Problem]:
    """What a view or a source reads and may not: a stored table, in the end itself, more than one topic, a variable."""
    for name, token in statement.reads.items() if statement.kind == "CREATE TEMPORARY VIEW" else ():
        if len(name) > 1:
            what = f"a view can't read the stored table {'.'.join(name)}"
            yield statement.problem(what, "read the view that fills it: its rows come at once", token)
        elif statement in closure(declared, name):
            yield statement.problem(f"{statement.declares} is made of itself", f"let it read something else than {name[0]}", token)
    for key, token in statement.options.items():
        if key == "topic-pattern" or (key == "topic" and ";" in token.value):
            yield statement.problem("a source reads one topic", "write a source for each, and put them together in a view", token)
        if "${" in token.value or token.value.startswith("env:"):
            yield statement.problem(f"{token.text} is not filled in here", "such values belong into the catalog file", token)


def stray(file: Path, domain: Path) -> Iterator[Problem]:
    """A file in a folder where nothing looks for it."""
    room = file.parent.relative_to(domain).as_posix()
    if room not in ALL_ROOMS:
        yield Problem(file, 1, 1, f"{room}/ is no place for SQL", nearest(room, ALL_ROOMS) or f"move it into one of {', '.join(ALL_ROOMS)}")
