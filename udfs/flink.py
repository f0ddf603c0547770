"""The functions as Flink SQL calls them, each with Flink's types. `functions.sql` gives them their names."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from inspect import signature

from pyflink.table import DataTypes
from pyflink.table.types import DataType
from pyflink.table.udf import UserDefinedFunctionWrapper, udf

from udfs import books, keys, members, stocks, telecom, times
from udfs.crossing import exact_timestamp, verdict_when_raised
from udfs.rules import Verdict

TEXT = DataTypes.STRING()
# No TIMESTAMP goes in: PyFlink 2.1 reads one in 32 bits, wrong after 2038, and fails on fractions of a second before 1970.
JUDGED = {str | None: TEXT, int | None: DataTypes.INT(), Decimal | None: DataTypes.DECIMAL(18, 4)}

# The planner writes a deterministic call out again at each use of its result, and evaluates every copy.
once = partial(udf, deterministic=False)


def judge(function: Callable[..., Verdict], **others: DataType) -> UserDefinedFunctionWrapper:
    """A function that judges an event, its SQL types by those of its parameters, but for `others`.

    They are those of its columns: a wider one would cost a cast, which is an operator of its own that copies the whole row.
    """
    inputs = [others.get(name, JUDGED[parameter.annotation]) for name, parameter in signature(function).parameters.items()]
    return once(verdict_when_raised(function), input_types=inputs, result_type=TEXT)


# Open input types: a key has as many parts, and of such types, as its entity's natural key.
surrogate_key = once(keys.surrogate_key_or_null, result_type=TEXT)
event_time = once(exact_timestamp(times.event_time), input_types=[TEXT], result_type=DataTypes.TIMESTAMP(6))
event_date = once(times.event_date, input_types=[TEXT], result_type=DataTypes.DATE())
price_time = once(exact_timestamp(times.price_time), input_types=[TEXT], result_type=DataTypes.TIMESTAMP(6))
iso_date = once(times.iso_date, input_types=[TEXT], result_type=DataTypes.DATE())
judge_call = judge(telecom.judge_call)
judge_sms = judge(telecom.judge_sms)
judge_payment = judge(telecom.judge_payment)
judge_recharge = judge(telecom.judge_recharge)
judge_support = judge(telecom.judge_support)
judge_user = judge(members.judge_user)
judge_device = judge(members.judge_device)
judge_cell_site = judge(members.judge_cell_site)
judge_agent = judge(members.judge_agent)

judge_book = judge(books.judge_book)
without_notes = once(books.without_notes, input_types=[TEXT], result_type=TEXT)
sales_millions = once(books.sales_millions, input_types=[TEXT], result_type=DataTypes.DECIMAL(18, 4))
published_year = once(books.published_year, input_types=[TEXT], result_type=DataTypes.INT())
author_key = once(books.author_key, input_types=[TEXT], result_type=TEXT)

judge_price = judge(stocks.judge_price, volume=DataTypes.BIGINT())
judge_company = judge(stocks.judge_company)
