"""`sql/<domain>/postgres.sql`: the indexes that only a person can know, beside those of keys and times that every fact has."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path

import psycopg

from flink_jobs.errors import ProjectError, nearest
from flink_jobs.statements import Statement, dotted_name, read

EXAMPLE = "CREATE INDEX fact_name_report_idx ON gold.fact_name (date_sk) INCLUDE (amount);"


@dataclass(frozen=True)
class Index:
    """A CREATE INDEX, and the table (`schema.table`) that it is on."""

    statement: Statement
    table: str

    @property
    def name(self) -> str:
        """With its schema, which is that of its table."""
        return f"{self.table.split('.')[0]}.{self.statement.name[-1]}"

    def create(self, connection: psycopg.Connection) -> None:
        """Makes it; ProjectError at its line, in PostgreSQL's words, where that can't be."""
        try:
            with connection.transaction():
                connection.execute(self.statement.text)
        except psycopg.ProgrammingError as error:
            what = error.diag.message_primary or "PostgreSQL refuses this index"
            raise ProjectError([self.statement.problem(what, "correct it, and serve again")]) from None


def declared_indexes(file: Path, tables: Set[str]) -> Iterator[Index]:
    """The indexes of a file, none where there is no file; ProjectError for anything else in it, or on none of the `tables`."""
    for statement in read(file) if file.exists() else ():
        if statement.kind != "CREATE INDEX" or statement.name == ("ON",):
            raise ProjectError([statement.problem(f"{file.name} holds named indexes only", f"write {EXAMPLE}")])
        on = next((i for i, token in enumerate(statement.tokens) if token.keyword == "ON"), len(statement.tokens))
        table = ".".join(dotted_name(statement.tokens[on + 1 :]))
        if table not in tables:
            fix = nearest(table, tables) or "name a table of gold, serving or masked, with its schema"
            raise ProjectError([statement.problem(f"PostgreSQL has no table {table or 'here'}", fix)])
        yield Index(statement, table)
