"""`trunkline feed csv`, as it is typed, against a broker."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import Result
from confluent_kafka import Producer
from typer.testing import CliRunner

from feeds import csv_feed
from feeds.csv_files import CsvFile
from feeds.kafka import Sender, read
from feeds.lock import alone
from feeds.members import MAX_BYTES
from flink_jobs.cli import app
from flink_jobs.errors import ProjectError, TrunklineError

HERE = Path(__file__).parent
ACCEPTED = yaml.safe_load((HERE / "csv" / "accepted.yaml").read_text())
REFUSED = yaml.safe_load((HERE / "csv" / "refused.yaml").read_text())
THREE = "Id,Title\n1,Emma\n2,Dune\n3,Ulysses\n"
CHANGED = "restore it, or send the whole file as it is now with --again"


@pytest.fixture
def books(mock_broker: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The working directory is empty, and so is the topic books; the broker's address."""
    monkeypatch.chdir(tmp_path)
    Producer({"bootstrap.servers": mock_broker}).list_topics("books")  # makes it
    return mock_broker


def feed(broker: str, *options: str, file: str = "books.csv") -> Result:
    return CliRunner().invoke(app, ["feed", "csv", file, "--delay", "0", "--bootstrap", broker, *options])


def said(done: Result) -> str:
    assert isinstance(done.exception, TrunklineError)
    return str(done.exception)


def held(broker: str) -> list[tuple[int, int, str]]:
    """Round, row and value of each record."""
    records = [(dict(message.headers()), message.value()) for message in read("books", {"bootstrap.servers": broker})]
    return sorted((int(headers["round"]), int(headers["row"]), value.decode()) for headers, value in records)


def titles(broker: str) -> list[tuple[int, int, str]]:
    return [(number, row, json.loads(value)["Title"]) for number, row, value in held(broker)]


def write(case: dict) -> list[str]:
    """Writes the file of a case; its options."""
    Path("books.csv").write_bytes(case["file"].encode(case.get("encoding", "utf-8"), "surrogateescape"))
    return case.get("options", [])


@pytest.mark.parametrize("case", ACCEPTED.values(), ids=ACCEPTED)
def test_each_row_is_sent_once_as_it_is_written(case: dict, books: str) -> None:
    options = write(case)
    for sent, before in ((len(case["sends"]), 0), (0, len(case["sends"]))):
        done = feed(books, *options)
        assert (done.exit_code, done.stderr) == (0, f"books.csv: {sent} sent, {before} sent before\n")
    assert held(books) == [(1, row, value) for row, value in enumerate(case["sends"], 1)]


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_a_file_with_an_error_is_told_where_and_not_sent(case: dict, books: str) -> None:
    done = feed(books, *write(case))
    assert isinstance(done.exception, ProjectError)
    assert said(done).splitlines() == case["says"]
    assert held(books) == []


def test_of_many_errors_the_first_are_told(books: str) -> None:
    Path("books.csv").write_text("a,b\n" + "1\n" * 100)
    assert len(said(feed(books)).splitlines()) == csv_feed.MOST_PROBLEMS


def test_a_row_that_is_too_large_is_told_before_anything_is_sent(books: str) -> None:
    Path("books.csv").write_text(f"a,b\n1,2\n{'x' * (MAX_BYTES // 2)},{'y' * (MAX_BYTES // 2)}\n")
    assert said(feed(books)) == "books.csv:3:1: as JSON this row has 1,048,591 bytes; shorten it to 1,048,576"
    assert held(books) == []


def test_every_record_says_which_row_it_is_and_what_was_there_before(books: str) -> None:
    Path("books.csv").write_text(THREE)
    feed(books)
    messages = sorted(read("books", {"bootstrap.servers": books}), key=lambda message: message.key())
    assert [(message.key(), dict(message.headers())) for message in messages] == [
        (b"%d" % row, {"source": b"books.csv", "round": b"1", "row": b"%d" % row, "confirmed": b"0"}) for row in (1, 2, 3)
    ]


def test_the_key_is_the_first_column_or_another_and_where_that_is_empty_there_is_none(books: str) -> None:
    Path("books.csv").write_text("Id,Title\n,Emma\n7,Dune\n")
    feed(books)
    Path("more.csv").write_text("Id,Title\n8,Heidi\n")
    feed(books, "--topic", "books", "--key", "Title", file="more.csv")
    assert sorted(message.key() or b"" for message in read("books", {"bootstrap.servers": books})) == [b"", b"7", b"Heidi"]


def test_rows_that_were_added_are_sent(books: str) -> None:
    Path("books.csv").write_text(THREE)
    feed(books)
    Path("books.csv").write_text(THREE + "4,Heidi\n")
    assert feed(books).stderr == "books.csv: 1 sent, 3 sent before\n"
    assert titles(books) == [(1, 1, "Emma"), (1, 2, "Dune"), (1, 3, "Ulysses"), (1, 4, "Heidi")]


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (THREE.replace("Dune", "Duna") + "4,Heidi\n", f"books.csv:3:1: row 2 was sent, and has changed since; {CHANGED}"),
        (THREE.replace("2,Dune\n", ""), f"books.csv:3:1: row 2 was sent, and has changed since; {CHANGED}"),
        (THREE.replace("3,Ulysses\n", ""), f"books.csv:3:1: row 3 was sent, and the file ends after row 2; {CHANGED}"),
    ],
)
def test_a_row_that_has_changed_since_is_refused_until_all_is_sent_again(now: str, says: str, books: str) -> None:
    Path("books.csv").write_text(THREE)
    feed(books)
    Path("books.csv").write_text(now)
    assert said(feed(books)).splitlines()[0] == says
    assert len(held(books)) == 3
    rows = now.count("\n") - 1
    assert feed(books, "--again").stderr == f"books.csv: {rows} sent, 0 sent before\n"
    assert feed(books).stderr == f"books.csv: 0 sent, {rows} sent before\n"
    assert [number for number, *_ in held(books)] == [1] * 3 + [2] * rows


def test_what_was_left_out_is_sent_by_the_next_run(books: str) -> None:
    """As after a kill: rows of the last burst may be there, and others before them not."""
    Path("books.csv").write_text("Id,Title\n" + "".join(f"{n},Title {n}\n" for n in range(1, 11)))
    rows = csv_feed.Rows(CsvFile.of(Path("books.csv")), "books", "Id", csv_feed.Round())
    sender = Sender({"bootstrap.servers": books}, ["books"])
    for number, row in rows:
        if number in (1, 2, 4, 6):
            sender.send(rows.record(number, row, confirmed=0))
    sender.flush()
    assert feed(books).stderr == "books.csv: 6 sent, 4 sent before\n"
    assert [row for _, row, _ in held(books)] == list(range(1, 11))


def test_where_kafka_has_dropped_records_the_last_one_tells_what_was_there(books: str) -> None:
    Path("books.csv").write_text("Id,Title\n" + "".join(f"{n},Title {n}\n" for n in range(1, 11)))
    rows = csv_feed.Rows(CsvFile.of(Path("books.csv")), "books", "Id", csv_feed.Round())
    sender = Sender({"bootstrap.servers": books}, ["books"])
    sender.send(rows.record(8, dict(rows)[8], confirmed=6))
    sender.flush()
    assert feed(books).stderr == "books.csv: 3 sent, 7 sent before\n"
    assert [row for _, row, _ in held(books)] == [7, 8, 9, 10]


def test_an_unfinished_round_is_gone_on_with(books: str) -> None:
    Path("books.csv").write_text(THREE)
    feed(books)
    rows = csv_feed.Rows(CsvFile.of(Path("books.csv")), "books", "Id", csv_feed.Round(2))
    sender = Sender({"bootstrap.servers": books}, ["books"])
    sender.send(rows.record(1, dict(rows)[1], confirmed=0))
    sender.flush()
    assert feed(books).stderr == "books.csv: 2 sent, 1 sent before\n"
    assert [(number, row) for number, row, _ in held(books)] == [(n, row) for n in (1, 2) for row in (1, 2, 3)]


def test_rows_before_a_given_one_count_as_sent_for_later_runs_too(books: str) -> None:
    Path("books.csv").write_text(THREE)
    assert feed(books, "--from-row", "3").stderr == "books.csv: 1 sent, 2 sent before\n"
    assert feed(books).stderr == "books.csv: 0 sent, 3 sent before\n"
    assert titles(books) == [(1, 3, "Ulysses")]


def test_two_files_in_a_topic_do_not_meddle(books: str) -> None:
    for name in ("books.csv", "more.csv"):
        Path(name).write_text(THREE)
        assert feed(books, "--topic", "books", file=name).stderr == f"{name}: 3 sent, 0 sent before\n"
    stranger = Producer({"bootstrap.servers": books})
    stranger.produce("books", b"{}", headers={"source": b"books.csv"})
    stranger.flush()
    assert feed(books, "--topic", "books").stderr == "books.csv: 0 sent, 3 sent before\n"


def test_a_second_run_at_the_same_time_is_refused(books: str) -> None:
    Path("books.csv").write_text(THREE)
    with alone(books, "books", "books.csv"):
        assert said(feed(books)) == "another run sends books.csv to 'books'; wait for its end, or end it"
    assert feed(books).exit_code == 0


def test_a_file_that_changes_while_it_is_sent_ends_the_run(books: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("books.csv").write_text(THREE)
    send = Sender.send

    def send_and_edit(sender: Sender, record: object) -> None:
        send(sender, record)
        Path("books.csv").write_text(THREE + "4,Heidi\n")

    monkeypatch.setattr(Sender, "send", send_and_edit)
    monkeypatch.setattr("feeds.pacing.FULL_SPEED_BURST", 1)
    assert said(feed(books)) == "books.csv has changed while it was sent; run the same command again"
    assert len(held(books)) == 1


def test_a_dry_run_tells_what_would_be_sent_and_sends_nothing(books: str) -> None:
    Path("books.csv").write_text(THREE)
    feed(books)
    Path("books.csv").write_text(THREE + "4,Heidi\n")
    for _ in range(2):
        done = feed(books, "--dry-run")
        assert (done.exit_code, done.stdout) == (0, 'books\t4\t{"Id":"4","Title":"Heidi"}\n')
        assert done.stderr == "books.csv: 1 to send, 3 sent before\n"


def test_the_summary_as_json(books: str) -> None:
    Path("books.csv").write_text(THREE)
    summary = json.loads(feed(books, "--json").stdout)
    assert summary.pop("seconds") > 0
    counts = {"round": 1, "rows": 3, "held": 0, "sent": 3, "remaining": 0}
    assert summary == {"file": "books.csv", "topic": "books", "target": f"Kafka at {books}", **counts}
    assert json.loads(feed(books, "--json", "--dry-run").stderr)["held"] == 3


def test_a_column_that_is_not_there(books: str) -> None:
    Path("books.csv").write_text(THREE)
    assert said(feed(books, "--key", "titel")) == "books.csv has no column 'titel'; did you mean Title?"
    assert said(feed(books, "--key", "x")) == "books.csv has no column 'x'; name one of Id, Title"


def test_a_topic_that_nobody_made(books: str) -> None:
    Path("books.csv").write_text(THREE)
    assert said(feed(books, "--topic", "films")) == f"Kafka at {books} has no topic 'films'; make it with `trunkline deploy`"


@pytest.mark.parametrize(
    "wrong",
    [
        ["--encoding", "klingon"],
        ["--encoding", "base64"],
        ["--separator", ";;"],
        ["--separator", '"'],
        ["--from-row", "0"],
        ["--delay", "-1"],
    ],
)
def test_wrong_use(wrong: list[str], books: str) -> None:
    Path("books.csv").write_text(THREE)
    assert feed(books, *wrong).exit_code == 2
    assert feed(books, file="nowhere.csv").exit_code == 2
