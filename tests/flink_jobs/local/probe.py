"""Three endless jobs for `flink run -py`: without Python, with a Python function, and with one that fails at its first row."""

from pyflink.table import DataTypes, EnvironmentSettings, TableEnvironment
from pyflink.table.udf import udf


@udf(result_type=DataTypes.BIGINT())
def twice(number: int) -> int:
    return 2 * number


@udf(result_type=DataTypes.BIGINT())
def fails(number: int) -> int:
    raise ValueError(f"{number} is too much")


environment = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
environment.create_temporary_function("twice", twice)
environment.create_temporary_function("fails", fails)
environment.execute_sql(
    "CREATE TEMPORARY TABLE sevens (n INT) WITH ('connector'='datagen','fields.n.min'='7','fields.n.max'='7','rows-per-second'='5')"
)
environment.execute_sql("CREATE TEMPORARY TABLE nowhere (n BIGINT) WITH ('connector'='blackhole')")
inserts = {
    "plain": "INSERT INTO nowhere SELECT n FROM sevens",
    "python": "INSERT INTO nowhere SELECT twice(CAST(n AS BIGINT)) FROM sevens",
    "failing": "INSERT INTO nowhere SELECT fails(CAST(n AS BIGINT)) FROM sevens",
}
for job, insert in inserts.items():
    environment.get_config().set("pipeline.name", job)
    environment.execute_sql(insert)
