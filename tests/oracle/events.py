"""The rows of a stream of events: silver with its repairs and duplicates, the fact, and who the facts point to."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from tests.oracle.decoding import decode
from tests.oracle.tables import KAFKA_COLUMNS, Coordinates, Expected, Row, Topic, bronze, coordinates, fields, kafka, verdict
from tests.oracle.topic import KafkaRecord
from tests.oracle.values import EPOCH, read_timestamp, surrogate_key

DAY = timedelta(hours=24)

PARTIES = fields(
    "STRING", **{f"{party}_{part}": f"{party}.{part}" for party in ("from", "to") for part in ("phone_number", "cell_site", "imei")}
)
BILLING = fields("STRING", currency="billing.currency") | fields("DECIMAL(18, 4)", amount="billing.amount")

PARTIES_REFERENCES = {
    "from_user_sk": ("user", "from_phone_number"),
    "to_user_sk": ("user", "to_phone_number"),
    "from_cell_sk": ("cell_site", "from_cell_site"),
    "to_cell_sk": ("cell_site", "to_cell_site"),
    "from_device_sk": ("device", "from_tac"),
    "to_device_sk": ("device", "to_tac"),
}
USER_REFERENCE = {"user_sk": ("user", "phone_number")}


@dataclass(frozen=True, kw_only=True)
class Stream(Topic):
    """What is declared about a stream besides: `references` is key column -> (entity, the fact's column with the natural key)."""

    time_field: str = "timestamp"
    entity: str
    id: str
    references: Mapping[str, tuple[str, str]]
    repaired: Sequence[str] = ("amount",)

    def expected(self, records: Sequence[KafkaRecord], accepted: Collection[Coordinates] = ()) -> Expected:
        """Work out the rows of each table for `records`, which stand in an order of arrival.

        That order is exact within a partition. Between partitions it is not known, so of the first repeats of an id in each of
        several partitions one that is among the `accepted` rows of the stored silver table counts as the one that came first.
        Decimals have 4 digits after the point, timestamps are aware and in UTC.
        """
        silver = {coordinates(record): self._silver(record) for record in records}
        for place in repeats(silver, self.id, accepted):
            silver[place] |= verdict("duplicate")
        facts = {place: self._fact(row) for place, row in silver.items() if not row["is_rejected"]}
        return Expected(bronze(records), silver, facts, self.members(facts.values()))

    def _silver(self, record: KafkaRecord) -> Row:
        decoded = decode(record.value, self.schema)
        row = {column: decoded.fields[path] for column, (path, _) in self.columns.items()}
        event_time = read_timestamp(decoded.fields[self.time_field])
        found = {self.time_field: event_time} | {column: row[column] for column in self.repaired}
        repaired = [name for name, value in found.items() if value is None]
        row |= {column: Decimal("0.0000") for column in repaired if column in self.repaired}
        row |= {"event_time": event_time or EPOCH, "repaired_columns": ",".join(repaired) or None}
        row |= kafka(record)
        return row | self.verdict(row, decoded.error)

    def _fact(self, silver: Row) -> Row:
        event_time = silver["event_time"]
        fact = {column: silver[column] for column in (*self.columns, *KAFKA_COLUMNS)}
        fact |= {column.replace("_imei", "_tac"): silver[column][:8] for column in self.columns if column.endswith("_imei")}
        fact |= {key: surrogate_key(entity, fact[column]) for key, (entity, column) in self.references.items()}
        return fact | {
            "transaction_sk": surrogate_key(self.entity, silver[self.id]),
            "date_sk": surrogate_key("date", event_time.date().isoformat()),
            "time_sk": int(event_time.strftime("%H%M%S")),
            "timestamp": event_time,
        }

    def members(self, facts: Iterable[Row]) -> dict[tuple[str, str], Row]:
        """Tell who these facts point to, by (entity, natural_key)."""
        return {
            (entity, fact[column]): {"entity": entity, "natural_key": fact[column], "member_sk": fact[key]}
            for fact in facts
            for key, (entity, column) in self.references.items()
            if fact[column] is not None
        }


def repeats(
    silver: Mapping[Coordinates, Row], id_column: str, accepted: Collection[Coordinates], memory: timedelta = DAY
) -> Iterator[Coordinates]:
    """Tell which rows repeat an id that the job still has in `memory`; the time of processing is taken to be Kafka's."""
    arrivals: dict[object, list[Coordinates]] = defaultdict(list)
    for place, row in silver.items():
        if not row["is_rejected"]:
            arrivals[row[id_column]].append(place)
    for places in arrivals.values():
        first = _winner(places, accepted)
        last = silver[first]["kafka_timestamp"]
        for place in places:
            arrived = silver[place]["kafka_timestamp"]
            if place != first and arrived - last < memory:
                yield place
            last = arrived


def _winner(places: Iterable[Coordinates], accepted: Collection[Coordinates]) -> Coordinates:
    """Choose which of the rows with the same id, in an order of arrival, came first: of each partition it may be the first one."""
    candidates: dict[int, Coordinates] = {}
    for place in places:
        candidates.setdefault(place[0], place)
    return next((place for place in candidates.values() if place in accepted), next(iter(candidates.values())))
