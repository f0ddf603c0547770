"""A day goes on over a deploy that begins its job anew."""

from collections.abc import Iterable
from pathlib import Path

from flink_jobs.project import Project
from flink_jobs.releases import Release
from flink_jobs.topics import Offsets
from tests.oracle.topic import KafkaRecord
from tests.sql.harness import BOUNDED, Rows, new_project, releases, run

HALF_WAY = "'scan.bounded.mode' = 'specific-offsets', 'scan.bounded.specific-offsets' = '{}',"


def test_what_was_read_back_counts_and_is_not_written_again(
    project: Project, records: dict[str, KafkaRecord], tables: dict[str, Rows], tmp_path: Path
) -> None:
    copy = new_project(tmp_path, project.settings)
    (copy.state / "flink").symlink_to(project.flink)
    catalog = copy.root / "catalog" / "common.sql"
    whole = catalog.read_text()
    half = {partition: end // 2 for partition, end in newest(records.values()).items()}
    catalog.write_text(whole.replace(BOUNDED, HALF_WAY.format(";".join(f"partition:{p},offset:{end}" for p, end in half.items()))))
    before = run(copy, [prices(copy)])
    assert 0 < len(before["stocks.gold.daily_prices"]) < len(tables["stocks.gold.daily_prices"])
    catalog.write_text(whole)
    after = run(copy, [prices(copy)], {table: {p: end - 1 for p, end in half.items()} for table in before})
    assert {table: in_order(rows) for table, rows in after.items()} == {table: in_order(tables[table]) for table in after}


def newest(records: Iterable[KafkaRecord]) -> Offsets:
    """The last offset of each partition of the prices' topic."""
    ordered = sorted((record.partition, record.offset) for record in records if record.topic == "stock-prices")
    return dict(ordered)


def prices(project: Project) -> Release:
    return next(job for job in releases(project) if job.job == "stocks-prices")


def in_order(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: (row["kafka_partition"], row["kafka_offset"]))
