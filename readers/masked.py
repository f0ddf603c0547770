"""The masked lake: what DuckDB shows to those who may not see anything personal, as `<domain>.masked.<table or view>`."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from weakref import WeakKeyDictionary

import duckdb
from sqlglot import exp, parse_one

from flink_jobs.lake import Lake, identifier, quoted
from flink_jobs.moments import Moment
from flink_jobs.project import Project
from flink_jobs.snapshots import StoredTable
from readers.model import MASKED, Model, Table, load_models
from readers.privacy import Privacy, privacy
from readers.pseudonyms import MaskingKey


@dataclass(frozen=True)
class MaskedLake:
    """The gold tables and serving views of a lake, masked. A connection that only this has refreshed shows nothing else."""

    lake: Lake
    domains: tuple[tuple[Model, Privacy], ...]
    key: MaskingKey

    @classmethod
    def of(cls, lake: Lake, project: Project, environment: str = "local") -> "MaskedLake":
        """The lake of an environment, masked. ProjectError where it is unclear what is personal, TrunklineError without a masking key."""
        domains = tuple((model, privacy(model)) for model in load_models(project))
        return cls(lake, domains, MaskingKey.of(project, environment))

    def moment(self, as_of: datetime | None = None) -> Moment:
        """The newest moment of the lake, or the newest not after `as_of`."""
        return self.lake.moment(as_of)

    def connect(self, tables: Iterable[StoredTable] | None = None) -> duckdb.DuckDBPyConnection:
        """A DuckDB with the masked views (default: of the newest moment), by their three-word names, and the project's functions."""
        connection = self.lake.open()
        self.lake.register(connection)
        self.refresh(connection, tables)
        return connection

    def refresh(self, connection: duckdb.DuckDBPyConnection, tables: Iterable[StoredTable] | None = None) -> dict[str, list[str]]:
        """Moves the masked views of a connection to the snapshots of `tables` (default: those of the newest moment).

        Returns those that can't be there yet, with the tables that they wait for.
        """
        if connection not in self._shown:
            self._shown[connection] = _Shown(self.lake.open())
            self.key.register(connection)
            for each in (connection, self._shown[connection].source):
                self.lake.register(each, "")
            for model, _ in self.domains:
                connection.execute(f"ATTACH IF NOT EXISTS ':memory:' AS {quoted(model.domain)}")
                connection.execute(f"CREATE SCHEMA {quoted(f'{model.domain}.{MASKED}')}")
        shown = self._shown[connection]
        waiting = self.lake.refresh(shown.source, tables)
        views = {name: view for model, found in self.domains for name, view in masked_views(shown.source, model, found)}
        for name in shown.views.keys() - views.keys():
            connection.execute(f"DROP VIEW {quoted(name)}")
        for name, view in views.items():
            if shown.views.get(name) != view:
                connection.execute(f"CREATE OR REPLACE VIEW {quoted(name)} AS {view}")
        shown.views = views
        return {masked_name(name): tables for name, tables in waiting.items()}

    @property
    def unjudged(self) -> dict[str, str]:
        """The views that are not there, since it can't be told what is personal in them, and why."""
        return {masked_name(name): why for _, found in self.domains for name, why in found.unjudged.items()}

    @cached_property
    def _shown(self) -> WeakKeyDictionary[duckdb.DuckDBPyConnection, "_Shown"]:
        return WeakKeyDictionary()


@dataclass
class _Shown:
    """What a connection shows: a connection with the lake as it is, which keeps the files that are read, and the views made of its own."""

    source: duckdb.DuckDBPyConnection
    views: dict[str, str] = field(default_factory=dict)


def masked_name(name: str) -> str:
    """What a gold table or serving view is called where it is masked; of two of the same name the serving one has it."""
    domain, _, word = name.split(".")
    return f"{domain}.{MASKED}.{word}"


def masked_views(source: duckdb.DuckDBPyConnection, model: Model, found: Privacy) -> Iterator[tuple[str, str]]:
    """A name and a SELECT for each table and view of a model that is judged and that `source` has; it reads nothing but stored files."""
    definitions, columns = _definitions(source, model.domain), _columns(source, model.domain)
    shown = {masked_name(table.name): table for table in sorted(model.tables.values(), key=lambda table: table.schema)}
    for name, table in shown.items():
        if table.name in found.personal and _is_there(table.name, model, definitions):
            there = replace(table, columns=tuple(column for column in table.columns if column.name in columns[table.name]))
            yield name, _select(there, found.select_list(there), definitions)


def _is_there(name: str, model: Model, definitions: Mapping[str, str]) -> bool:
    """Whether there is a table or view of that name, and all that it reads: of an earlier moment there may be less."""
    reads = model.tables[name].reads if name in model.tables else ()
    return name in definitions and all(_is_there(used, model, definitions) for used in reads)


def _definitions(source: duckdb.DuckDBPyConnection, domain: str) -> dict[str, str]:
    """The SELECT of each view of a domain, in DuckDB's words, those of other views in it as CTEs would be named."""
    name = "concat_ws('.', database_name, schema_name, view_name)"
    views = source.execute(f"SELECT {name}, sql FROM duckdb_views() WHERE database_name = $domain", {"domain": domain}).fetchall()  # noqa: S608
    return {view: sql.partition(" AS ")[2].rstrip(";\n") for view, sql in views}


def _columns(source: duckdb.DuckDBPyConnection, domain: str) -> dict[str, list[str]]:
    """The columns of each view of a domain; a contract may have one that is not stored yet."""
    name = "concat_ws('.', database_name, schema_name, table_name)"
    listed = f"SELECT {name}, list(column_name) FROM duckdb_columns() WHERE database_name = $domain GROUP BY 1"  # noqa: S608
    return dict(source.execute(listed, {"domain": domain}).fetchall())


def _select(table: Table, select_list: str, definitions: Mapping[str, str]) -> str:
    """The masked rows of a table or view, what it reads in CTEs before it."""
    parts: dict[str, str] = {}
    _collect(table.name, definitions, parts)
    ctes = ", ".join(f"{identifier(name)} AS NOT MATERIALIZED ({sql})" for name, sql in parts.items())
    return f"WITH {ctes} SELECT {select_list} FROM {identifier(table.name)}"  # noqa: S608


def _collect(name: str, definitions: Mapping[str, str], parts: dict[str, str]) -> None:
    """Adds a view to `parts`, after those that it reads, whose names become those of CTEs."""
    sql = definitions[name]
    read = [table for table in parse_one(sql, dialect="duckdb").find_all(exp.Table) if _name(table) in definitions]
    for table in read:
        if _name(table) not in parts:
            _collect(_name(table), definitions, parts)
    for table in sorted(read, key=lambda table: -table.parts[0].meta["start"]):
        alias = "" if table.alias else f" AS {quoted(table.name)}"
        sql = sql[: table.parts[0].meta["start"]] + identifier(_name(table)) + alias + sql[table.parts[-1].meta["end"] + 1 :]
    parts[name] = sql


def _name(table: exp.Table) -> str:
    return ".".join(part.name for part in table.parts)
