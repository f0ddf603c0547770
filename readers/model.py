"""A domain as readers know it: its gold tables and serving views, with types, comments, keys and references, from its files alone."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import duckdb

from flink_jobs.checks import KEY
from flink_jobs.columns import Type, inside, parts, physical_columns
from flink_jobs.domains import Domain, chosen, load_domains
from flink_jobs.lake import open_duckdb, quoted
from flink_jobs.project import Project
from flink_jobs.serving import create_views, in_order, mentioned, view_name
from flink_jobs.statements import Statement, Token, read_text

SHOWN = ("gold", "serving")
MASKED = "masked"  # the schema of the same, without what is personal
DUCKDB_TYPES = {"STRING": "VARCHAR", "INT": "INTEGER", "BYTES": "BLOB", "TIMESTAMP_LTZ": "TIMESTAMPTZ"}
DIMENSION = re.compile(r"dim_\w+")


@dataclass(frozen=True)
class Column:
    """A column, its DuckDB type (`DECIMAL(18,4)`, `TIMESTAMP WITH TIME ZONE`), and what its contract says of it."""

    name: str
    type: str
    nullable: bool
    comment: str


@dataclass(frozen=True)
class Reference:
    """A column that holds the key of a dimension: the dimension's three-word name, and its key."""

    column: str
    table: str
    key: str


@dataclass(frozen=True)
class Table:
    """A gold table or, with `file`, a serving view, by its three-word name; `reads` names what the view is made of."""

    name: str
    comment: str
    columns: tuple[Column, ...]
    file: Path
    is_view: bool
    reads: frozenset[str]

    @property
    def schema(self) -> str:
        """The second word of its name."""
        return self.name.split(".")[1]

    @property
    def word(self) -> str:
        """The third word of its name."""
        return self.name.split(".")[2]

    @property
    def is_dimension(self) -> bool:
        """Whether its rows describe what facts point to."""
        return self.word.startswith("dim_")

    @property
    def is_fact(self) -> bool:
        """Whether its rows are events."""
        return self.word.startswith("fact_")

    @property
    def tells_history(self) -> bool:
        """Whether a member has a row for each of its states."""
        return self.word.endswith(("_versions", "_history"))

    @cached_property
    def key(self) -> str | None:
        """The column that no two rows have alike: of facts and dimensions the first in `_sk`; a dimension without has its first."""
        if self.tells_history or not (self.is_fact or self.is_dimension):
            return None
        names = [column.name for column in self.columns]
        return next((name for name in names if name.endswith(KEY)), names[0] if self.is_dimension else None)


class Model:
    """The gold tables and serving views of a domain, by their three-word names; `beneath`, the stored tables that readers are not shown.

    A view comes after those that it reads.
    """

    def __init__(self, domain: str, tables: Iterable[Table], beneath: Iterable[Table], contracts: Mapping[str, Statement]) -> None:
        self.domain = domain
        self.contracts = contracts
        self.tables = {table.name: table for table in tables}
        self.beneath = {table.name: table for table in beneath}

    @cached_property
    def folder(self) -> Path:
        """The folder of its files, `sql/<domain>`."""
        return next(iter(self.tables.values())).file.parents[1]

    @cached_property
    def dimensions(self) -> dict[str, Table]:
        """Those with one row a key, by the third word; what `serving` offers stands for what `gold` stores."""
        ordered = sorted(self.tables.values(), key=lambda table: table.schema == "serving")
        return {table.word: table for table in ordered if table.is_dimension and table.key}

    def references(self, table: Table) -> list[Reference]:
        """The columns of a table that is no dimension which hold keys of dimensions.

        A comment that begins with a dimension's name says so; else the column's name does: the dimension's key, with or without a prefix.
        """
        if table.is_dimension:
            return []
        found = ((column, self._dimension(column)) for column in table.columns if column.name != table.key)
        return [Reference(column.name, to.name, to.key) for column, to in found if to and to.key]

    def _dimension(self, column: Column) -> Table | None:
        named = DIMENSION.match(column.comment)
        if named and named[0] in self.dimensions:
            return self.dimensions[named[0]]
        fitting = [table for table in self.dimensions.values() if f"_{column.name}".endswith(f"_{table.key}")]
        same_type = [table for table in fitting if column.type in {own.type for own in table.columns if own.name == table.key}]
        return max(same_type, key=lambda table: len(table.key or ""), default=None)


def load_models(project: Project, domain: str | None = None) -> list[Model]:
    """The model of a domain, or of all; ProjectError where a file is wrong, TrunklineError where there is no such domain."""
    return [load_model(project, found) for found in chosen(load_domains(project), domain)]


def load_model(project: Project, domain: Domain) -> Model:
    """The model of a domain. Views are bound to empty tables, made as their contracts say."""
    contracts = contracts_of(domain)
    views = sorted((project.root / "sql" / domain.name / "serving").glob("*.sql"))
    with open_duckdb() as connection:
        create_tables(connection, domain.name, contracts)
        create_views(connection, views)
        tables = [_stored(name, contract) for name, contract in contracts.items()]
        shown = [table for table in tables if table.schema in SHOWN]
        beneath = [table for table in tables if table not in shown]
        return Model(domain.name, [*shown, *_views(connection, views, contracts)], beneath, contracts)


def contracts_of(domain: Domain) -> dict[str, Statement]:
    """The CREATE TABLE of each stored table of a domain, of all layers, by three-word name."""
    return {name: statement for name, statement in domain.declared.items() if statement.kind == "CREATE TABLE"}


def create_tables(connection: duckdb.DuckDBPyConnection, domain: str, contracts: Mapping[str, Statement]) -> None:
    """Creates an empty table for each contract of a domain, and the schema of its views."""
    connection.execute(f"ATTACH ':memory:' AS {quoted(domain)}; CREATE SCHEMA {quoted(f'{domain}.serving')}")
    for name, contract in contracts.items():
        columns = ", ".join(f"{quoted(column)} {duckdb_type(kind)}" for column, kind in physical_columns(contract).items())
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(name.rpartition('.')[0])}; CREATE TABLE {quoted(name)} ({columns})")


def duckdb_type(kind: Type) -> str:
    """A Flink type as DuckDB writes it."""
    if kind.element:
        return f"{duckdb_type(kind.element)}[]"
    if kind.fields:
        return f"STRUCT({', '.join(f'{quoted(name)} {duckdb_type(field)}' for name, field in kind.fields.items())})"
    name = DUCKDB_TYPES.get(kind.name, kind.name)
    return f"{name}({', '.join(map(str, kind.numbers))})" if name == "DECIMAL" else name


def _stored(name: str, contract: Statement) -> Table:
    comments = column_comments(contract)
    columns = tuple(
        Column(column, _canonical(duckdb_type(kind)), not _is_required(contract, column), comments.get(column, ""))
        for column, kind in physical_columns(contract).items()
    )
    return Table(name, _table_comment(contract), columns, contract.file, is_view=False, reads=frozenset())


def _canonical(kind: str) -> str:
    return str(duckdb.type(kind))


def _views(connection: duckdb.DuckDBPyConnection, views: list[Path], contracts: Mapping[str, Statement]) -> Iterator[Table]:
    """The serving views with the columns that DuckDB gives them; a column has the comment that a stored one of its name has."""
    files = {view_name(file): file for file in views}
    reads = {name: frozenset(mentioned(file)) for name, file in files.items()}
    for name in in_order({name: set(used) for name, used in reads.items()}):
        comments: dict[str, str] = {}
        for table in _stored_below(name, reads):
            comments = column_comments(contracts[table]) | comments if table in contracts else comments
        described = connection.execute(f"DESCRIBE {quoted(name)}").fetchall()
        columns = tuple(Column(column, kind, True, comments.get(column, "")) for column, kind, *_ in described)
        comment = read_text(files[name]).partition("\n")[0].removeprefix("--").strip()
        yield Table(name, comment, columns, files[name], is_view=True, reads=reads[name])


def _stored_below(name: str, reads: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """What a view is made of in the end."""
    for used in sorted(reads[name]):
        yield from _stored_below(used, reads) if used in reads else [used]


def column_comments(contract: Statement) -> dict[str, str]:
    """The COMMENT of each column that has one."""
    return {declared[0].value: comment for declared in _declarations(contract) if (comment := _comment(declared))}


def _declarations(contract: Statement) -> list[tuple[Token, ...]]:
    start = next(i for i, token in enumerate(contract.tokens) if token.text == "(")
    return [tuple(part) for part in parts(inside(contract.tokens[start:]))]


def _is_required(contract: Statement, column: str) -> bool:
    declared = next(part for part in _declarations(contract) if part[0].value == column)
    words = [token.keyword for token in declared]
    return ("NOT", "NULL") in pairwise(words)


def _table_comment(contract: Statement) -> str:
    start = next(i for i, token in enumerate(contract.tokens) if token.text == "(")
    return _comment(contract.tokens[start + len(inside(contract.tokens[start:])) + 2 :])


def _comment(tokens: Iterable[Token]) -> str:
    """The string after the word COMMENT."""
    words = list(tokens)
    return next((text.value for word, text in pairwise(words) if word.keyword == "COMMENT"), "")
