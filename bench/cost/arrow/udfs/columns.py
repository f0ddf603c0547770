"""The functions of calls, as `udfs/flink.py` has them, but given whole columns, which cross by Arrow: PyFlink's `pandas` functions."""

from collections.abc import Callable
from functools import partial
from itertools import repeat
from typing import TypeVar

import pandas as pd
from pyflink.table import DataTypes
from pyflink.table.udf import udf

from udfs import keys, telecom, times
from udfs.crossing import null_when_refused, verdict_when_raised

T = TypeVar("T")


def by_column(function: Callable[..., T]) -> Callable[..., pd.Series]:
    """`function`, row by row over columns; a literal stands for a column, and pandas has NaN for an INT that is NULL."""

    def crossing(*columns: pd.Series | str) -> pd.Series:
        values = [
            column.astype(object).where(column.notna(), None) if isinstance(column, pd.Series) else repeat(column) for column in columns
        ]
        return pd.Series(map(function, *values), dtype=object)

    return crossing


columnar = partial(udf, deterministic=False, func_type="pandas")

surrogate_key = columnar(by_column(null_when_refused(keys.surrogate_key)), result_type=DataTypes.STRING())
event_time = columnar(by_column(times.event_time), result_type=DataTypes.TIMESTAMP(6))
event_date = columnar(by_column(times.event_date), result_type=DataTypes.DATE())
judge_call = columnar(by_column(verdict_when_raised(telecom.judge_call)), result_type=DataTypes.STRING())
