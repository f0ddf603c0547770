"""Prices and companies: every stored table and view, from the records of both topics."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.oracle import serving
from tests.oracle.decoding import decode
from tests.oracle.members import READABLE_TIME, Members
from tests.oracle.tables import KAFKA_COLUMNS, NOT_IN_FUTURE, Coordinates, Expected, Row, Topic, bronze, coordinates, fields, holds, kafka
from tests.oracle.telecom import Table
from tests.oracle.topic import KafkaRecord
from tests.oracle.values import is_not_blank, is_not_negative, surrogate_key

PRICES = ("open_price", "high_price", "low_price", "close_price")


def read_price_time(text: str | None) -> datetime | None:
    """Read the text of a price's time, `DD-MM-YYYY HH:MM`, as UTC; None when it is absent or unreadable."""
    try:
        moment = datetime.strptime(text or "", "%d-%m-%Y %H:%M").replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if _written(moment) == text else None  # strptime takes 1-1-2026 too


def _written(moment: datetime) -> str:
    return f"{moment.day:02}-{moment.month:02}-{moment.year:04} {moment.hour:02}:{moment.minute:02}"


@dataclass(frozen=True, kw_only=True)
class PricesTopic(Topic):
    """The prices. Their day is computed price for price, from all that came before it."""

    def expected(self, records: Sequence[KafkaRecord]) -> Expected:
        """Work out bronze, silver and the fact; decimals have 4 digits, timestamps are aware and in UTC."""
        judged = {coordinates(record): self._judged(record) for record in records}
        silver = {place: {column: row[column] for column in row if column != "text"} for place, row in judged.items()}
        facts = {place: self._fact(row) for place, row in silver.items() if not row["is_rejected"]}
        return Expected(bronze(records), silver, facts)

    def _judged(self, record: KafkaRecord) -> Row:
        decoded = decode(record.value, self.schema)
        row = {column: decoded.fields[path] for column, (path, _) in self.columns.items()} | kafka(record)
        row |= {"text": decoded.fields["timestamp"], "event_time": read_price_time(decoded.fields["timestamp"])}
        return row | self.verdict(row, decoded.error)

    def _fact(self, silver: Row) -> Row:
        moment = silver["event_time"]
        return {column: silver[column] for column in (*PRICES, "volume", *KAFKA_COLUMNS)} | {
            "company_id": silver["symbol"],
            "date_key": surrogate_key("timestamp", _written(moment)),
            "timestamp": moment,
        }


@dataclass(frozen=True, kw_only=True)
class Companies(Members):
    """The companies, members whose natural key is the only one."""

    def expected(self, records: Sequence[KafkaRecord]) -> Expected:
        """Work out bronze, silver and the versions."""
        found = super().expected(records)
        silver = {place: _without(row, "repaired_columns") for place, row in found.silver.items()}
        versions = {place: _without(row, "company_sk") for place, row in found.gold.items()}
        return Expected(found.bronze, silver, versions)


def _without(row: Row, *columns: str) -> Row:
    return {column: value for column, value in row.items() if column not in columns}


STOCK_PRICES = PricesTopic(
    name="stock-prices",
    gold="fact_stock",
    time_field="timestamp",
    columns=fields("STRING", "symbol")
    | fields("DECIMAL(18, 4)", **{column: column.removesuffix("_price") for column in PRICES})
    | fields("BIGINT", "volume"),
    rules=(
        ("missing_symbol", holds(is_not_blank, "symbol")),
        ("missing_timestamp", holds(is_not_blank, "text")),
        ("unreadable_timestamp", lambda row: row["event_time"] is not None),
        ("missing_price", lambda row: all(row[column] is not None for column in PRICES)),
        ("price_not_positive", lambda row: min(row[column] for column in PRICES) > 0),
        ("high_below_low", lambda row: row["low_price"] <= row["high_price"]),
        ("open_out_of_range", lambda row: row["low_price"] <= row["open_price"] <= row["high_price"]),
        ("close_out_of_range", lambda row: row["low_price"] <= row["close_price"] <= row["high_price"]),
        ("negative_volume", holds(is_not_negative, "volume")),
        NOT_IN_FUTURE,
    ),
)
COMPANIES = Companies(
    name="companies",
    gold="dim_companies_versions",
    entity="company",
    natural_key="symbol",
    surrogate_key="company_sk",
    columns=fields("STRING", "symbol", "asset_type", "name", "sector", "industry", "description"),
    rules=(("missing_key", holds(is_not_blank, "symbol")), READABLE_TIME, NOT_IN_FUTURE),
)
TOPICS: dict[str, PricesTopic | Companies] = {topic.name: topic for topic in (STOCK_PRICES, COMPANIES)}


def expected(records: Mapping[str, Sequence[KafkaRecord]]) -> dict[str, Expected]:
    """Work out the rows of each topic's tables, by topic, from the records of each topic in the order of their partitions."""
    return {name: TOPICS[name].expected(topic) for name, topic in records.items()}


def stored_tables(topics: Mapping[str, Expected]) -> dict[str, Table]:
    """Give every stored table, by three-word name. The prices of a symbol must stand in one partition: else nobody knows their order."""
    tables: dict[str, Table] = {}
    for name, topic in topics.items():
        table = name.replace("-", "_")
        tables[f"stocks.bronze.{table}"] = Table(topic.bronze)
        tables[f"stocks.silver.{table}"] = Table(topic.silver)
        tables[f"stocks.gold.{TOPICS[name].gold}"] = Table(topic.gold)
    return tables | {"stocks.gold.daily_prices": Table(daily_prices(topics["stock-prices"].gold))}


def daily_prices(facts: Mapping[Coordinates, Row]) -> dict[Coordinates, Row]:
    """Give every revision of every day, by the coordinates of the price that made it; the facts are in order of arrival."""
    known: dict[tuple, list[Row]] = defaultdict(list)
    rows = {}
    for place, fact in facts.items():
        symbol, day = fact["company_id"], fact["timestamp"].date()
        known[symbol, day].append(fact)
        rows[place] = {"symbol": symbol, "day": day} | _day(known[symbol, day]) | {column: fact[column] for column in KAFKA_COLUMNS}
    return rows


def _day(facts: Sequence[Row]) -> Row:
    """What these prices of a day say of it: of each time the newest one, but for the highest and the lowest of all."""
    newest = {fact["timestamp"]: fact for fact in facts}
    return {
        "open_price": newest[min(newest)]["open_price"],
        "high_price": max(fact["high_price"] for fact in facts),
        "low_price": min(fact["low_price"] for fact in facts),
        "close_price": newest[max(newest)]["close_price"],
        "volume": sum(fact["volume"] or 0 for fact in newest.values()),
        "revision": len(facts),
    }


def serving_views(topics: Mapping[str, Expected]) -> dict[str, Table]:
    """Give every view that readers see, by three-word name."""
    facts = topics["stock-prices"].gold
    used = [("company", fact["company_id"]) for fact in facts.values()]
    companies = serving.current(COMPANIES, topics["companies"].gold.values(), used).values()
    days = {(row["symbol"], row["day"]): _without(row, *KAFKA_COLUMNS) for row in daily_prices(facts).values()}
    return {
        "stocks.serving.dim_companies": Table({(row["symbol"],): _without(row, "company_sk") for row in companies}, ("symbol",)),
        "stocks.serving.dim_date": Table({(fact["date_key"],): _time(fact) for fact in facts.values()}, ("date_key",)),
        "stocks.serving.fact_stock": Table(
            {(row["timestamp"], row["company_id"], row["id"]): row for row in _numbered(facts.values())}, ("timestamp", "company_id", "id")
        ),
        "stocks.serving.daily_prices": Table(days, ("symbol", "day")),
    }


def _time(fact: Row) -> Row:
    moment = fact["timestamp"]
    return {
        "date_key": fact["date_key"],
        "date": moment,
        "year": moment.year,
        "month": moment.month,
        "day": moment.day,
        "day_of_week": moment.isoweekday(),
        "quarter": (moment.month + 2) // 3,
        "week": moment.isocalendar().week,
    }


def _numbered(facts: Iterable[Row]) -> Iterator[Row]:
    counted: Counter[tuple] = Counter()
    for fact in facts:
        key = fact["timestamp"], fact["company_id"]
        counted[key] += 1
        yield _without(fact, *KAFKA_COLUMNS) | {"id": counted[key]}
