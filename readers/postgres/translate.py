"""Serving views, which are DuckDB SQL, as PostgreSQL views with the same answers."""

from collections.abc import Callable
from functools import partial

from sqlglot import ErrorLevel, exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from flink_jobs.errors import Problem, ProjectError
from flink_jobs.lake import quoted
from flink_jobs.statements import read_text
from readers.model import Model, Table
from readers.postgres.types import postgres_type

Schema = dict[str, dict[str, dict[str, dict[str, str]]]]
HALF = exp.Literal.number("0.5")


def translated(view: Table, model: Model, place: Callable[[str], str]) -> str:
    """The query of a view for PostgreSQL, its columns with the types that DuckDB gives them.

    `place` gives a table or view of the model its name in PostgreSQL, `schema.table`. ProjectError where that can't be said there.
    """
    try:
        parsed = parse_one(read_text(view.file), dialect="duckdb").find(exp.Query)
        query = qualify(_grouped(parsed), schema=_schema(model), dialect="duckdb")
        for rule in (_divided, _averaged, _rounded, _newest, partial(_moved, place=place)):
            query = annotate_types(query, dialect="duckdb").transform(rule)
        text = query.sql("postgres", unsupported_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        raise refused(view, str(error).partition("\n")[0]) from None
    columns = ", ".join(f"CAST({quoted(column.name)} AS {postgres_type(column.type)}) AS {quoted(column.name)}" for column in view.columns)
    return f"SELECT {columns} FROM ({text}) AS answer"  # noqa: S608 - names of the model


def refused(view: Table, why: str) -> ProjectError:
    """What is said of a view that can't be had in PostgreSQL."""
    return ProjectError(
        [Problem(view.file, 1, 1, f"PostgreSQL can't have this view: {why}", "write it so that both DuckDB and PostgreSQL take it")]
    )


def _schema(model: Model) -> Schema:
    found: Schema = {}
    for table in model.tables.values():
        catalog, schema, name = table.name.split(".")
        found.setdefault(catalog, {}).setdefault(schema, {})[name] = {column.name: column.type for column in table.columns}
    return found


def _grouped(query: exp.Query) -> exp.Query:
    """GROUP BY ALL spelled out: by all that is selected and holds no aggregate."""
    for select in query.find_all(exp.Select):
        group = select.args.get("group")
        if group and group.args.get("all"):
            keys = [place for place, column in enumerate(select.expressions, 1) if not _aggregates(column, select)]
            select.set("group", exp.Group(expressions=[exp.Literal.number(place) for place in keys]) if keys else None)
    return query


def _aggregates(column: exp.Expression, select: exp.Select) -> bool:
    """Whether a column is made of aggregates, itself or through the alias of another."""
    aliases = {one.alias: one for one in select.expressions if one.alias}
    named = {one.name for one in column.find_all(exp.Column) if not one.table} & aliases.keys() - {column.alias}
    return column.find(exp.AggFunc) is not None or any(_aggregates(aliases[name], select) for name in named)


def _double(value: exp.Expression) -> exp.Expression:
    return exp.cast(value, "DOUBLE")


def _divided(node: exp.Expression) -> exp.Expression:
    """DuckDB divides as doubles, and by 0 to an infinity or NaN, where PostgreSQL raises an error."""
    if not isinstance(node, exp.Div) or node.args.get("typed"):
        return node
    divisor = node.expression.unnest()
    quotient = exp.Div(this=_double(node.this), expression=_double(node.expression), typed=True)
    if isinstance(divisor, exp.Nullif) or (isinstance(divisor, exp.Literal) and float(divisor.name)):
        return exp.paren(quotient)
    by_zero = exp.Mul(this=_double(node.this.copy()), expression=_double(exp.Literal.string("infinity")))
    is_zero = exp.EQ(this=_double(node.expression.copy()), expression=exp.Literal.number(0))
    return exp.Case(ifs=[exp.If(this=is_zero, true=by_zero)], default=quotient)


def _rounded(node: exp.Expression) -> exp.Expression:
    """DuckDB rounds a double half away from zero, after it has moved the point; PostgreSQL rounds no double to decimals."""
    if not isinstance(node, exp.Round) or not node.this.is_type("double", "float"):
        return node
    shift = exp.Literal.number(10 ** int((node.args.get("decimals") or exp.Literal.number(0)).name))
    moved = exp.paren(exp.Mul(this=exp.paren(node.this.copy()), expression=_double(shift)))
    half = exp.Mul(this=HALF.copy(), expression=exp.func("SIGN", moved.copy()))
    return exp.Div(
        this=exp.Anonymous(this="TRUNC", expressions=[exp.Add(this=moved, expression=half)]), expression=_double(shift), typed=True
    )


def _averaged(node: exp.Expression) -> exp.Expression:
    """DuckDB's averages are doubles."""
    return _double(node.copy()) if isinstance(node, exp.Avg) and not isinstance(node.parent, exp.Cast) else node


def _newest(node: exp.Expression) -> exp.Expression:
    """ARG_MAX(value, order): the first of the values in that order, but for those that are NULL."""
    if not isinstance(node, exp.Filter | exp.ArgMax) or (isinstance(node, exp.ArgMax) and isinstance(node.parent, exp.Filter)):
        return node
    chosen = node.this if isinstance(node, exp.Filter) else node
    if not isinstance(chosen, exp.ArgMax):
        return node
    value, order = chosen.this, chosen.expression
    present = exp.and_(
        exp.Not(this=exp.Is(this=value.copy(), expression=exp.null())), node.expression.this if isinstance(node, exp.Filter) else None
    )
    values = exp.ArrayAgg(this=exp.Order(this=value.copy(), expressions=[exp.Ordered(this=order.copy(), desc=True, nulls_first=False)]))
    return exp.Bracket(
        this=exp.paren(exp.Filter(this=values, expression=exp.Where(this=present))), expressions=[exp.Literal.number(1)], offset=1
    )


def _moved(node: exp.Expression, place: Callable[[str], str]) -> exp.Expression:
    """A table of the model by its name in PostgreSQL."""
    if not isinstance(node, exp.Table) or not node.catalog:
        return node
    schema, name = place(".".join(part.name for part in node.parts)).split(".")
    return exp.table_(name, schema, quoted=True, alias=node.alias or node.name)
