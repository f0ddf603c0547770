"""What a mistake in a rule does to the calls."""

from pathlib import Path

from flink_jobs.project import Project
from tests.oracle.topic import KafkaRecord
from tests.sql.harness import Rows, new_project, releases, rows_of, run

SILVER, GOLD = "telecom.silver.calls", "telecom.gold.fact_calls"
RAISES = """

def missing_id(field: str, value: str | None, rule=missing_id) -> Verdict:
    60 // (value != "a good call")
    return rule(field, value)
"""


def test_a_rule_that_raises_rejects_its_row_only(
    project: Project, records: dict[str, KafkaRecord], tables: dict[str, Rows], tmp_path: Path
) -> None:
    broken = new_project(tmp_path, project.settings)
    (broken.state / "flink").symlink_to(project.flink)
    with (broken.root / "udfs" / "rules.py").open("a") as rules:
        rules.write(RAISES)
    found = run(broken, [job for job in releases(broken) if job.job == "telecom-usage"])
    record = records["telecom/calls/accepted: a good call"]
    (row,) = rows_of(record, found[SILVER])
    assert (row["is_rejected"], row["rejection_reason"]) == (True, "function_failed")
    assert row["rejection_detail"] == "judge_call raised ZeroDivisionError: integer division or modulo by zero"
    assert rows_of(record, found[GOLD]) == []
    for table in (SILVER, GOLD):
        assert others(record, found[table]) == others(record, tables[table])


def others(record: KafkaRecord, rows: Rows) -> Rows:
    """The rows of every other record, in order, but for those of which either may come first."""
    own = rows_of(record, rows)
    certain = (row for row in rows if row not in own and row["call_id"] != "an id in two partitions")
    return sorted(certain, key=lambda row: (row["kafka_partition"], row["kafka_offset"]))
