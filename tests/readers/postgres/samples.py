"""Realistic rows of the three domains' silver and gold tables, as their oracles give them."""

from collections import Counter
from collections.abc import Iterable, Mapping

from tests.oracle import books, stocks
from tests.oracle.calendar import expected_dates, expected_times
from tests.oracle.tables import ANY_SENTENCE
from tests.oracle.topic import KafkaRecord
from tests.readers.postgres.lakes import Row
from tests.sql.books.recorded import best_sellers
from tests.sql.harness import Message
from tests.sql.stocks.recorded import recorded
from tests.sql.telecom import small_country

Rows = dict[str, list[Row]]  # by `schema.table`


def telecom_rows() -> Rows:
    """A small country's two days, and the calendar."""
    calendar = {"gold.dim_date": list(expected_dates().values()), "gold.dim_time": list(expected_times().values())}
    return stored(small_country.expected()) | calendar


def books_rows() -> Rows:
    """The best sellers."""
    tables = books.stored_tables(books.expected(records(best_sellers().values())["sensor_stream"]))
    return stored({name.partition(".")[2]: table.rows.values() for name, table in tables.items()})


def stocks_rows() -> Rows:
    """The recorded prices, and their companies."""
    tables = stocks.stored_tables(stocks.expected(records(recorded().values())))
    return stored({name.partition(".")[2]: table.rows.values() for name, table in tables.items()})


def stored(tables: Mapping[str, Iterable[Row]]) -> Rows:
    """The rows of silver and gold; where an oracle takes any sentence stands one."""
    shown = {name: rows for name, rows in tables.items() if name.startswith(("silver.", "gold."))}
    return {
        name: [{column: "so" if value is ANY_SENTENCE else value for column, value in row.items()} for row in rows]
        for name, rows in shown.items()
    }


def records(messages: Iterable[Message]) -> dict[str, list[KafkaRecord]]:
    """The messages as Kafka has them, each key's in one of two partitions, by topic."""
    offsets: Counter[tuple[str, int]] = Counter()
    topics: dict[str, list[KafkaRecord]] = {}
    for message in messages:
        partition = (message.key or b"\0")[-1] % 2
        offset = offsets[message.topic, partition]
        offsets[message.topic, partition] += 1
        topics.setdefault(message.topic, []).append(
            KafkaRecord(message.topic, partition, offset, message.timestamp, message.key, message.value)
        )
    return {topic: sorted(found, key=lambda record: (record.partition, record.offset)) for topic, found in topics.items()}
