from pyflink.table import DataTypes
from pyflink.table.udf import udf

from udfs import prices

rate = udf(prices.rate, input_types=[DataTypes.DECIMAL(9, 2)], result_type=DataTypes.STRING())
