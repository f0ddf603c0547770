"""The whole of it, over everything that can happen to it, against an oracle that shares no code with it."""

import math
import subprocess
import time
from pathlib import Path

import pytest
from confluent_kafka import Producer

from flink_jobs.cluster import Cluster
from flink_jobs.local import flink
from flink_jobs.releases import Store
from flink_jobs.topics import Topics
from tests.end_to_end.workbench import REPOSITORY, Workbench, diffs
from tests.oracle import calendar, calls
from tests.oracle.compare import differences
from tests.oracle.corpus import load_cases
from tests.oracle.topic import KafkaRecord, read_topic

BRONZE, SILVER, GOLD = "telecom.bronze.calls", "telecom.silver.calls", "telecom.gold.fact_calls"


def test_no_record_is_lost_or_repeated(workbench: Workbench) -> None:
    bench = workbench
    assert "started Kafka, JobManager, TaskManager" in bench.trunkline("up")
    assert "Kafka and Flink run already" in bench.trunkline("up")
    begin_in_the_sql_client(bench)
    assert "start  telecom-calls" in bench.trunkline("plan")
    bench.trunkline("deploy")
    again = bench.trunkline("deploy")
    assert "unchanged  telecom-calls" in again and "unchanged  telecom-calendar" in again

    first = feed(bench, seed=11, count=24000)
    bench.wait_for_rows(GOLD, 3000)
    bench.kill("TaskManager")
    assert "started TaskManager" in bench.trunkline("up")
    bench.wait_for_rows(GOLD, 8000)
    bench.kill("JobManager")
    assert "resumed telecom-calls" in bench.trunkline("up")
    finish(first)
    bench.kill("Kafka", "JobManager", "TaskManager")
    assert "resumed telecom-calls" in bench.trunkline("up")

    second = feed(bench, seed=12, count=20000)
    bench.wait_for_rows(GOLD, 26000)
    a_mistake_changes_nothing(bench)
    follow_the_tour(bench)
    finish(second)
    assert "stopped telecom-calls" in bench.trunkline("down")
    assert bench.leftovers() == []
    assert "resumed telecom-calls" in bench.trunkline("up")
    finish(feed(bench, seed=13, count=1000))
    bench.wait_until_caught_up(BRONZE, "calls")
    records = read_topic(bench.bootstrap, "calls")
    # Once a job has stopped with a savepoint, all its tables hold the same records.
    bench.trunkline("down")
    assert bench.leftovers() == []

    assert len(records) > 45000
    expected = expected_over_the_change(bench, records)
    assert differences(expected.bronze, bench.stored(BRONZE)) == []
    assert differences(expected.silver, bench.stored(SILVER)) == []
    assert differences(expected.fact_calls, bench.stored(GOLD)) == []
    assert differences(calendar.expected_dates(), bench.stored("telecom.gold.dim_date"), key=("date_key",)) == []
    assert differences(calendar.expected_times(), bench.stored("telecom.gold.dim_time"), key=("time_sk",)) == []


def begin_in_the_sql_client(bench: Workbench) -> None:
    """Runs the job's file as it is in Flink's own client, and ends that job without a savepoint: `deploy` must go on where it was."""
    Topics({"bootstrap.servers": bench.bootstrap}).create(["calls"])
    assert "Job ID" in bench.trunkline("sql-client", "telecom", "-f", "sql/telecom/jobs/calls.sql")
    send_corpus(bench)
    bench.wait_for_rows(GOLD, 100)
    cluster = Cluster(flink.url(bench.project))
    cluster.cancel(cluster.jobs()[0].id)


def send_corpus(bench: Workbench) -> None:
    """Sends every kind of bad record that a person thought of, one of them without a key."""
    now = int(time.time() * 1000)
    producer = Producer({"bootstrap.servers": bench.bootstrap, "message.max.bytes": 16 << 20})
    for number, case in enumerate(load_cases(now)):
        producer.produce("calls", key=None if number == 0 else case.name.encode(), value=case.value, timestamp=now)
        producer.poll(0)
    assert producer.flush(60) == 0


def feed(bench: Workbench, seed: int, count: int) -> subprocess.Popen[str]:
    """Starts a feed with one event in twenty bad."""
    return bench.start("trunkline", "feed", "telecom", "--rate", "800", "--bad", "0.05", "--seed", str(seed), "--count", str(count))


def finish(feed: subprocess.Popen[str]) -> None:
    """Waits for a feed's end."""
    output, _ = feed.communicate(timeout=300)
    assert feed.returncode == 0, output


def a_mistake_changes_nothing(bench: Workbench) -> None:
    """Deploys a project with a mistake in it: it is named with its place, and the job runs on as it was."""
    file = bench.project.root / "sql" / "telecom" / "gold" / "fact_calls.sql"
    right, before = file.read_text(), Store(bench.project).get("telecom-calls")
    file.write_text(right.replace("  event_type,", "  event_typo,", 1))
    assert "sql/telecom/gold/fact_calls.sql:13:3: " in bench.trunkline("deploy", expect=1)
    file.write_text(right)
    assert Store(bench.project).get("telecom-calls") == before
    assert before.job_id in [job.id for job in Cluster(flink.url(bench.project)).jobs() if job.state == "RUNNING"]


def follow_the_tour(bench: Workbench) -> None:
    """Does what the README's tour says: apply its edits, look at the plan, deploy."""
    for edit in diffs(REPOSITORY / "README.md"):
        subprocess.run(["git", "apply", "-"], input=edit, text=True, cwd=bench.project.root, check=True)
    assert "billed_minutes" in bench.run("just", "plan").stderr
    assert "changed    telecom-calls" in bench.run("just", "deploy-jobs").stderr


def expected_over_the_change(bench: Workbench, records: list[KafkaRecord]) -> calls.Expected:
    """What the tables must hold: by the old rules up to where the changed job began, by the new ones from there on."""
    start = Store(bench.project).get("telecom-calls").starts["calls"]
    with pytest.MonkeyPatch.context() as patch:
        before = calls.expected(records)
        patch.setattr(calls, "STATUSES", calls.STATUSES - {"busy"})
        after = calls.expected(records)

    def is_new(place: tuple[int, int]) -> bool:
        return place[1] >= start[place[0]]

    def merged(old: dict, new: dict) -> dict:
        return {p: row for p, row in old.items() if not is_new(p)} | {p: row for p, row in new.items() if is_new(p)}

    facts = merged(before.fact_calls, after.fact_calls)
    assert len(facts) < len(before.fact_calls)
    for place, row in facts.items():
        seconds = row["call_duration_seconds"]
        row["billed_minutes"] = math.ceil(seconds / 60) if is_new(place) and seconds is not None else None
    return calls.Expected(before.bronze, merged(before.silver, after.silver), facts)


def test_the_tour_is_in_the_readme() -> None:
    assert len(diffs(Path(REPOSITORY, "README.md"))) == 2
