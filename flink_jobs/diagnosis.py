"""Flink's errors, said to the person who wrote the SQL: where, what, what to do."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from py4j.protocol import Py4JJavaError

from flink_jobs.errors import Problem, ProjectError, nearest
from flink_jobs.secrecy import hidden
from flink_jobs.statements import Statement, Token

PLACE = re.compile(r"(?:[Ff]rom |,? ?at )?line (\d+), column (\d+)(?: to line \d+, column \d+)?(?:: )?")
CAUSED_BY = re.compile(r"^(?:Caused by: )?[\w.$]+(?:Exception|Error): (.*?)(?=^\s+at |^Caused by: |\Z)", re.DOTALL | re.MULTILINE)
STACK_TRACE = re.compile(r"\n\s*at .*", re.DOTALL)
TYPES = (
    "STRING",
    "BOOLEAN",
    "INT",
    "INTEGER",
    "BIGINT",
    "DOUBLE",
    "DECIMAL",
    "DATE",
    "TIMESTAMP",
    "TIMESTAMP_LTZ",
    "BYTES",
    "ROW",
    "ARRAY",
)
SPOKEN = {
    r"VARCHAR(?!\()|VARCHAR\(2147483647\)": "STRING",
    r"VARBINARY(?!\()|VARBINARY\(2147483647\)": "BYTES",
    r"TIMESTAMP_WITH_LOCAL_TIME_ZONE": "TIMESTAMP_LTZ",
    r"INTEGER": "INT",
    r"(?<!\w)<([^<>]+)>": r"\1",
}


class Column(Protocol):
    """A column of a relation."""

    name: str
    type: str


class Names(Protocol):
    """What a planner knows by name."""

    def columns(self, name: str) -> Sequence[Column]:
        """The columns of a table or view."""

    def relations(self) -> list[str]:
        """Sources and views."""

    def functions(self) -> list[str]:
        """All functions."""


class UnknownNameError(ProjectError):
    """A relation or a function that nobody declared: right only if every declaration was read."""


class RestoreError(ProjectError):
    """A checkpoint or savepoint that the job as it is planned now can't go on from."""


@dataclass(frozen=True)
class Failure:
    """A statement that Flink refused, the messages of the exception and its causes, outermost first, and what ran before."""

    statement: Statement
    causes: list[str]
    executed: Sequence[Statement]
    names: Names
    is_own_text: bool

    @property
    def place(self) -> tuple[int, int]:
        """The innermost place that a message names, as line and column of the file; else where the statement begins."""
        found = next((place for text in reversed(self.causes) if (place := PLACE.search(text))), None)
        if found and self.is_own_text:
            return self.statement.place(int(found[1]), int(found[2]))
        return self.statement.line, self.statement.column

    @property
    def option_space(self) -> str:
        """What stands before the options of the format that refused them, or of one that it wraps; else nothing."""
        return "".join(space for text in self.causes for space in re.findall(r"in option space '(.+?)'", text))

    def problem(self, what: str, fix: str = "", at: Token | None = None) -> Problem:
        """A problem at a token of the statement, or where Flink says."""
        return self.statement.problem(what, fix, at) if at else Problem(self.statement.file, *self.place, what, fix)

    def option_problem(self, key: str, what: str, fix: str, *, at_value: bool = False) -> Problem:
        """A problem at an option or a setting: in this statement, else in the last one before it that has it."""
        for statement in (self.statement, *reversed(self.executed)):
            for token, value in zip(statement.tokens, statement.tokens[2:], strict=False):
                if token.kind == "string" and token.value == key:
                    return statement.problem(what, fix, value if at_value else token)
        return self.problem(what, fix)

    def last(self, name: str) -> Token | None:
        """Where a name stands last in the statement."""
        return next((token for token in reversed(self.statement.tokens) if token.is_name and token.value == name), None)

    def mentioned(self, text: str) -> Token | None:
        """What a message without a place is about: the option that it quotes, or the name that it begins with."""
        if any(PLACE.search(cause) for cause in self.causes):
            return None
        quoted = [word for word in re.findall(r"'([\w.-]+)'", text) if self.statement.options]
        for token in self.statement.tokens:
            if token.kind == "string" and any(f".{token.value}".endswith(f".{word}") for word in quoted):
                return token
        return self.last(text.split()[0])


Rule = Callable[[Failure, re.Match[str]], Iterator[Problem]]
RULES: dict[re.Pattern[str], tuple[Rule, type[ProjectError]]] = {}


def rule(pattern: str, raises: type[ProjectError] = ProjectError) -> Callable[[Rule], Rule]:
    """Says how to tell of the errors that a pattern finds in a message of Flink."""

    def register(say: Rule) -> Rule:
        RULES[re.compile(pattern, re.DOTALL)] = say, raises
        return say

    return register


def diagnose(statement: Statement, error: Exception, executed: Sequence[Statement], names: Names, *, is_own_text: bool) -> ProjectError:
    """Flink's error as problems in the project's files. No secret of an executed statement is in them."""
    secrets = {secret for s in (statement, *executed) for secret in s.secrets}
    failure = Failure(statement, [hidden(text, secrets) for text in messages(error)], executed, names, is_own_text)
    for pattern, (say, raises) in RULES.items():
        if found := next((match for text in failure.causes if (match := pattern.search(text))), None):
            return raises(say(failure, found))
    text = plain(failure.causes) or type(error).__name__
    return ProjectError([failure.problem(text, at=failure.mentioned(text))])


def messages(error: Exception) -> list[str]:
    """The messages of a Java exception and its causes, outermost first."""
    if not isinstance(error, Py4JJavaError):
        return [text.strip() for text in CAUSED_BY.findall(str(error))] or [str(error)]
    texts, cause = [], error.java_exception
    while cause is not None:
        texts.append(STACK_TRACE.sub("", cause.getMessage() or "").strip())
        cause = cause.getCause()
    return texts


def plain(causes: list[str]) -> str:
    """The innermost message in one line, without places of its own and lists of what there is."""
    text = next((text for text in reversed(causes) if text), "")
    return spoken(" ".join(PLACE.sub("", text).partition("\n\n")[0].split()).removeprefix("SQL validation failed. ").rstrip("."))


def spoken(text: str) -> str:
    """Types as SQL writes them."""
    for written, said in SPOKEN.items():
        text = re.sub(written, said, text)
    return text


@rule(r'Encountered "(.*?)" at line \d+, column \d+\.(?:\s*Was expecting(?: one of)?:\n(.*))?')
def syntax(failure: Failure, found: re.Match[str]) -> Iterator[Problem]:
    """A word where the grammar has none."""
    expected = re.findall(r"^\s*(\S.*?)(?: \.\.\.)?\s*$", found[2] or "", re.MULTILINE)
    words = [text.strip('"') for text in expected if text.startswith('"')]
    line, column = failure.place
    before = next((token for token in reversed(failure.statement.tokens) if (token.line, token.column) < (line, column)), None)
    text = found[1].split()[0]
    if text == "<EOF>":
        yield failure.problem("the statement ends too early", "is a ) missing?")
    elif "<BACK_QUOTED_IDENTIFIER>" in expected and text.isidentifier():
        yield failure.problem(f"{text} is a word of SQL, and can't be a name as it is", f"write `{text}`")
    elif before and before.kind == "word" and before.keyword not in words and nearest(before.text, words):
        yield failure.problem(f"{before.text} is not understood", nearest(before.keyword, words), before)
    else:
        listed = f"expected {' or '.join(words)}" if 0 < len(expected) == len(words) <= 3 else ""
        fix = "is a ) missing before it?" if ")" in words else listed or "something before it is missing or too much"
        yield failure.problem(f"{text if text.isidentifier() else repr(text)} is not expected here", fix)


@rule(r"Failed to rollback to checkpoint/savepoint \S+ (.*?)\.(?:\s|$)", RestoreError)
def restore(failure: Failure, found: re.Match[str]) -> Iterator[Problem]:
    """State of a job that was planned otherwise."""
    yield failure.problem(f"its state can't be restored: {found[1]}")


@rule(r"Channel became inactive")
def hangs_up(failure: Failure, _: re.Match[str]) -> Iterator[Problem]:
    """A server that ends the connection before it has answered."""
    yield failure.problem("Flink hangs up", "behind HTTPS, SET those security.ssl.algorithms in catalog/<env>.sql that it takes")


@rule(r"Column '(.+?)' not found in")
def column(failure: Failure, found: re.Match[str]) -> Iterator[Problem]:
    """A column that none of the relations has, or a field that a ROW has not."""
    types = {column.name: column.type for relation in failure.statement.reads for column in failure.names.columns(relation[-1])}
    owner, _, field = found[1].rpartition(".")
    names = re.findall(r"`(\w+)`", types[owner]) if owner in types else list(types)
    what = f"{owner} has no field {field}" if owner in types else f"no column is called {found[1]}"
    yield failure.problem(what, nearest(field, names) or f"there is {', '.join(names)}")


@rule(r"Object '(.+?)' not found", UnknownNameError)
def relation(failure: Failure, found: re.Match[str]) -> Iterator[Problem]:
    """A relation that nobody declared."""
    yield failure.problem(f"no view or source is called {found[1]}", nearest(found[1], failure.names.relations()) or "declare it")


@rule(r"Source table '(.+?)' of the LIKE clause not found")
def base(failure: Failure, found: re.Match[str]) -> Iterator[Problem]:
    """A table that a source is LIKE."""
    name = found[1].replace("`", "").rpartition(".")[2]
    fix = nearest(name, failure.names.relations()) or "declare it in the catalog file"
    yield failure.problem(f"no table is called {name}", fix, failure.last(name))


@rule(r"No match found for function signature (\w+)\((.*?)\)\.?(?:\s*Supported signatures are:\n(.*))")
def arguments(failure: Failure, found: re.Match[str]) -> Iterator[Problem]:
    """A function with other arguments than it takes."""
    yield failure.problem(f"{found[1]} does not take ({spoken(found[2])})", f"it takes {signatures(found[3])}")


@rule(r"No match found for function signature (\w+)\(", UnknownNameError)
def function(failure: Failure, found: re.Match[str]) -> Iterator[Problem]:
    """A function that nobody declared."""
    fix = nearest(found[1], failure.names.functions()) or "declare it in udfs/functions.sql"
    yield failure.problem(f"no function is called {found[1]}", fix)


@rule(r"Expected signatures are:\n(.*)")
def argument_types(failure: Failure, found: re.Match[str]) -> Iterator[Problem]:
    """A function with arguments of other types than it takes."""
    call = next((match for text in failure.causes if (match := re.search(r"Invalid function call:\n(?:\w+\.)*(\w+)\((.*)\)", text))), None)
    name, given = (call[1], spoken(call[2])) if call else ("this function", "these arguments")
    yield failure.problem(f"{name} does not take ({given})", f"it takes {signatures(found[1])}", failure.statement.calls.get(name.lower()))


def signatures(text: str) -> str:
    """`a.b.rate(arg0 => INT)` as `(INT)`."""
    return " or ".join(re.sub(r"\w+ => ", "", line[line.index("(") :]) for line in text.splitlines() if "(" in line)


@rule(r"Cannot apply '(.+?)' to arguments of type '(.+?)'\. Supported form\(s\): (.*)")
def operator(failure: Failure, found: re.Match[str]) -> Iterator[Problem]:
    """An operator between types that it does not take."""
    forms = " or ".join(spoken(form) for form in re.findall(r"'(.+?)'", found[3]))
    yield failure.problem(f"{found[1]} does not work as {spoken(found[2])}", f"it takes {forms}")


@rule(r"Unsupported options found for '(.+?)'\.\n\nUnsupported options:\n\n(.*?)\n\nSupported options:\n\n(.*)")
def option(failure: Failure, found: re.Match[str]) -> Iterator[Problem]:
    """Options that a connector does not have."""
    for key in found[2].split():
        fix = nearest(key, found[3].split()) or f"remove it, or see the documentation of {found[1]}"
        yield failure.option_problem(failure.option_space + key, f"{found[1]} has no option {key}", fix)


@rule(r"Missing required options are:\n\n(.*)")
def missing_options(failure: Failure, found: re.Match[str]) -> Iterator[Problem]:
    """Options that a connector or a format can't do without."""
    for key in found[1].split():
        yield failure.problem(f"the option {failure.option_space}{key} is missing", "add it to the options of this source")


@rule(r"Could not parse value '(.*)' for key '(.+?)'")
def option_value(failure: Failure, found: re.Match[str]) -> Iterator[Problem]:
    """An option with a value that it can't have."""
    reason = failure.causes[-1]
    listed = re.search(r"Expected one of: \[\[(.+?)\]\]", reason)
    is_said = listed or found[0] in reason or reason.startswith("For input string")
    what = f"{found[2]} can't be {found[1]!r}" + ("" if is_said else f": {reason}")
    yield failure.option_problem(found[2], what, f"choose one of {listed[1]}" if listed else "correct it", at_value=True)


@rule(r"Either 'topic' or 'topic-pattern' must be set")
def topic(failure: Failure, _: re.Match[str]) -> Iterator[Problem]:
    """A source without a topic."""
    yield failure.problem("this source has no topic", "add 'topic' = '...' to its options")


@rule(r"Could not find any factory for identifier '(.+?)' that implements.*?identifiers are:\n\n(.*)")
def factory(failure: Failure, found: re.Match[str]) -> Iterator[Problem]:
    """A connector, format or kind of catalog that does not exist."""
    known = found[2].split()
    candidates = [option for s in (failure.statement, *reversed(failure.executed)) for option in s.options.items()]
    key = next((key for key, value in candidates if value.value == found[1]), "connector or format")
    fix = nearest(found[1], known) or f"choose one of {', '.join(known)}"
    yield failure.option_problem(key, f"there is no {key} {found[1]}", fix, at_value=True)


@rule(r"Unknown identifier '(\w+)'")
def type_name(failure: Failure, found: re.Match[str]) -> Iterator[Problem]:
    """A type that does not exist."""
    yield failure.problem(f"no type is called {found[1]}", nearest(found[1], TYPES) or f"choose one of {', '.join(TYPES)}")


@rule(r"A column with the same name `(.+?)` has been defined|A regular Column named '(.+?)' already exists")
def repeated(failure: Failure, found: re.Match[str]) -> Iterator[Problem]:
    """Two columns of one name."""
    name = found[1] or found[2]
    yield failure.problem(f"the column {name} stands twice", "remove or rename one", failure.last(name) if found[2] else None)


@rule(r"Partition column '(.+?)' not defined in the table schema\. Available columns: \[(.*?)\]")
def partition(failure: Failure, found: re.Match[str]) -> Iterator[Problem]:
    """A partition by something that is no column."""
    names = found[2].replace("'", "").split(", ")
    fix = nearest(found[1], names) or f"there is {', '.join(names)}"
    yield failure.problem(f"no column is called {found[1]}", fix, failure.last(found[1]))


@rule(r"Expression '(.+?)' is not being grouped")
def grouped(failure: Failure, found: re.Match[str]) -> Iterator[Problem]:
    """A column beside GROUP BY."""
    yield failure.problem(f"{found[1]} is neither grouped nor aggregated", "add it to GROUP BY, or take its MAX, MIN or the like")


@rule(r"Column '(.+?)' is ambiguous")
def ambiguous(failure: Failure, found: re.Match[str]) -> Iterator[Problem]:
    """A column that several relations have."""
    owners = [".".join(name) for name in failure.statement.reads if found[1] in {c.name for c in failure.names.columns(name[-1])}]
    yield failure.problem(f"{found[1]} may be a column of {' or '.join(owners)}", f"write {(owners or ['t'])[0]}.{found[1]}")


@rule(r"implicit type conversion between (\w+) and (\w+) is not supported")
def conversion(failure: Failure, found: re.Match[str]) -> Iterator[Problem]:
    """A comparison of types that have nothing in common."""
    yield failure.problem(f"{spoken(found[1])} can't be compared with {spoken(found[2])}", "CAST one of them")


@rule(r"Catalog (\w+) does not exist")
def catalog(failure: Failure, found: re.Match[str]) -> Iterator[Problem]:
    """A catalog that nobody declared."""
    catalogs = [statement.declares for statement in failure.executed if statement.kind == "CREATE CATALOG"]
    fix = nearest(found[1], catalogs) or f"add CREATE CATALOG {found[1]} to the catalog file"
    yield failure.problem(f"no catalog is called {found[1]}", fix, failure.last(found[1]))
