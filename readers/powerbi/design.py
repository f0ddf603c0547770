"""`sql/<domain>/powerbi.yaml`: what only a person can say of a domain's Power BI project, its measures and pages."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, Field, ValidationError, model_validator

from flink_jobs.errors import Problem, ProjectError, nearest
from flink_jobs.statements import read_text
from readers.model import Table
from readers.powerbi.dax import DaxError, names

Text = Annotated[str, Field(min_length=1)]
Columns = Mapping[str, Collection[str]]  # of each table, by its third word
Steps = tuple[str | int, ...]
Wrong = tuple[Steps, str, str]  # where in the file, what, what to do
Kind = Literal["card", "line", "column", "bar", "donut", "table", "slicer"]


class Part(BaseModel, extra="forbid", frozen=True):
    """A part of the file."""


class Measure(Part):
    """A measure of a table: DAX, and how its values are shown."""

    name: Text
    dax: Text
    format: Text
    description: Text
    folder: str = ""


class TableDesign(Part):
    """What is said of a table: what sorts a column, the levels of hierarchies, what columns are on a map, measures."""

    sort: dict[str, str] = {}
    hierarchies: dict[str, list[str]] = {}
    categories: dict[str, Literal["Latitude", "Longitude", "City", "StateOrProvince", "Country", "Place"]] = {}
    measures: list[Measure] = []


class Visual(Part):
    """A visual: of measures, of columns (`table.column`) by which they are grouped; or a slicer of one column, with a first choice."""

    kind: Kind
    title: str = ""
    measures: list[str] = []
    by: list[str] = []
    single: bool = False
    chosen: str = ""

    @model_validator(mode="after")
    def _is_whole(self) -> "Visual":
        if (self.kind == "slicer") == bool(self.measures):
            raise ValueError("a slicer has no measures, any other visual has some")
        if (self.kind == "card") == bool(self.by):
            raise ValueError("a card is by nothing, any other visual is by some column")
        if self.kind != "slicer" and (self.single or self.chosen):
            raise ValueError("only in a slicer can something be chosen")
        return self


class Page(Part):
    """A page: rows of visuals."""

    name: Text
    rows: list[list[Visual]]

    @property
    def visuals(self) -> list[Visual]:
        """From left to right and top to bottom."""
        return [visual for row in self.rows for visual in row]


class Design(Part):
    """What the file says. Tables of serving that it names are shown beside facts and dimensions."""

    tables: dict[str, TableDesign] = {}
    pages: list[Page] = []

    def home(self, measure: str) -> str:
        """The table that a measure stands in."""
        return next(table for table, design in self.tables.items() if measure in {own.name for own in design.measures})


def load_design(file: Path) -> Design:
    """The design of a domain, an empty one without a file; ProjectError with every place where it is no such thing."""
    if not file.exists():
        return Design()
    text = read_text(file)
    try:
        return Design.model_validate(yaml.safe_load(text) or {})
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise ProjectError([Problem(file, line, column, f"this is no YAML: {error.problem}", "correct it")]) from None
    except ValidationError as error:
        problems = [problem(file, text, tuple(found["loc"]), found["msg"].removeprefix("Value error, ")) for found in error.errors()]
        raise ProjectError(problems) from None


def check_design(file: Path, design: Design, tables: Mapping[str, Table]) -> None:
    """Raises ProjectError with every name in a design that is not one of `tables` (by their third words), of their columns or a measure."""
    problems = list(_problems(file, design, tables)) if file.exists() else []
    if problems:
        raise ProjectError(problems)


def problem(file: Path, text: str, path: Steps, what: str, fix: str = "see docs/power-bi.md") -> Problem:
    """A problem at a place of the file, by its path of keys and indexes."""
    node, mark = yaml.compose(text, Loader=yaml.SafeLoader), None
    for step in path:
        if isinstance(node, yaml.MappingNode):
            key, node = next(((key, value) for key, value in node.value if key.value == step), (None, None))
            mark = key.start_mark if key else mark
        elif isinstance(node, yaml.SequenceNode):
            node = node.value[int(step)]
            mark = node.start_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    where = ".".join(map(str, path))
    return Problem(file, line, column, f"{where}: {what}" if where else what, fix)


def _problems(file: Path, design: Design, tables: Mapping[str, Table]) -> Iterator[Problem]:
    text = read_text(file)
    columns = {word: {column.name for column in table.columns} for word, table in tables.items()}
    measures = [measure.name for own in design.tables.values() for measure in own.measures]
    wrong = [
        *(found for word, own in design.tables.items() for found in _wrong_in_table(word, own, columns, measures)),
        *(found for i, page in enumerate(design.pages) for found in _wrong_in_page(i, page, columns, measures)),
    ]
    return (problem(file, text, *found) for found in wrong)


def _wrong_in_table(word: str, own: TableDesign, columns: Columns, measures: list[str]) -> Iterator[Wrong]:
    if word not in columns:
        yield ("tables", word), f"there is no table {word} in gold or serving", _fix(word, columns)
        return
    levels = [level for levels in own.hierarchies.values() for level in levels]
    for what, named in {"sort": [*own.sort, *own.sort.values()], "categories": [*own.categories], "hierarchies": levels}.items():
        absent = [name for name in dict.fromkeys(named) if name not in columns[word]]
        yield from ((("tables", word, what), f"{word} has no column {name}", _fix(name, columns[word])) for name in absent)
    for i, measure in enumerate(own.measures):
        path = ("tables", word, "measures", i)
        if measures.count(measure.name) > 1 or measure.name in columns[word]:
            yield path, f"there is another {measure.name}", "a measure has a name of its own"
        yield from ((path, what, fix) for what, fix in _wrong_in_dax(measure.dax, columns, measures))


def _wrong_in_page(i: int, page: Page, columns: Columns, measures: list[str]) -> Iterator[Wrong]:
    known = [f"{table}.{column}" for table, own in columns.items() for column in own]
    for j, row in enumerate(page.rows):
        for k, visual in enumerate(row):
            path = ("pages", i, "rows", j, k)
            yield from ((path, f"there is no measure {name}", _fix(name, measures)) for name in visual.measures if name not in measures)
            yield from ((path, f"there is no column {name}", _fix(name, known)) for name in visual.by if name not in known)


def _wrong_in_dax(dax: str, columns: Columns, measures: list[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with an expression, and what to do."""
    try:
        for named in names(dax):
            if named.table is not None and named.table not in columns:
                yield f"there is no table {named.table}", _fix(named.table, columns)
            elif named.table is not None and named.column is not None and named.column not in columns[named.table]:
                yield f"{named.table} has no column {named.column}", _fix(named.column, columns[named.table])
            elif named.table is None and named.column not in measures:
                yield f"there is no measure {named.column}", nearest(str(named.column), measures) or "name a column with its table"
    except DaxError as error:
        yield f"line {dax.count(chr(10), 0, error.at) + 1} of the DAX: {error}", "correct it"


def _fix(name: str, known: Iterable[str]) -> str:
    return nearest(name, known) or "correct the name"
