"""The functions as DuckDB calls them, by their names in `functions.sql`: the only file here that knows DuckDB."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, get_type_hints

import duckdb

from udfs import books, keys, members, stocks, telecom, times
from udfs.crossing import verdict_when_raised

TYPES = {str: "VARCHAR", int: "BIGINT", Decimal: "DECIMAL(18, 4)", datetime: "TIMESTAMP", date: "DATE"}
JUDGES = (
    *(telecom.judge_call, telecom.judge_sms, telecom.judge_payment, telecom.judge_recharge, telecom.judge_support),
    *(members.judge_user, members.judge_device, members.judge_cell_site, members.judge_agent),
    *(books.judge_book, stocks.judge_price, stocks.judge_company),
)
FUNCTIONS = (
    *(times.event_time, times.event_date, times.iso_date, times.price_time),
    *(books.without_notes, books.sales_millions, books.published_year, books.author_key),
    *map(verdict_when_raised, JUDGES),
)


def register(connection: duckdb.DuckDBPyConnection) -> None:
    """Gives a connection all functions. Each sees NULL as None, and is the Python that Flink runs."""
    connection.create_function("surrogate_key", surrogate_key, None, "VARCHAR", null_handling="special")
    for function in FUNCTIONS:
        hints = get_type_hints(function)
        inputs = [sql_type(hint) for name, hint in hints.items() if name != "return"]
        connection.create_function(function.__name__, function, inputs, sql_type(hints["return"]), null_handling="special")


def surrogate_key(*arguments: Any) -> str | None:  # noqa: ANN401
    """The key of an entity, the first argument, by the parts of its natural key: of any number, and of any type."""
    return keys.surrogate_key_or_null(*arguments)


def sql_type(hint: Any) -> str:  # noqa: ANN401
    """The type of a parameter or an answer, which may also be None."""
    return next(TYPES[kind] for kind in getattr(hint, "__args__", (hint,)) if kind in TYPES)
