"""Flink's planner, the only judge of what SQL means, with its errors put where they belong in the file."""

import re
from dataclasses import dataclass

from py4j.protocol import Py4JJavaError
from pyflink.table import EnvironmentSettings, TableEnvironment
from pyflink.util.exceptions import TableException

from flink_jobs.domains import setting
from flink_jobs.errors import Problem, ProjectError
from flink_jobs.statements import Statement

PLACE = re.compile(r"(?:[Ff]rom|at) line (\d+), column (\d+)")
STACK_TRACE = re.compile(r"\n\s*at .*", re.DOTALL)


@dataclass(frozen=True)
class Column:
    """A column as Flink resolved it; `type` is Flink's own text without `NOT NULL`."""

    name: str
    type: str
    nullable: bool


class Planner:
    """One Flink table environment."""

    def __init__(self, *, batch: bool = False) -> None:
        builder = EnvironmentSettings.new_instance()
        self.environment = TableEnvironment.create((builder.in_batch_mode() if batch else builder.in_streaming_mode()).build())

    def configure(self, key: str, value: str) -> None:
        """Sets one of Flink's options for what is executed from here on."""
        self.environment.get_config().set(key, value)

    def execute(self, statement: Statement, text: str | None = None) -> None:
        """Runs a statement; a text that stands in for its own must keep its lines and columns."""
        if statement.kind == "SET":
            self.configure(*setting(statement))
            return
        try:
            self.environment.execute_sql(text or statement.text)
        except (Py4JJavaError, TableException) as error:
            raise ProjectError([problem(statement, error)]) from None

    def explain(self, statement: Statement, text: str | None = None) -> str:
        """The plan of a statement, as Flink prints it."""
        try:
            return self.environment.explain_sql(text or statement.text)
        except (Py4JJavaError, TableException) as error:
            raise ProjectError([problem(statement, error)]) from None

    def columns(self, name: str) -> list[Column]:
        """The columns of a table or view, in order."""
        schema = self.environment.from_path(name)._j_table.getResolvedSchema()
        return [column(j_column) for j_column in schema.getColumns()]


def column(j_column: object) -> Column:
    """A Java `Column` as ours."""
    logical_type = j_column.getDataType().getLogicalType()
    return Column(j_column.getName(), logical_type.copy(True).asSummaryString(), logical_type.isNullable())


def problem(statement: Statement, error: Exception) -> Problem:
    """What Flink says of a statement, at the line and column of the file that it means."""
    causes = [STACK_TRACE.sub("", text).strip() for text in messages(error)]
    located = next((place for text in reversed(causes) if (place := PLACE.search(text))), None)
    line, column = statement.place(int(located[1]), int(located[2])) if located else (statement.line, statement.column)
    what = next((text for text in reversed(causes) if text), type(error).__name__)
    return Problem(statement.file, line, column, " ".join(what.split()))


def messages(error: Exception) -> list[str]:
    """The messages of a Java exception and its causes, outermost first."""
    if not isinstance(error, Py4JJavaError):
        return [str(error)]
    texts, cause = [], error.java_exception
    while cause is not None:
        texts.append(cause.getMessage() or "")
        cause = cause.getCause()
    return texts
