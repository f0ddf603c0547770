# ruff: noqa: S608 - all names in these queries are those of stored tables and views
"""What must hold of the stored tables: a check is a query for the rows where it does not.

Checks are written by hand in `sql/<domain>/checks/`, or follow from how tables and columns are called, as docs/checks.md says.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb
from duckdb import StatementType

from flink_jobs.errors import Problem, ProjectError, nearest
from flink_jobs.lake import quoted
from flink_jobs.reader import interruptible
from flink_jobs.snapshots import COORDINATES, StoredTable
from flink_jobs.statements import read_text

KEY = "_sk"
WARNING = "Warning: "  # how the comment of a check begins that is no more than that
REJECTED = "is_rejected"
VERDICT = ("rejection_reason", "rejection_detail")
LINE = re.compile(r"^LINE (?P<line>\d+): (?P<text>.*)\n(?P<before> *)\^", re.MULTILINE)
CUT = "..."  # how DuckDB begins a line of which it shows a part

Rows = duckdb.DuckDBPyRelation
Connection = duckdb.DuckDBPyConnection


class SkippedError(Exception):
    """Why a check can't be made now: a sentence for a person."""


@dataclass(frozen=True)
class Check:
    """A name, what it proves, and how to find the rows that speak against it; these may be no more than a warning."""

    name: str
    proves: str
    offenders: Callable[[Connection], Rows]
    only_warns: bool = False
    file: Path | None = None


def query(name: str, proves: str, sql: str, only_warns: bool = False) -> Check:
    """A check that is one SELECT."""
    return Check(name, proves, lambda connection: connection.sql(sql), only_warns)


@dataclass(frozen=True)
class Relation:
    """A stored table or serving view, by its three-word name, and its columns."""

    name: str
    columns: list[str]

    @property
    def schema(self) -> str:
        """The second word of its name."""
        return self.name.split(".")[1]

    @property
    def word(self) -> str:
        """The third word of its name."""
        return self.name.split(".")[2]

    @property
    def key(self) -> str | None:
        """Its own key: the first column that ends in `_sk`."""
        return next((column for column in self.columns if column.endswith(KEY)), None)

    @property
    def has_many_rows_a_key(self) -> bool:
        """Whether it tells the history of its members."""
        return self.word.endswith(("_versions", "_history"))

    @property
    def coordinates(self) -> list[str]:
        """The columns that lead from a row to its record, if it has them."""
        return [column for column in COORDINATES if column in self.columns]


def relations(connection: Connection, domain: str) -> list[Relation]:
    """The gold tables and serving views of a domain, by name."""
    columns = connection.table_function("duckdb_columns").filter(f"database_name = '{domain}' AND schema_name IN ('gold', 'serving')")
    name = "concat_ws('.', database_name, schema_name, table_name)"
    return [Relation(*row) for row in sorted(columns.aggregate(f"{name}, list(column_name ORDER BY column_index)").fetchall())]


def key_checks(found: Iterable[Relation]) -> Iterator[Check]:
    """The key of every fact and dimension is there, and is unique unless it tells a history."""
    for relation in found:
        key = relation.key
        if not key or not relation.word.startswith(("fact_", "dim_")):
            continue
        table, column = quoted(relation.name), quoted(key)
        shown = ", ".join(map(quoted, relation.coordinates or relation.columns))
        proves = f"every row of {relation.name} has its key"
        yield query(f"{relation.name}.{key} not_null", proves, f"SELECT {shown} FROM {table} WHERE {column} IS NULL")
        if not relation.has_many_rows_a_key:
            repeated = f"SELECT {column}, count(*) AS repeats FROM {table} WHERE {column} IS NOT NULL GROUP BY 1 HAVING count(*) > 1"
            yield query(f"{relation.name}.{key} unique", f"no two rows of {relation.name} have the same key", repeated)


def verdict_checks(tables: Iterable[StoredTable]) -> Iterator[Check]:
    """Every rejected row of a silver table says why, and no other row does."""
    for table in (table for table in tables if table.database == "silver" and {REJECTED, *VERDICT[:1]} <= set(table.columns)):
        said = [column for column in VERDICT if column in table.columns]
        wrong = " OR ".join(f"{REJECTED} IS DISTINCT FROM ({column} IS NOT NULL)" for column in said)
        shown = ", ".join(column for column in (*COORDINATES, REJECTED, *said) if column in table.columns)
        proves = f"every rejected row of {table.name} says why, and no other row does"
        yield query(f"{table.name}.{REJECTED} explained", proves, f"SELECT {shown} FROM {quoted(table.name)} WHERE {wrong}")


def reference_checks(found: list[Relation]) -> Iterator[Check]:
    """Every key in a gold fact is found in its dimension; members that nobody sent are counted as a warning."""
    dimensions = dimensions_by_key(found)
    for fact in (relation for relation in found if relation.schema == "gold" and relation.word.startswith("fact_")):
        for column in fact.columns:
            dimension = None if column == fact.key else referred(column, dimensions)
            if dimension:
                yield from reference_checks_of(fact, column, dimension)


def dimensions_by_key(found: Iterable[Relation]) -> dict[str, Relation]:
    """The dimensions that have one row a key; what `serving` offers stands for what `gold` stores."""
    ordered = sorted(found, key=lambda relation: relation.schema == "serving")
    return {r.key: r for r in ordered if r.word.startswith("dim_") and r.key and not r.has_many_rows_a_key}


def referred(column: str, dimensions: dict[str, Relation]) -> Relation | None:
    """The dimension whose key a column is, with or without a prefix: `from_user_sk` refers to the one with `user_sk`."""
    fitting = [key for key in dimensions if f"_{column}".endswith(f"_{key}")]
    return dimensions[max(fitting, key=len)] if fitting else None


def reference_checks_of(fact: Relation, column: str, dimension: Relation) -> Iterator[Check]:
    """What must hold between one column of a fact and its dimension."""
    name = f"{fact.name}.{column}"
    shown = ", ".join(f"fact.{quoted(c)}" for c in (column, *fact.coordinates))
    joined = f"{quoted(dimension.name)} AS dimension ON fact.{quoted(column)} = dimension.{quoted(dimension.key)}"
    absent = f"SELECT {shown} FROM {quoted(fact.name)} AS fact ANTI JOIN {joined} WHERE fact.{quoted(column)} IS NOT NULL"
    proves = f"every {column} of {fact.name} has its row in {dimension.name}"
    yield Check(f"{name} in {dimension.name}", proves, partial(with_rows_of, dimension.name, absent))
    if "is_inferred" in dimension.columns:
        member = f"dimension.* EXCLUDE ({quoted(dimension.key)}, is_inferred)"
        inferred = f"SELECT {shown}, {member} FROM {quoted(fact.name)} AS fact JOIN {joined} WHERE dimension.is_inferred"
        proves = f"every {column} of {fact.name} is a member that somebody sent"
        yield Check(f"{name} known in {dimension.name}", proves, partial(with_rows_of, dimension.name, inferred), only_warns=True)


def with_rows_of(view: str, sql: str, connection: Connection) -> Rows:
    """A query over a view, which its own rows replace first: many checks read the same dimension, and it is computed once."""
    views = connection.table_function("duckdb_views").filter("NOT internal")
    if (view,) in views.project("concat_ws('.', database_name, schema_name, view_name)").fetchall():
        rows = quoted(f"{view} rows")
        interruptible(connection, connection.execute, f"CREATE TABLE {rows} AS FROM {quoted(view)}; DROP VIEW {quoted(view)}")
        connection.execute(f"ALTER TABLE {rows} RENAME TO {quoted(view.rpartition('.')[2])}")
    return connection.sql(sql)


def written_checks(folder: Path, declared: frozenset[str]) -> Iterator[Check]:
    """The checks in the files of `sql/<domain>/checks/`. `declared`: every table and serving view that the project's files name."""
    for file in sorted(folder.glob("*.sql")):
        text = read_text(file)
        comment = text.partition("\n")[0].removeprefix("--").strip() if text.startswith("--") else ""
        name = f"{folder.parent.name}.{folder.name}.{file.stem}"
        offenders = partial(written_offenders, file, text, declared)
        yield Check(name, comment.removeprefix(WARNING), offenders, only_warns=comment.startswith(WARNING), file=file)


def written_offenders(file: Path, text: str, declared: frozenset[str], connection: Connection) -> Rows:
    """What a file's SELECT finds; ProjectError where it is wrong, SkippedError while a declared table is not stored."""
    if not text.startswith("--"):
        raise problem(file, "nothing says what this check proves", "say it in a comment, the first line of the file")
    try:
        kinds = [statement.type for statement in connection.extract_statements(f"\n{text}")]
        if kinds != [StatementType.SELECT]:
            raise problem(file, "a check is one SELECT", "write one that finds the rows which must not be there")
        connection.execute(f"EXPLAIN\n{text}")  # its errors say where, a relation's do not
        return connection.sql(text)
    except (duckdb.CatalogException, duckdb.BinderException) as error:  # the latter where a missing table's columns are what is missed
        raise unknown_table(connection, file, text, declared, error) from None
    except duckdb.Error as error:
        raise problem(file, first_line(error), at=place(error)) from None


def unknown_table(connection: Connection, file: Path, text: str, declared: frozenset[str], error: duckdb.Error) -> Exception:
    """Why a table that a check names is not there, if that is what is wrong with it."""
    for name in sorted(connection.get_table_names(text, qualified=True)):
        try:
            connection.sql(f"FROM {quoted(name)}")
        except duckdb.CatalogException:
            if name in declared:
                return SkippedError(f"{name} is not stored yet")
            return problem(file, f"there is no table or view {name}", nearest(name, declared) or "correct the name", at=place(error))
    return problem(file, first_line(error), at=place(error))


def place(error: duckdb.Error) -> tuple[int, int]:
    """Line and column, in a check's file, of an error in its text after one more line."""
    found = LINE.search(str(error))
    if not found:
        return 1, 1
    shown_before = found.start("text") - found.start()
    return int(found["line"]) - 1, 1 if found["text"].startswith(CUT) else len(found["before"]) - shown_before + 1


def first_line(error: duckdb.Error) -> str:
    """What is wrong, without the text in which it is."""
    return str(error).partition("\n")[0]


def problem(file: Path, what: str, fix: str = "", at: tuple[int, int] = (1, 1)) -> ProjectError:
    """What is wrong with a check's file, as an error."""
    return ProjectError([Problem(file, *at, what, fix)])
