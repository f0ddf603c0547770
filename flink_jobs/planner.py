"""Flink's planner, the only judge of what SQL means, with its errors put where they belong in the file."""

import importlib
import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from threading import local

import psutil
from py4j.java_gateway import GatewayConnection, JavaObject
from py4j.protocol import Py4JJavaError
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.java_gateway import get_gateway
from pyflink.table import EnvironmentSettings, ExplainDetail, StreamTableEnvironment, TableEnvironment
from pyflink.util.exceptions import JavaException

from flink_jobs.diagnosis import diagnose
from flink_jobs.environment import LOCAL, Environment
from flink_jobs.errors import ProjectError
from flink_jobs.local import flink
from flink_jobs.project import Project
from flink_jobs.statements import Statement

SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # plans a third sooner than a JVM that is set to run for days


@dataclass(frozen=True)
class Column:
    """A column as Flink resolved it; `type` is Flink's own text without `NOT NULL`."""

    name: str
    type: str
    nullable: bool


class OwnConnections(local):
    """The idle connections to the JVM, each thread's by itself: a thread is then one of Java's, whatever others do meanwhile.

    Flink's planner needs that (FLINK-23020). py4j has one pool for all, out of which any thread also takes one to release what it collects.
    """

    def __init__(self) -> None:
        self.idle: list[GatewayConnection] = []

    def pop(self) -> GatewayConnection:
        """The one that was used last; an IndexError where this thread has none."""
        return self.idle.pop()

    def append(self, connection: GatewayConnection) -> None:
        """Takes back one that this thread has used."""
        self.idle.append(connection)

    def __len__(self) -> int:
        return len(self.idle)


def start_jvm(project: Project, environment: str = LOCAL) -> None:
    """Starts the JVM that every Planner of this process shares, with the jars of an environment; does nothing where one runs."""
    flink.prepare(project, environment)
    logging.getLogger().addFilter(is_of_interest)
    before = dict(os.environ)
    os.environ.update({"JVM_ARGS": SHORT_LIVED} | flink.environment(project))
    try:
        client = get_gateway()._gateway_client
        if not isinstance(client.deque, OwnConnections):
            client.deque = OwnConnections()
    finally:
        os.environ.clear()  # a cluster that this process may start must not take JVM_ARGS over
        os.environ.update(before)


def is_of_interest(record: logging.LogRecord) -> bool:
    """Whether a person should see a message of the root logger: not that of py4j when a call is interrupted, with its whole stack."""
    return record.module != "java_gateway"


def kill_jvm() -> None:
    """Ends the JVM in the midst of whatever it does, which it would finish else. Only for a process that is about to end."""
    jvm = psutil.Process(get_gateway().jvm.java.lang.ProcessHandle.current().pid())
    logging.disable()  # py4j would tell of each object that it can't release any more
    jvm.kill()
    jvm.wait()


def cluster_of(project: Project, environment: Environment) -> StreamExecutionEnvironment:
    """An environment's cluster, and the project's configuration as the default of what runs there, as `flink run` has it.

    To a cluster elsewhere goes nothing that is about this machine.
    """
    jvm = get_gateway().jvm
    configuration = jvm.org.apache.flink.configuration.GlobalConfiguration.loadConfiguration(str(project.flink / "conf"))
    if environment.flink:
        for key in flink.of_this_machine(project):
            configuration.removeKey(key)
    for key, value in environment.settings.items():
        configuration.setString(key, value)
    configuration.setString("execution.target", "remote")
    return StreamExecutionEnvironment(jvm.StreamExecutionEnvironment(configuration))


def duration(text: str) -> timedelta:
    """A duration as Flink's options have it: `24 h`, `90 min`; milliseconds without a unit."""
    return timedelta(milliseconds=get_gateway().jvm.org.apache.flink.util.TimeUtils.parseDuration(text).toMillis())


class Planner:
    """One Flink table environment; `declared` is what may be meant by a name that it does not know.

    What it executes runs on that cluster, if one is given, else within this process's JVM.
    """

    def __init__(
        self, *, batch: bool = False, declared: Iterable[Statement] = (), runs_on: StreamExecutionEnvironment | None = None
    ) -> None:
        builder = EnvironmentSettings.new_instance()
        settings = (builder.in_batch_mode() if batch else builder.in_streaming_mode()).build()
        self.environment = StreamTableEnvironment.create(runs_on, settings) if runs_on else TableEnvironment.create(settings)
        self.declared = list(declared)
        self.executed: list[Statement] = []

    def configure(self, key: str, value: str) -> None:
        """Sets one of Flink's options for what is executed from here on."""
        self.environment.get_config().set(key, value)

    def execute(self, statement: Statement, text: str | None = None) -> None:
        """Runs a statement, or a text that stands in for it."""
        self.executed.append(statement)
        if statement.kind == "SET":
            self.configure(*statement.setting)
            return
        try:
            self.environment.execute_sql(text or statement.text)
        except (Py4JJavaError, JavaException) as error:
            raise self.error(statement, error, text) from None
        if statement.kind == "CREATE TEMPORARY FUNCTION":
            self.hold(statement)

    def hold(self, function: Statement) -> None:
        """Gives Flink the Python function itself; of a path it asks Python anew at each mention, which is half the time of a check."""
        module, _, name = function.implementation.value.rpartition(".")
        self.environment.drop_temporary_function(function.declares)
        self.environment.create_temporary_function(function.declares, getattr(importlib.import_module(module), name))

    def explain(self, statement: Statement, text: str | None = None) -> str:
        """The plan of a statement, or of a text that stands in for it, as Flink prints it, with the kinds of changes that flow."""
        try:
            return self.environment.explain_sql(text or statement.text, ExplainDetail.CHANGELOG_MODE)
        except (Py4JJavaError, JavaException) as error:
            raise self.error(statement, error, text) from None

    def error(self, statement: Statement, error: Exception, text: str | None) -> ProjectError:
        """What Flink says of a statement. A place in it means the statement's own text only."""
        return diagnose(statement, error, self.executed, self, is_own_text=text is None)

    def takes_as_name(self, word: str) -> bool:
        """Whether a word may name something without quotes: it is none of SQL's own."""
        try:
            self.environment._j_tenv.getParser().parse(f"SELECT 1 AS {word}")
        except (Py4JJavaError, JavaException):
            return False
        return True

    def columns(self, name: str) -> list[Column]:
        """The columns of a table or view, in order; empty where there is none of that name."""
        try:
            schema = self.environment.from_path(name)._j_table.getResolvedSchema()
        except (Py4JJavaError, JavaException):
            return []
        return [column(j_column) for j_column in schema.getColumns()]

    def relations(self) -> list[str]:
        """The names of all sources and views."""
        return [
            *self.environment.list_tables(),
            *(s.declares for s in self.declared if s.kind in ("CREATE TEMPORARY TABLE", "CREATE TEMPORARY VIEW")),
        ]

    def functions(self) -> list[str]:
        """The names of all functions, Flink's own and the project's."""
        return [*self.environment.list_functions(), *(s.declares for s in self.declared if s.kind == "CREATE TEMPORARY FUNCTION")]


def column(j_column: JavaObject) -> Column:
    """A Java `Column` as ours."""
    logical_type = j_column.getDataType().getLogicalType()
    return Column(j_column.getName(), logical_type.copy(True).asSummaryString(), logical_type.isNullable())
