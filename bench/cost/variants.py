"""Every variant, by its name."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from bench.cost.baselines import BuiltinsVariant, PlainVariant, ThreeTables
from bench.cost.lower_bound import LowerBound
from bench.cost.spark.variant import Spark
from bench.cost.variant import Edit, FlinkVariant, Variant

HERE = Path(__file__).parent

COUNTED = "COUNT(*) OVER (PARTITION BY counted_sk ORDER BY arrived_at) AS arrivals"
NOTHING_REMEMBERED = Edit("sql/telecom/silver/calls.sql", COUNTED, "CAST(1 AS BIGINT) AS arrivals")
TWO_SLOTS = {"parallelism.default": "2"}
READ_OTHERWISE = frozenset({"malformed_record", "wrong_type"})  # by what has rules of its own, or Flink's `json` format
PROTOTYPE_ASIDE = {
    "bronze": frozenset({"kafka_key", "kafka_topic", "kafka_date"}),
    "silver": frozenset({"from_tac", "to_tac", "amount", "event_time", "repaired_columns", "kafka_date"})
    | frozenset({"is_rejected", "rejection_reason", "rejection_detail"}),
}

VARIANTS: dict[str, Variant] = {
    variant.name: variant
    for variant in (
        FlinkVariant("python", "as shipped: Python judges and keys, and ids are remembered"),
        FlinkVariant("python-stateless", "as shipped, but no id is remembered", edits=[NOTHING_REMEMBERED]),
        FlinkVariant("python-two-slots", "`python-stateless` in two slots", edits=[NOTHING_REMEMBERED], options=TWO_SLOTS),
        BuiltinsVariant("builtins", "the same in Flink's own functions, without Python", overlay=HERE / "builtins"),
        BuiltinsVariant(
            "builtins-two-slots",
            "`builtins` with as many threads as `prototype`, which reads its topic twice",
            overlay=HERE / "builtins",
            options=TWO_SLOTS,
        ),
        PlainVariant(
            "naive",
            "as tutorials have it: a Python function a rule and a key, a SELECT a table, Flink's and Iceberg's defaults",
            overlay=HERE / "plain",
            aside={"silver": frozenset({"rejection_detail"})},
            unjudged=READ_OTHERWISE,
            program=[HERE / "naive" / "job.py"],
        ),
        PlainVariant(
            "prototype",
            "the first prototype: six rules, 16 gold columns, Flink's own functions; defaults, but object reuse and a commit each 5 s",
            layers=["bronze", "silver"],  # gold has other rules and keys: the oracle knows nothing of it
            overlay=HERE / "plain",
            aside=PROTOTYPE_ASIDE,
            unjudged=READ_OTHERWISE,
            program=[HERE / "plain" / "script.py", HERE / "prototype" / "calls.sql"],
        ),
        ThreeTables(
            "prototype-shipped",
            "the prototype's tables, rules and keys on what is shipped: formats, options, properties of tables, one read",
            layers=["bronze", "silver"],
            overlay=HERE / "prototype" / "shipped",
            aside=PROTOTYPE_ASIDE,
            unjudged=READ_OTHERWISE,
        ),
        FlinkVariant("bronze", "as shipped, but only each record as it came", layers=["bronze"]),
        LowerBound("lower-bound", "confluent-kafka, orjson and pyarrow in one Python process, without Flink and Iceberg"),
        Spark("spark-builtins", "Spark Structured Streaming, rules and keys in SQL functions", judges="builtins"),
        Spark("spark-python", "Spark Structured Streaming, rules and keys in Python functions", judges="python"),
        Spark("spark-arrow", "Spark Structured Streaming, rules and keys in Python functions with Arrow", judges="arrow"),
    )
}


def tuned(variant: FlinkVariant, field: str, given: Iterable[str]) -> Iterator[FlinkVariant]:
    """The variant with each of these, written `name=value`, in one of its mappings: `options` or `properties`."""
    for text in given:
        name, _, value = text.partition("=")
        changed = {field: {**getattr(variant, field), name: value}}
        yield replace(variant, name=text, intent=f"{variant.name}, but {name} is {value}", **changed)
