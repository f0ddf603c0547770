"""What the measurements along an axis run, and the picture of what they find."""

from pathlib import Path

import pytest

from bench.cost.oracle import Expectation
from bench.cost.report import CPU, RATE, Spread
from bench.cost.variant import LAYERS, Run
from bench.growth import SHARES, Growth, Point, Streams, Together, as_table, chart
from flink_jobs.domains import load_domains
from flink_jobs.project import Project


class Counted(Expectation):
    """Of a stream with a hundred events."""

    @property
    def rows(self) -> dict[str, int]:
        return {"bronze": 100, "silver": 100, "gold": 90}


@pytest.mark.parametrize("count", [1, 3, 5])
def test_so_many_streams_are_run_by_the_shipped_jobs_each_from_its_topic(tmp_path: Path, count: int) -> None:
    chosen = list(SHARES)[:count]
    variant = Streams("", "", streams=chosen)
    together = Together({stream: Counted(tmp_path) for stream in chosen})
    variant.run = Run("127.0.0.1:1", together.rows, tmp_path)
    variant.lay_out()
    (domain,) = load_domains(Project(tmp_path))
    tables = {insert.table for job in domain.jobs for insert in job.inserts}
    assert {variant.table(f"{stream}.{layer}") for stream in chosen for layer in LAYERS} <= tables
    assert len(tables) == 4 * count
    topics = {source.options["topic"].value for job in domain.jobs for source in job.sources.values()}
    assert topics == set(chosen)
    assert variant.run.events == 100 * count


def test_the_picture_and_the_table_have_every_point() -> None:
    points = [Point(x=x, cpu_seconds_per_million=Spread.of([40 + x, 42 + x]), events_per_second=Spread.of([1000 * x])) for x in (1, 2, 4)]
    growth = Growth(by="parallelism", machine={}, commit="", events=2, warm_up=1, points=tuple(points))
    drawn = chart(growth).to_dict()
    assert len(drawn["hconcat"]) == 2
    assert [(row["x"], row[CPU], row[RATE]) for row in drawn["data"]["values"]] == [(1, 42, 1000), (2, 43, 2000), (4, 45, 4000)]
    assert as_table(growth).row_count == 3
