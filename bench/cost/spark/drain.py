# /// script
# requires-python = ">=3.11,<3.13"
# dependencies = ["pandas==3.1.1", "pyarrow==26.0.1", "pyspark==4.1.3"]
# ///
"""Kafka to three Iceberg tables with Spark Structured Streaming: one query, whose batches are kept and appended to each table.

It runs in an environment of its own (`drain.py.lock`), with `udfs` on its path, until it is ended. The parent is `variant.py`.
"""

import argparse
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import udf
from pyspark.sql.types import DateType, StringType, TimestampNTZType

from udfs.keys import surrogate_key_or_null
from udfs.telecom import judge_call
from udfs.times import event_date, event_time

SQL = Path(__file__).with_name("sql")
FUNCTIONS = {"judge_call": (judge_call, StringType()), "surrogate_key": (surrogate_key_or_null, StringType())}
FUNCTIONS |= {"event_time": (event_time, TimestampNTZType()), "event_date": (event_date, DateType())}


def arguments() -> argparse.Namespace:
    """Of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "judges", choices=("builtins", "python", "arrow"), help="what judges and keys: SQL, plain functions, or those by Arrow"
    )
    parser.add_argument("--bootstrap", required=True, help="Kafka's address")
    parser.add_argument("--topic", required=True, help="a topic of phone calls")
    parser.add_argument("--folder", required=True, help="where tables and checkpoints go")
    parser.add_argument("--trigger-seconds", type=float, required=True, help="a batch begins so long after the one before")
    parser.add_argument("--batch-events", type=int, required=True, help="and has no more events than that")
    return parser.parse_args()


def session(folder: str) -> SparkSession:
    """Spark in the JVM that started this process, and an empty lake."""
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.lake.type": "hadoop",
        "spark.sql.catalog.lake.warehouse": f"file://{folder}/warehouse",
        # Parquet as in catalog/local.sql. Each task writes its own rows: else they are exchanged by kafka_date first.
        "spark.sql.catalog.lake.table-default.write.parquet.dict-size-bytes": "32768",
        "spark.sql.catalog.lake.table-default.write.parquet.compression-level": "1",
        "spark.sql.catalog.lake.table-default.write.distribution-mode": "none",
        "spark.sql.catalog.lake.table-default.write.spark.fanout.enabled": "true",
        # Java never compiles a method of more than 8,000 bytes, which Spark makes of these views by default; now it makes smaller ones.
        "spark.sql.codegen.hugeMethodLimit": "8000",
        # Of a record that ends too early nothing is read, not the fields before.
        "spark.sql.json.enablePartialResults": "false",
    }
    builder = SparkSession.builder.appName("calls")
    for key, value in settings.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def statements(name: str) -> list[str]:
    """Those of a file in `sql/`."""
    return [statement for statement in SQL.joinpath(f"{name}.sql").read_text().split(";\n") if statement.strip()]


def judged(spark: SparkSession, judges: str, bootstrap: str, topic: str, batch_events: int) -> DataFrame:
    """The topic from its beginning: each record with its verdict and its keys."""
    options = {
        "kafka.bootstrap.servers": bootstrap,
        "subscribe": topic,
        "startingOffsets": "earliest",
        "maxOffsetsPerTrigger": batch_events,
    }
    spark.readStream.format("kafka").options(**options).load().createOrReplaceTempView("kafka")
    if judges != "builtins":
        for name, (function, result) in FUNCTIONS.items():
            spark.udf.register(name, udf(function, result, useArrow=judges == "arrow"))
    for name in ("decoded", "judged_by_sql" if judges == "builtins" else "judged_by_python", "repaired"):
        for statement in statements(name):
            spark.sql(statement)
    return spark.table("repaired_calls")


def append(batch: DataFrame, _: int) -> None:
    """Appends a batch to each table; it is read, judged and keyed once."""
    batch.persist()
    batch.createOrReplaceTempView("batch")
    for statement in statements("inserts"):
        batch.sparkSession.sql(statement)
    batch.unpersist()


def main() -> None:
    """Drain the topic until this process is ended."""
    given = arguments()
    spark = session(given.folder)
    for statement in statements("tables"):
        spark.sql(statement)
    query = judged(spark, given.judges, given.bootstrap, given.topic, given.batch_events).writeStream.foreachBatch(append)
    query = query.option("checkpointLocation", f"{given.folder}/checkpoints").trigger(processingTime=f"{given.trigger_seconds} seconds")
    query.start().awaitTermination()


if __name__ == "__main__":
    main()
