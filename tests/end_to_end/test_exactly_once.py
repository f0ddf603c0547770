"""The whole of it, over everything that can happen to it, against an oracle that shares no code with it."""

import math
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import psycopg
import pytest
from confluent_kafka import Producer

from flink_jobs.local import postgres
from flink_jobs.releases import Store
from flink_jobs.topics import Topics
from tests.end_to_end.workbench import REPOSITORY, Workbench, diffs
from tests.oracle import calls, telecom
from tests.oracle.corpus import load_cases
from tests.oracle.tables import Expected
from tests.oracle.topic import KafkaRecord, read_topic
from tests.readers.postgres.compare import assert_equals_gold

BRONZE, SILVER, GOLD = "telecom.bronze.calls", "telecom.silver.calls", "telecom.gold.fact_calls"
EVENTS = ",".join(telecom.STREAMS)
PERSONAL = re.compile(rb"\+\d{8,15}\b|\b\d{15}\b|\b[\w.]{1,64}@[\w.]{1,64}\w")
LONGEST = 10_000  # bytes of a record that a person or a feed has made; the corpus has longer ones


def test_no_record_is_lost_or_repeated(workbench: Workbench) -> None:
    bench = workbench
    bench.compile_quickly()
    assert "started Kafka, JobManager, TaskManager" in bench.trunkline("up")
    assert "Kafka and Flink run already" in bench.trunkline("up")
    begin_in_the_sql_client(bench)
    assert "started  telecom-usage" in bench.trunkline("deploy", "telecom")
    serving = bench.start_serving("telecom")  # to PostgreSQL, through all of it

    first = feed(bench, seed=11, count=12000)
    bench.wait_for_rows(GOLD, 1500)
    bench.kill("TaskManager")
    assert "started TaskManager" in bench.trunkline("up")
    bench.wait_for_rows(GOLD, 3500)
    bench.kill("JobManager")
    finish(first)  # goes on meanwhile
    bench.kill("Kafka", "TaskManager")
    assert "resumed telecom-usage" in bench.trunkline("up")

    second = feed(bench, "--only", EVENTS, seed=12, count=20000, rate=100)  # to the end of the tour
    bench.wait_for_rows(GOLD, 6000)
    bench.kill_between_commits([BRONZE, SILVER, GOLD])
    lose_the_state(bench)
    assert "resumed telecom-usage" in bench.trunkline("up")
    bench.wait_for_rows(GOLD, 7000)  # new ones: so what came before has been read back
    send_corpus(bench)  # again: what was accepted before is a duplicate now
    follow_the_tour(bench)
    send_corpus(bench)
    finish(second)
    serving.send_signal(signal.SIGINT)
    assert serving.wait(timeout=60) == 0, (bench.project.logs / "serve.log").read_text()
    assert "stopped telecom-usage" in bench.trunkline("down")
    assert bench.leftovers() == []
    assert "resumed telecom-usage" in bench.trunkline("up")
    finish(feed(bench, "--only", EVENTS, seed=13, count=1000))
    for topic in telecom.TOPICS:
        bench.wait_until_caught_up(f"telecom.bronze.{topic}", topic)
    records = {topic: read_topic(bench.bootstrap, topic) for topic in telecom.TOPICS}
    # Once a job has stopped with a savepoint, all its tables hold the same records.
    bench.trunkline("down")
    assert bench.leftovers() == []

    assert len(records["calls"]) > 10000
    assert min(map(len, records.values())) > 0
    topics = telecom.expected(records, bench.stored)
    topics["calls"] = expected_over_the_change(bench, records["calls"])
    tables = telecom.stored_tables(topics, forgotten=True) | telecom.calendar_tables()
    assert telecom.differences(tables, bench.stored) == []
    lake = bench.lake
    with lake.connect() as reader:
        assert telecom.differences(telecom.serving_views(topics), lambda view: reader.sql(f"FROM {view}").to_arrow_table()) == []
    assert_postgres_has_gold(bench)
    assert_no_log_names_anybody(bench, records.values())


def begin_in_the_sql_client(bench: Workbench) -> None:
    """Runs the job's file as it is in Flink's own client, and ends that job without a savepoint: `deploy` must go on where it was."""
    Topics({"bootstrap.servers": bench.bootstrap}).create(telecom.TOPICS)
    assert "Job ID" in bench.trunkline("sql-client", "telecom", "-f", "sql/telecom/jobs/usage.sql")
    send_corpus(bench)
    bench.wait_for_rows(GOLD, 100)
    bench.cluster.cancel(bench.cluster.jobs()[0].id)


def assert_postgres_has_gold(bench: Workbench) -> None:
    """What was sent to PostgreSQL through all of it, and at last, is every row of every gold table, once."""
    assert "warning" not in bench.trunkline("serve", "telecom", "--once")
    with psycopg.connect(postgres.connection_string(bench.project), dbname="telecom") as connection:
        assert_equals_gold(connection, bench.lake, "telecom")
    bench.trunkline("down")
    assert bench.leftovers() == []


def assert_no_log_names_anybody(bench: Workbench, topics: Iterable[Sequence[KafkaRecord]]) -> None:
    """No log has a phone number, an IMEI or an e-mail of the records that were sent."""
    values = [record.value for records in topics for record in records if record.value and len(record.value) < LONGEST]
    sent = {found for value in values for found in PERSONAL.findall(value)}
    shown = {(log.name, found) for log in bench.project.logs.iterdir() for found in PERSONAL.findall(log.read_bytes()) if found in sent}
    assert len(sent) > 1000
    assert shown == set()


def lose_the_state(bench: Workbench) -> None:
    """Removes every checkpoint and savepoint: what the tables hold is all that is left to go on from."""
    for folder in ("checkpoints", "savepoints"):
        shutil.rmtree(bench.project.flink / folder)


def send_corpus(bench: Workbench) -> None:
    """Sends every kind of bad record that a person thought of, one of each topic without a key."""
    now = int(time.time() * 1000)
    producer = Producer({"bootstrap.servers": bench.bootstrap, "message.max.bytes": 16 << 20})
    for topic in telecom.TOPICS:
        for number, case in enumerate(load_cases(now, topic)):
            producer.produce(topic, key=None if number == 0 else case.key, value=case.value, timestamp=now)
            producer.poll(0)
    assert producer.flush(60) == 0


def feed(bench: Workbench, *options: str, seed: int, count: int, rate: int = 400) -> subprocess.Popen[str]:
    """Starts a feed with one event in twenty bad, and some that come again or late."""
    shares = ("--bad", "0.05", "--duplicates", "0.02", "--late", "0.02")
    return bench.start("trunkline", "feed", "telecom", "--rate", f"{rate}", *shares, "--seed", f"{seed}", "--count", f"{count}", *options)


def finish(feed: subprocess.Popen[str]) -> None:
    """Waits for a feed's end."""
    output, _ = feed.communicate(timeout=300)
    assert feed.returncode == 0, output


def follow_the_tour(bench: Workbench) -> None:
    """Does what the README's tour says: apply its edits, and deploy."""
    for edit in diffs(REPOSITORY / "README.md"):
        subprocess.run(["git", "apply", "-"], input=edit, text=True, cwd=bench.project.root, check=True)
    said = bench.run("just", "deploy-jobs", "telecom").stderr
    assert "changed    telecom-usage" in said
    assert "unchanged  telecom-members" in said and "unchanged  telecom-calendar" in said


def expected_over_the_change(bench: Workbench, records: list[KafkaRecord]) -> Expected:
    """What the tables must hold: by the old rules what each held when the changed job began, by the new ones the rest."""
    changed = Store(bench.project).get("telecom-usage")
    accepted = telecom.accepted("calls", bench.stored)
    with pytest.MonkeyPatch.context() as patch:
        before = calls.expected(records, accepted)
        patch.setattr(calls, "STATUSES", calls.STATUSES - {"busy"})
        after = calls.expected(records, accepted)

    def is_new(table: str, place: tuple[int, int]) -> bool:
        partition, offset = place
        first = changed.starts["calls"][partition]
        return offset > changed.reached.get(table, {}).get(partition, first - 1)

    def merged(table: str, old: dict, new: dict) -> dict:
        return {p: row for p, row in old.items() if not is_new(table, p)} | {p: row for p, row in new.items() if is_new(table, p)}

    facts = merged(GOLD, before.gold, after.gold)
    assert len(facts) < len(before.gold)
    for place, row in facts.items():
        seconds = row["call_duration_seconds"]
        row["billed_minutes"] = math.ceil(seconds / 60) if is_new(GOLD, place) and seconds is not None else None
    silver = merged(SILVER, before.silver, after.silver)
    return Expected(before.bronze, silver, facts, calls.STREAM.members(facts.values()))


def test_the_tour_is_in_the_readme() -> None:
    assert len(diffs(Path(REPOSITORY, "README.md"))) == 2
