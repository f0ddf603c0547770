"""`feed csv` is killed in the middle, again and again: every row is in the topic once."""

import json
import signal
from pathlib import Path

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from feeds.kafka import read
from flink_jobs.topics import Topics
from tests.feeds.exactly_once.conftest import Start, arrivals

ROWS = 20_000


def write(folder: Path, rows: int) -> None:
    lines = "".join(f'{row},"The {row}th\nbook",{"x" * (row % 300)}\n' for row in range(1, rows + 1))
    (folder / "books.csv").write_text(f"Id,Title,Notes\n{lines}")


def rows(address: str, topic: str) -> list[int]:
    """The numbers of all rows in the topic, in order."""
    return sorted(int(json.loads(message.value())["Id"]) for message in read(topic, {"bootstrap.servers": address}))


def test_killed_again_and_again_every_row_is_there_once(kafka_address: str, topic: str, start: Start, tmp_path: Path) -> None:
    write(tmp_path, ROWS)
    command = ["csv", "books.csv", "--topic", topic, "--bootstrap", kafka_address, "--json"]
    for more in (1, 700, 3333):
        with arrivals(kafka_address, topic) as wait_for, start(*command, "--delay", "0.0002") as feed:
            wait_for(more)
            feed.kill()
    there = rows(kafka_address, topic)
    assert sorted(set(there)) == there
    assert 0 < len(there) < ROWS
    with start(*command, "--delay", "0") as feed:
        summary, _ = feed.communicate()
    assert feed.returncode == 0
    assert json.loads(summary) | {"seconds": 0} == {
        "file": "books.csv",
        "topic": topic,
        "target": f"Kafka at {kafka_address}",
        "round": 1,
        "rows": ROWS,
        "held": len(there),
        "sent": ROWS - len(there),
        "remaining": 0,
        "seconds": 0,
    }
    assert rows(kafka_address, topic) == list(range(1, ROWS + 1))


def test_ctrl_c_delivers_what_was_handed_over_and_tells_what_remains(kafka_address: str, topic: str, start: Start, tmp_path: Path) -> None:
    write(tmp_path, 1000)
    command = ["csv", "books.csv", "--topic", topic, "--bootstrap", kafka_address]
    with arrivals(kafka_address, topic) as wait_for, start(*command, "--delay", "0.01") as feed:
        wait_for(10)
        feed.send_signal(signal.SIGINT)
        said = feed.communicate()[1].decode()
    sent = len(rows(kafka_address, topic))
    assert feed.returncode == 130
    assert said == f"books.csv: {sent} sent, 0 sent before, {1000 - sent} remain: run it again, without --again, for the rest\n"
    with start(*command, "--delay", "0") as feed:
        assert feed.communicate()[1].decode() == f"books.csv: {1000 - sent} sent, {sent} sent before\n"
    assert rows(kafka_address, topic) == list(range(1, 1001))


def test_records_that_kafka_has_dropped_are_not_sent_again(kafka_address: str, topic: str, start: Start, tmp_path: Path) -> None:
    write(tmp_path, 2000)
    command = ["csv", "books.csv", "--topic", topic, "--bootstrap", kafka_address, "--delay", "0"]

    def said(*options: str) -> str:
        with start(*command, *options) as feed:
            return feed.communicate()[1].decode()

    def drop(keep: int) -> None:
        ends = Topics({"bootstrap.servers": kafka_address}).bounds(topic)
        last = max(ends, key=lambda partition: ends[partition])
        places = [TopicPartition(topic, partition, end - (keep if partition == last else 0)) for partition, end in ends.items()]
        admin = AdminClient({"bootstrap.servers": kafka_address})
        for dropped in admin.delete_records(places, request_timeout=30).values():
            dropped.result()

    assert said() == "books.csv: 2,000 sent, 0 sent before\n"
    drop(keep=0)
    assert said() == (
        f"Kafka has dropped the oldest records of {topic!r} and holds none of books.csv, so it can't tell which rows were sent; "
        "give the first that was not: --from-row 1 sends them all\n"
    )
    write(tmp_path, 3000)
    assert said("--from-row", "2001") == "books.csv: 1,000 sent, 2,000 sent before\n"
    write(tmp_path, 3001)
    assert said() == "books.csv: 1 sent, 3,000 sent before\n"
    drop(keep=1)
    assert len(rows(kafka_address, topic)) == 1
