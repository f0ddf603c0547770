"""The functions as Flink SQL calls them: the only file here that knows Flink. `functions.sql` gives them their names."""

from functools import partial

from pyflink.table import DataTypes
from pyflink.table.udf import udf

from udfs import keys, telecom, times
from udfs.crossing import exact_timestamp, null_when_refused, verdict_when_raised

TEXT = DataTypes.STRING()
# No TIMESTAMP goes in: PyFlink 2.1 reads one in 32 bits, wrong after 2038, and fails on fractions of a second before 1970.
CALL = [TEXT] * 11 + [DataTypes.INT(), DataTypes.DECIMAL(18, 4), TEXT, TEXT]

# The planner writes a deterministic call out again at each use of its result, and evaluates every copy.
once = partial(udf, deterministic=False)

# Open input types: a key has as many parts, and of such types, as its entity's natural key.
surrogate_key = once(null_when_refused(keys.surrogate_key), result_type=TEXT)
event_time = once(exact_timestamp(times.event_time), input_types=[TEXT], result_type=DataTypes.TIMESTAMP(6))
event_date = once(times.event_date, input_types=[TEXT], result_type=DataTypes.DATE())
judge_call = once(verdict_when_raised(telecom.judge_call), input_types=CALL, result_type=TEXT)
