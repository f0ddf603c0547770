"""`trunkline feed csv`: the rows of a CSV file, each sent exactly once, over any number of runs.

What Kafka holds is the only memory. Each record's headers say which row of which file it is, in which round, and up to which row all
had arrived before it was sent; so a later run knows what is there even where Kafka has dropped the oldest records.
"""

import codecs
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from confluent_kafka import Message
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, SpinnerColumn, Task, TimeRemainingColumn
from rich.text import Text

from feeds.csv_files import CsvFile
from feeds.kafka import Sender, read
from feeds.lock import alone
from feeds.members import MAX_BYTES
from feeds.options import INTERRUPTED, Bootstrap, DryRun, Json, Lines, Target, kafka_options, progress, stderr
from feeds.pacing import bursts, interruptible
from feeds.records import Record, encode
from flink_jobs.environment import LOCAL
from flink_jobs.errors import Problem, ProjectError, TrunklineError, collected, nearest
from flink_jobs.options import EnvironmentName
from flink_jobs.topics import Topics

MOST_PROBLEMS = 20  # of a file that are told at once
RESTORE = "restore it, or send the whole file as it is now with --again"

Delay = Annotated[float, typer.Option(min=0, help="Seconds from one row to the next; 0 is as fast as possible.")]
Again = Annotated[bool, typer.Option("--again", help="Send the whole file once more, as a new round; without it, a later run goes on.")]


@dataclass
class Round:
    """What Kafka holds of one sending of a file: all rows up to `confirmed`, and those of which there is a record, each with a digest."""

    number: int = 1
    confirmed: int = 0
    digests: dict[int, bytes] = field(default_factory=dict)

    def holds(self, number: int) -> bool:
        """Whether a row has been sent."""
        return number <= self.confirmed or number in self.digests


@dataclass
class Sent:
    """What became of a file: its rows, those that Kafka held before, and those that were sent; `seconds` that it took."""

    file: str
    topic: str
    target: str
    round: int
    rows: int
    held: int
    sent: int = 0
    seconds: float = 0.0

    @property
    def remaining(self) -> int:
        """Rows that are still to be sent."""
        return self.rows - self.held - self.sent


def csv(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV with a header line.", show_default=False)],
    topic: Annotated[str | None, typer.Option(help="Kafka topic.", show_default="the file's name without .csv")] = None,
    delay: Delay = 0.5,
    key: Annotated[str | None, typer.Option(help="Column that is the Kafka key.", show_default="the first")] = None,
    encoding: Annotated[str | None, typer.Option(help="How the text is written.", show_default="UTF-8, or what its mark says")] = None,
    separator: Annotated[
        str | None, typer.Option(help="What stands between fields, or `tab`.", show_default="of , ; | and tab, what the header has most of")
    ] = None,
    from_row: Annotated[int | None, typer.Option(min=1, help="Count the rows before this one as sent.", show_default="1")] = None,
    again: Again = False,
    bootstrap: Bootstrap = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    environment: EnvironmentName = LOCAL,
) -> None:
    """Send each row of a CSV file as a JSON object of texts, exactly once: a run that was ended, even by kill -9, is gone on with.

    The header names the fields; a field that is empty becomes null. The whole file is read first, and one with an error is not sent.

    Rows that were added to the end of the file are sent by the next run. A row that was sent and has changed since is refused.
    """
    table = CsvFile.of(file, encoding and known_encoding(encoding), separator and known_separator(separator))
    kafka = kafka_options(bootstrap, environment)
    send_file(table, topic or file.stem, kafka, delay, key, from_row, again, dry_run, as_json)


def known_encoding(name: str) -> str:
    """The name if Python knows a text encoding of it; else wrong use."""
    try:
        "".encode(name)
    except LookupError:
        raise typer.BadParameter(f"{name!r} is no text encoding; try utf-8 or cp1252", param_hint="--encoding") from None
    return codecs.lookup(name).name


def known_separator(text: str) -> str:
    """The character that stands between fields; wrong use if it is none."""
    character = {"tab": "\t", r"\t": "\t"}.get(text, text)
    if len(character) != 1 or character in '"\r\n\0':
        raise typer.BadParameter(f"{text!r} is not one character that can separate fields", param_hint="--separator")
    return character


def send_file(
    table: CsvFile,
    topic: str,
    kafka: Mapping[str, str],
    delay: float,
    key: str | None = None,
    from_row: int | None = None,
    again: bool = False,
    dry_run: bool = False,
    as_json: bool = False,
) -> None:
    """Sends what Kafka does not hold of a file, and reports."""
    key = key or table.columns[0]
    if key not in table.columns:
        raise TrunklineError(
            f"{table.path.name} has no column {key!r}", nearest(key, table.columns) or f"name one of {', '.join(table.columns)}"
        )
    started = time.monotonic()
    with alone(kafka["bootstrap.servers"], topic, table.path.name):
        sender = Sender(kafka, [topic])
        target: Target = Lines() if dry_run else sender
        state = file_state(table.path)
        with stderr().status(f"reading {topic}"):
            held = next_round(topic, kafka, table.path.name, from_row, again)
            rows = check(table, held)
        sent = Sent(table.path.name, topic, str(target), held.number, rows, sum(held.holds(row) for row in range(1, rows + 1)))
        missing = Rows(table, topic, key, held)

        def unchanged() -> None:
            if file_state(table.path) != state:
                raise TrunklineError(f"{table.path} has changed while it was sent", "run the same command again")

        with interruptible() as stopped:
            send_rows(missing, target, bursts(0 if dry_run or not delay else 1 / delay, stopped), unchanged, sent, hidden=dry_run)
    sent.seconds = round(time.monotonic() - started, 3)
    report(sent, dry_run, as_json)
    raise typer.Exit(INTERRUPTED if sent.remaining else 0)


def next_round(topic: str, kafka: Mapping[str, str], source: str, from_row: int | None, again: bool) -> Round:
    """What a run starts from: the newest round that Kafka holds, or a new one. A TrunklineError where Kafka no longer knows."""
    newest = newest_round(read(topic, kafka), source)
    if not newest and not from_row and not again and any(Topics(kafka).bounds(topic, earliest=True).values()):
        what = f"Kafka has dropped the oldest records of {topic!r} and holds none of {source}, so it can't tell which rows were sent"
        raise TrunklineError(what, "give the first that was not: --from-row 1 sends them all")
    start = Round(newest.number + 1 if newest else 1) if again or not newest else newest
    start.confirmed = max(start.confirmed, (from_row or 1) - 1)
    return start


def newest_round(messages: Iterator[Message], source: str) -> Round | None:
    """The round with the highest number among the records of a file."""
    newest = None
    for message in messages:
        headers = dict(message.headers() or ())
        if headers.get("source") != source.encode() or "confirmed" not in headers:
            continue
        number, row, confirmed = (int(headers[name]) for name in ("round", "row", "confirmed"))
        if newest is None or number > newest.number:
            newest = Round(number)
        if number == newest.number:
            newest.confirmed = max(newest.confirmed, confirmed)
            newest.digests[row] = digest(message.value())
    return newest


def check(table: CsvFile, held: Round) -> int:
    """Reads the whole file; the number of its rows. A ProjectError with what is wrong, and what differs from what was sent."""
    problems: list[Problem] = []
    number = line = 0
    for number, row in enumerate(table.rows(), 1):
        line = row.line
        with collected(problems):
            value = encode(table.record(row))
            if len(value) > MAX_BYTES:
                raise table.refused(row, f"as JSON this row has {len(value):,} bytes", f"shorten it to {MAX_BYTES:,}")
            if held.digests.get(number, digest(value)) != digest(value):
                raise table.refused(row, f"row {number} was sent, and has changed since", RESTORE)
        if len(problems) == MOST_PROBLEMS:
            break
    else:
        if number == 0:
            problems.append(Problem(table.path, 1, 1, "this file has a header and no row", "write the rows below it"))
        elif (last := max(held.digests, default=0)) > number:
            problems.append(Problem(table.path, line, 1, f"row {last} was sent, and the file ends after row {number}", RESTORE))
    if problems:
        raise ProjectError(problems)
    return number


@dataclass(frozen=True)
class Rows:
    """The rows of a file that Kafka does not hold, and the records that they become."""

    table: CsvFile
    topic: str
    key: str
    held: Round

    def __iter__(self) -> Iterator[tuple[int, dict[str, str | None]]]:
        """Each with its number, from 1."""
        return ((number, self.table.record(row)) for number, row in enumerate(self.table.rows(), 1) if not self.held.holds(number))

    def record(self, number: int, row: dict[str, str | None], confirmed: int) -> Record:
        """A row's record, which says that all rows up to `confirmed` are in Kafka."""
        headers = {"source": self.table.path.name, "round": self.held.number, "row": number, "confirmed": confirmed}
        key = row[self.key]
        return Record(
            self.topic, key and key.encode(), encode(row), headers=tuple((name, str(value).encode()) for name, value in headers.items())
        )


def send_rows(rows: Rows, target: Target, sizes: Iterator[int], unchanged: Callable[[], None], sent: Sent, hidden: bool) -> None:
    """Sends so many rows at a time, for each size, and waits until Kafka has them: so a record can say up to which row all are there."""
    unsent = iter(rows)
    with progress(SpinnerColumn(), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn(), hidden=hidden) as shown:
        task = shown.add_task("", total=sent.rows, completed=sent.held)
        for size in sizes:
            batch = list(islice(unsent, size))
            unchanged()
            for number, row in batch:
                target.send(rows.record(number, row, confirmed=batch[0][0] - 1))
            target.flush()
            sent.sent += len(batch)
            shown.update(task, advance=len(batch))
            if not sent.remaining:
                return


class _Rate(ProgressColumn):
    """Rows a second, over the last seconds."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:,.1f} rows/s")


def report(sent: Sent, dry_run: bool, as_json: bool) -> None:
    """The summary: as JSON on stdout, unless rows are there, or as a sentence on stderr."""
    if as_json:
        typer.echo(json.dumps(asdict(sent) | {"remaining": sent.remaining}), err=dry_run)
        return
    told = f"{sent.sent:,} {'to send' if dry_run else 'sent'}, {sent.held:,} sent before"
    rest = f", {sent.remaining:,} remain: run it again, without --again, for the rest" if sent.remaining else ""
    stderr().print(f"{sent.file}: {told}{rest}", markup=False)


def file_state(path: Path) -> tuple[int, int, int]:
    """What changes when a file does."""
    now = path.stat()
    return now.st_ino, now.st_size, now.st_mtime_ns


def digest(value: bytes | None) -> bytes:
    """16 bytes that stand for a value."""
    return blake2b(value or b"", digest_size=16).digest()
