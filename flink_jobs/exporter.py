"""What `trunkline metrics` tells Prometheus: how fresh the stored tables are, and which jobs run.

https://prometheus.io/docs/instrumenting/writing_exporters/
"""

from collections.abc import Iterator
from contextlib import suppress
from threading import Lock

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from flink_jobs.errors import TrunklineError
from flink_jobs.monitor import Monitor


class Look(Collector):
    """A look at the jobs and at the newest snapshot of each table, whenever Prometheus asks; no row is read."""

    def __init__(self, monitor: Monitor) -> None:
        self.monitor, self.one_at_a_time = monitor, Lock()

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing beforehand: a look needs Flink and the catalog."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """What is seen; of a part that can't be seen only that it is not `up`."""
        up = GaugeMetricFamily("trunkline_up", "1 where that part answers", labels=["part"])
        with self.one_at_a_time:
            for part, look in (("flink", self.jobs), ("catalog", self.tables)):
                found: list[GaugeMetricFamily] = []
                with suppress(TrunklineError):
                    found = look()
                up.add_metric([part], float(bool(found)))
                yield from found
        yield up

    def jobs(self) -> list[GaugeMetricFamily]:
        """Each job of the cluster, and those that are deployed, or else declared, and not there."""
        running = GaugeMetricFamily("trunkline_job_running", "1 while the newest job of that name runs", labels=["job"])
        seen = {job.name: float(not job.is_down) for job in self.monitor.jobs()}
        for name, runs in (dict.fromkeys(self.declared(), 0.0) | seen).items():
            running.add_metric([name], runs)
        return [running]

    def declared(self) -> list[str]:
        """The streams of the files, where nothing says what is deployed: on Kubernetes only the pod that deploys has that volume."""
        return [] if self.monitor.store.folder.exists() else sorted(set(self.monitor.lake.jobs.values()))

    def tables(self) -> list[GaugeMetricFamily]:
        """Each stored table."""
        committed = GaugeMetricFamily(
            "trunkline_table_committed_timestamp_seconds",
            "When the newest snapshot was committed: readers see what came before",
            labels=["table"],
        )
        rows = GaugeMetricFamily("trunkline_table_rows", "Rows in the newest snapshot", labels=["table"])
        for table in self.monitor.lake.tables():
            rows.add_metric([table.name], table.rows)
            if table.committed_at:
                committed.add_metric([table.name], table.committed_at.timestamp())
        return [committed, rows]
