"""All calls that a person thought of, through Kafka and the job, against an oracle that shares no code with it."""

from pathlib import Path

from flink_jobs.project import Project
from tests.oracle import calls
from tests.oracle.compare import differences
from tests.oracle.topic import KafkaRecord, read_topic
from tests.sql.harness import Rows, new_project, releases, rows_of, run

SILVER, GOLD = "telecom.silver.calls", "telecom.gold.fact_calls"
RAISES = """

def missing_id(field: str, value: str | None, rule=missing_id) -> Verdict:
    60 // (value != "a good call")
    return rule(field, value)
"""


def test_every_record_is_where_the_oracle_says(project: Project, records: dict[str, KafkaRecord], tables: dict[str, Rows]) -> None:
    stored = read_topic(f"127.0.0.1:{project.settings.kafka_port}", "calls")
    assert {record.partition for record in stored} == {0, 1, 2, 3}
    assert any(record.key is None for record in stored)
    assert sorted(stored, key=str) == sorted(records.values(), key=str)
    expected = calls.expected(stored)
    assert differences(expected.bronze, tables["telecom.bronze.calls"]) == []
    assert differences(expected.silver, tables[SILVER]) == []
    assert differences(expected.fact_calls, tables[GOLD]) == []


def test_a_rule_that_raises_rejects_its_row_only(
    project: Project, records: dict[str, KafkaRecord], tables: dict[str, Rows], tmp_path: Path
) -> None:
    broken = new_project(tmp_path, project.settings)
    (broken.state / "flink").symlink_to(project.flink)
    with (broken.root / "udfs" / "rules.py").open("a") as rules:
        rules.write(RAISES)
    found = run(broken, [job for job in releases(broken) if job.job == "telecom-calls"])
    record = records["telecom/calls/accepted: a good call"]
    (row,) = rows_of(record, found[SILVER])
    assert (row["is_rejected"], row["rejection_reason"]) == (True, "function_failed")
    assert row["rejection_detail"] == "judge_call raised ZeroDivisionError: integer division or modulo by zero"
    assert rows_of(record, found[GOLD]) == []
    for table in (SILVER, GOLD):
        assert others(record, found[table]) == others(record, tables[table])


def others(record: KafkaRecord, rows: Rows) -> Rows:
    """The rows of every other record, in order."""
    own = rows_of(record, rows)
    return sorted((row for row in rows if row not in own), key=lambda row: (row["kafka_partition"], row["kafka_offset"]))
