"""The rows of the dimensions' members: silver, and each accepted record as a version."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.oracle.decoding import decode
from tests.oracle.tables import KAFKA_COLUMNS, NOT_IN_FUTURE, Expected, Row, Rule, Topic, bronze, coordinates, fields, holds, kafka
from tests.oracle.topic import KafkaRecord
from tests.oracle.values import is_cell_site, is_not_blank, is_phone_number, is_tac, read_date, read_timestamp, surrogate_key


@dataclass(frozen=True, kw_only=True)
class Members(Topic):
    """What is declared about members besides: their entity, natural key, surrogate key, and texts that silver holds as days."""

    time_field: str = "updated_at"
    entity: str
    natural_key: str
    surrogate_key: str
    days: Sequence[str] = ()

    def expected(self, records: Sequence[KafkaRecord]) -> Expected:
        """Work out the rows of each table for `records`; decimals have 4 digits, timestamps are aware and in UTC."""
        silver = {coordinates(record): self._silver(record) for record in records}
        versions = {place: self._version(row) for place, row in silver.items() if not row["is_rejected"]}
        return Expected(bronze(records), silver, versions)

    def _silver(self, record: KafkaRecord) -> Row:
        sent, error = kafka(record), None
        if record.value is None:
            key = None if record.key is None else record.key.decode(errors="replace")
            row = dict.fromkeys(self.columns) | {self.natural_key: key, "event_time": sent["kafka_timestamp"]}
        else:
            decoded = decode(record.value, self.schema)
            row, error = {column: decoded.fields[path] for column, (path, _) in self.columns.items()}, decoded.error
            row["event_time"] = read_timestamp(decoded.fields[self.time_field])
        row |= sent | {"repaired_columns": None, "is_deleted": record.value is None}
        return row | self.verdict(row, error) | {column: read_date(row[column]) for column in self.days}

    def _version(self, silver: Row) -> Row:
        return {column: silver[column] for column in (*self.columns, "is_deleted", *KAFKA_COLUMNS)} | {
            self.surrogate_key: surrogate_key(self.entity, silver[self.natural_key]),
            "valid_from": silver["event_time"],
        }


READABLE_TIME: Rule = ("unreadable_updated_at", lambda row: row["event_time"] is not None)

USERS = Members(
    name="users",
    gold="dim_user_versions",
    entity="user",
    natural_key="phone_number",
    surrogate_key="user_sk",
    columns=fields("STRING", "phone_number", "user_id", "name", "first_name", "last_name", "email", "sex", "address", "city", "plan")
    | fields("STRING", "registered_on"),
    days=("registered_on",),
    rules=(
        ("missing_key", holds(is_not_blank, "phone_number")),
        ("invalid_phone_number", holds(is_phone_number, "phone_number")),
        ("invalid_date", lambda row: row["registered_on"] is None or read_date(row["registered_on"]) is not None),
        READABLE_TIME,
        NOT_IN_FUTURE,
    ),
)
DEVICES = Members(
    name="devices",
    gold="dim_device_versions",
    entity="device",
    natural_key="tac",
    surrogate_key="device_sk",
    columns=fields("STRING", "tac", "manufacturer", "brand", "model", "os_version"),
    rules=(("missing_key", holds(is_not_blank, "tac")), ("invalid_tac", holds(is_tac, "tac")), READABLE_TIME, NOT_IN_FUTURE),
)
CELL_SITES = Members(
    name="cell_sites",
    gold="dim_cell_site_versions",
    entity="cell_site",
    natural_key="cell_id",
    surrogate_key="cell_sk",
    columns=fields("STRING", "cell_id", "site_name", "city", "region") | fields("DOUBLE", "latitude", "longitude"),
    rules=(
        ("missing_key", holds(is_not_blank, "cell_id")),
        ("invalid_cell_site", holds(is_cell_site, "cell_id")),
        READABLE_TIME,
        NOT_IN_FUTURE,
    ),
)
AGENTS = Members(
    name="agents",
    gold="dim_agent_versions",
    entity="agent",
    natural_key="agent_id",
    surrogate_key="agent_sk",
    columns=fields("STRING", "agent_id", "name", "department", "email"),
    rules=(("missing_key", holds(is_not_blank, "agent_id")), READABLE_TIME, NOT_IN_FUTURE),
)
