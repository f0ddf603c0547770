"""Which stored values a column of a serving view may show, read from the view's SQL by sqlglot."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

from flink_jobs.statements import read_text

Place = tuple[str, str]  # a table's three-word name, and one of its columns
Origins = dict[str, frozenset[Place]]  # what each column of a view is made of

# What is made of a value and does not show it: whether something holds, and how many there are.
SHOWS_NOTHING = (exp.Predicate, exp.Connector, exp.Not, exp.Count, exp.CountIf, exp.ApproxDistinct)
# What is known to be made of its parts alone; a whole row, COLUMNS or a column by its number are made of more.
VALUES = (
    *(exp.Condition, exp.Alias, exp.Tuple, exp.Slice, exp.Lambda, exp.AtTimeZone, exp.Interval, exp.IntervalSpan),
    *(exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls, exp.Distinct, exp.Order, exp.Ordered),
    *(exp.Identifier, exp.Var, exp.DataType, exp.DataTypeParam),
)


class UnresolvedError(Exception):
    """Why it can't be known what a view shows: a sentence for a person."""


def origins(file: Path, columns: Iterable[str], known: Mapping[str, Iterable[str]]) -> Origins:
    """What each of a view's `columns` may show, of the tables and views that it reads itself; `known` has the columns of each.

    Whether something holds (`phone_number IS NULL`), how many there are, and the order of rows show no value. All else does.
    UnresolvedError where sqlglot does not understand the view as DuckDB does.
    """
    try:
        query = parse_one(read_text(file), dialect="duckdb").find(exp.Query)
        found = _Lineage(known).outputs(query and build_scope(qualify(query, schema=_schema(known), dialect="duckdb")))
    except SqlglotError as error:
        raise UnresolvedError(str(error).partition("\n")[0]) from None
    if list(found) != list(columns):
        raise UnresolvedError(f"its columns can't be told from its text: {', '.join(found)}")
    return found


def _schema(known: Mapping[str, Iterable[str]]) -> dict[str, dict[str, dict[str, dict[str, str]]]]:
    nested: dict[str, dict[str, dict[str, dict[str, str]]]] = {}
    for name, columns in known.items():
        catalog, schema, table = name.split(".")
        nested.setdefault(catalog, {}).setdefault(schema, {})[table] = dict.fromkeys(columns, "unknown")
    return nested


class _Lineage:
    """What the columns of a view's scopes are made of; each scope is looked into once."""

    def __init__(self, known: Mapping[str, Iterable[str]]) -> None:
        self._places = {(table, column) for table, columns in known.items() for column in columns}
        self._found: dict[Scope | None, Origins] = {}

    def outputs(self, scope: Scope | None) -> Origins:
        """What each column that a scope gives is made of."""
        if scope not in self._found:
            self._found[scope] = self._outputs(scope)
        return self._found[scope]

    def _outputs(self, scope: Scope | None) -> Origins:
        if scope and scope.set_operation_scopes:
            left, right = map(self.outputs, scope.set_operation_scopes)
            return {name: mine | theirs for (name, mine), theirs in zip(left.items(), right.values(), strict=True)}
        if scope and isinstance(scope.expression, exp.Values) and not scope.expression.find(exp.Column, exp.Query):
            return dict.fromkeys(scope.expression.alias_column_names, frozenset())
        if not scope or not isinstance(scope.expression, exp.Select) or scope.pivots:
            raise UnresolvedError(f"{scope.expression.key if scope else 'what is no query'} is not understood")
        return {column.alias_or_name: frozenset(self._shown(column, scope)) for column in scope.expression.selects}

    def _shown(self, expression: exp.Expression, scope: Scope) -> Iterator[Place]:
        """What an expression may show the value of."""
        if isinstance(expression, SHOWS_NOTHING):
            return
        if isinstance(expression, exp.Column):
            yield from self._source(expression, scope)
        elif isinstance(expression, exp.Query):
            inner = next((found for found in scope.subquery_scopes if found.expression is expression.unnest()), None)
            for places in self.outputs(inner).values():
                yield from places
        else:
            if not isinstance(expression, VALUES) or isinstance(expression, exp.Columns):
                raise UnresolvedError(f"{expression.sql('duckdb')} is not understood")
            for part in _parts(expression):
                yield from self._shown(part, scope)

    def _source(self, column: exp.Column, scope: Scope) -> Iterator[Place]:
        while column.table not in scope.sources and scope.parent:  # a query in a query may name what is outside
            scope = scope.parent
        source = scope.sources.get(column.table)
        place = ".".join(part.name for part in source.parts) if isinstance(source, exp.Table) else "", column.name
        if isinstance(source, Scope) and column.name in self.outputs(source):
            yield from self.outputs(source)[column.name]
        elif place in self._places:
            yield place
        else:
            raise UnresolvedError(f"it can't be told where {column.sql('duckdb')} comes from")


def _parts(expression: exp.Expression) -> Iterator[exp.Expression]:
    """What a value is taken from: not the order in which a window looks, nor what a filter asks."""
    if isinstance(expression, exp.Window | exp.Filter):
        yield expression.this
    else:
        yield from expression.iter_expressions()
