"""What is personal in a domain, and the SELECT list that masks it.

The COMMENT of a stored column says so: it ends with `; personal`. What is made of such a column is personal too, unless a file denies it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from flink_jobs.columns import column_token, physical_columns
from flink_jobs.errors import Problem, ProjectError
from flink_jobs.lake import quoted
from flink_jobs.statements import Statement, read_text
from readers.lineage import Place, UnresolvedError, origins
from readers.model import Column, Model, Table, column_comments

PERSONAL = "personal"
MARKS = {PERSONAL: True, f"not {PERSONAL}": False}
LIKENESS = 0.75  # of a word to `personal`: one this close is taken for a slip of the pen
KEY_OF = re.compile(r"(?:surrogate key of|^dim_\w+, by) ([\w, ]+)")
EXCEPTION = re.compile(r"^-- Not personal: (.*)$", re.MULTILINE)
NAME = re.compile(r"\w+")
TEXT = "VARCHAR"

Sources = dict[Place, frozenset[Place]]  # what a column is made of


@dataclass(frozen=True)
class Privacy:
    """The personal columns of each table and view of a model, by three-word name; `unjudged`: why other views are not among them."""

    personal: Mapping[str, frozenset[str]]
    unjudged: Mapping[str, str]

    def select_list(self, table: Table) -> str:
        """What to SELECT of a table or view, or of anything with its columns, so that nothing personal is left. Types stay.

        It needs the function `pseudonym` of readers/pseudonyms.py: a text becomes its pseudonym; anything else that is personal, NULL.
        KeyError for a view that is not judged.
        """
        personal = self.personal[table.name]
        return ", ".join(_masked(column) if column.name in personal else quoted(column.name) for column in table.columns)


def privacy(model: Model) -> Privacy:
    """What is personal in a model. ProjectError where a comment is unclear, or an exception is none.

    A column is when its comment says so, when it is the key of one that is, when it refers to a dimension with such a key, and,
    in a view, when it may show such a value. Exceptions: `; not personal` in a comment, `-- Not personal: a, b` in a view's file.
    """
    tables = [*model.beneath.values(), *model.tables.values()]
    stored = [table for table in tables if not table.is_view]
    views = [table for table in tables if table.is_view]
    marked, excepted = _marked(stored, True), _marked(stored, False) | {place for view in views for place in _exceptions(view)}
    sources, unjudged = _sources_of_views(tables)
    for table in tables:
        sources |= {place: sources.get(place, frozenset()) | keys for place, keys in _sources_of_keys(model, table).items()}
    found = _reached(marked, sources, excepted)
    problems = [*unclear_marks(model.contracts), *_idle_exceptions(views, sources, found)]
    if problems:
        raise ProjectError(problems)
    judged = [table for table in model.tables.values() if table.name not in unjudged]
    return Privacy({table.name: frozenset(column for name, column in found if name == table.name) for table in judged}, unjudged)


def _masked(column: Column) -> str:
    name = quoted(column.name)
    return f"pseudonym({name}) AS {name}" if column.type == TEXT else f"CAST(NULL AS {column.type}) AS {name}"


def _marked(tables: Iterable[Table], wanted: bool) -> set[Place]:
    """The columns whose comment says that they are personal, or that they are not."""
    return {(table.name, column.name) for table in tables for column in table.columns if _mark(column.comment) is wanted}


def _mark(comment: str) -> bool | None:
    return MARKS.get(comment.rpartition(";")[2].strip())


def _exceptions(view: Table) -> dict[Place, Problem]:
    """The columns that a view's file says are not personal, each with what to say where that is no exception."""
    text = read_text(view.file)
    found = {}
    for comment in EXCEPTION.finditer(text):
        for name in NAME.finditer(comment[1]):
            start = comment.start(1) + name.start()
            line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
            what = f"{name[0]} is no personal column of {view.name} anyway"
            found[view.name, name[0]] = Problem(view.file, line, column, what, "remove it from this comment, or correct its name")
    return found


def _idle_exceptions(views: Iterable[Table], sources: Sources, found: set[Place]) -> Iterator[Problem]:
    for view in views:
        for place, problem in _exceptions(view).items():
            if not sources.get(place, frozenset()) & found:
                yield problem


def unclear_marks(contracts: Mapping[str, Statement]) -> Iterator[Problem]:
    """Comments that seem to speak of it in another form, and columns that are personal by their name in another table."""
    comments = {name: column_comments(contract) for name, contract in contracts.items()}
    personal = {column: name for name, said in comments.items() for column, comment in said.items() if _mark(comment)}
    fix = f"end its comment with '; {PERSONAL}' or '; not {PERSONAL}'"
    for name, contract in contracts.items():
        for column in physical_columns(contract):
            comment = comments[name].get(column, "")
            if _mark(comment) is not None:
                continue
            if words := get_close_matches(PERSONAL, NAME.findall(comment.lower()), cutoff=LIKENESS):
                what = f"the comment of {column} says {words[0]}, but does not end with '; {PERSONAL}'"
                yield contract.problem(what, fix, column_token(contract, column))
            elif column in personal:
                what = f"{column} is personal in {personal[column]}, and here nothing is said of that"
                yield contract.problem(what, fix, column_token(contract, column))


def _sources_of_keys(model: Model, table: Table) -> Sources:
    """What keys are made of: columns beside them, as their comments say, and the keys of the dimensions that they refer to."""
    names = {column.name for column in table.columns}
    found: dict[Place, frozenset[Place]] = {}
    if not table.is_view:
        for column in table.columns:
            said = KEY_OF.search(column.comment)
            natural = set(NAME.findall(said[1])) & names if said else set()
            found[table.name, column.name] = frozenset((table.name, name) for name in natural)
    for reference in model.references(table):
        place = table.name, reference.column
        found[place] = found.get(place, frozenset()) | {(reference.table, reference.key)}
    return found


def _sources_of_views(tables: Iterable[Table]) -> tuple[Sources, dict[str, str]]:
    """What the columns of views are made of, and why it can't be known of some, by name."""
    known = {table.name: [column.name for column in table.columns] for table in tables}
    found: Sources = {}
    unjudged: dict[str, str] = {}
    for view in (table for table in tables if table.is_view):
        if missing := [name for name in sorted(view.reads) if name in unjudged]:
            unjudged[view.name] = f"it reads {missing[0]}"
            continue
        try:
            shown = origins(view.file, known[view.name], {name: known[name] for name in view.reads if name in known})
        except UnresolvedError as error:
            unjudged[view.name] = str(error)
        else:
            found |= {(view.name, column): places for column, places in shown.items()}
    return found, unjudged


def _reached(marked: set[Place], sources: Sources, excepted: set[Place]) -> set[Place]:
    """The places that are marked, and those that are made of one that is reached; an excepted one is never."""
    made: dict[Place, set[Place]] = {}
    for place, places in sources.items():
        for source in places:
            made.setdefault(source, set()).add(place)
    found: set[Place] = set()
    waiting = set(marked)
    while waiting:
        place = waiting.pop()
        found.add(place)
        waiting |= made.get(place, set()) - found - excepted
    return found
