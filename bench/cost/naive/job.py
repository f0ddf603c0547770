# ruff: noqa: S608 - all that these queries are made of stands in this file
"""The job that a reader of PyFlink's tutorials writes: one function for each rule and each key, and a SELECT of its own for each table.

Nothing is set but where things are and how often it commits; all else is as Flink and Iceberg have it unasked.
It rejects a call by the rules of Trunkline, and gives it the same keys. It differs in this:

* Flink's `json` format passes over a record that it can't read, and makes NULL of a field that it can't read and text of a number. Bronze
  is a scan of its own and has each record; silver and gold lack some, and judge others as they are then.
* No sentence says why a call is rejected.
"""

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import md5
from string import Template

from pyflink.table import DataTypes, EnvironmentSettings, StatementSet, TableEnvironment
from pyflink.table.udf import udf

from udfs.currencies import ACTIVE_CURRENCIES

SETTINGS = {
    "pipeline.name": "naive",
    "execution.checkpointing.interval": "2 s",
    "table.local-time-zone": "UTC",
}


@udf(result_type=DataTypes.STRING())
def missing_id(call_id: str | None) -> str | None:
    """A call has an id."""
    return None if call_id and call_id.strip() else "missing_id"


@udf(result_type=DataTypes.STRING())
def invalid_phone_number(number: str | None) -> str | None:
    """A number is E.164."""
    return None if number and re.fullmatch(r"\+[1-9][0-9]{1,14}", number) else "invalid_phone_number"


@udf(result_type=DataTypes.STRING())
def same_caller_and_callee(caller: str | None, callee: str | None) -> str | None:
    """Nobody calls themselves."""
    return None if caller != callee else "same_caller_and_callee"


@udf(result_type=DataTypes.STRING())
def invalid_imei(imei: str | None) -> str | None:
    """An IMEI has 15 digits, the last by Luhn's formula."""
    if not imei or not re.fullmatch("[0-9]{15}", imei):
        return "invalid_imei"
    digits = [int(digit) for digit in imei]
    doubled = [digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[1::2]]
    return None if (sum(digits[0::2]) + sum(doubled)) % 10 == 0 else "invalid_imei"


@udf(result_type=DataTypes.STRING())
def invalid_cell_site(site: str | None) -> str | None:
    """A cell site looks like CAI-0042."""
    return None if site and re.fullmatch("[A-Z]{3}-[0-9]{4}", site) else "invalid_cell_site"


@udf(result_type=DataTypes.STRING())
def unknown_status(status: str | None) -> str | None:
    """A status is known."""
    return None if status in ("completed", "dropped", "failed", "busy", "no_answer") else "unknown_status"


@udf(result_type=DataTypes.STRING())
def unknown_call_type(call_type: str | None) -> str | None:
    """A type is known."""
    return None if call_type in ("voice", "volte", "vowifi", "video") else "unknown_call_type"


@udf(result_type=DataTypes.STRING())
def invalid_currency(currency: str | None) -> str | None:
    """A currency is one of ISO 4217."""
    return None if currency in ACTIVE_CURRENCIES else "invalid_currency"


@udf(result_type=DataTypes.STRING())
def negative_duration(seconds: int | None) -> str | None:
    """A call does not end before it begins."""
    return None if seconds is None or seconds >= 0 else "negative_duration"


@udf(result_type=DataTypes.STRING())
def negative_amount(amount: Decimal | None) -> str | None:
    """A call does not pay the caller."""
    return None if amount is None or amount >= 0 else "negative_amount"


@udf(result_type=DataTypes.STRING())
def event_in_future(text: str | None, sent: datetime) -> str | None:
    """A call begins before it is reported, but for clocks that differ."""
    moment = read_time(text)
    return None if moment is None or moment - sent <= timedelta(minutes=5) else "event_in_future"


@udf(result_type=DataTypes.TIMESTAMP(6))
def event_time(text: str | None) -> datetime | None:
    """When a call began, in UTC."""
    return read_time(text)


@udf(result_type=DataTypes.STRING())
def call_key(call_id: str | None) -> str | None:
    """The key of a call."""
    return key("call", call_id)


@udf(result_type=DataTypes.STRING())
def date_key(text: str | None) -> str | None:
    """The key of the day of a call."""
    return key("date", (read_time(text) or datetime(1970, 1, 1)).date().isoformat())


@udf(result_type=DataTypes.STRING())
def user_key(number: str | None) -> str | None:
    """The key of a user."""
    return key("user", number)


@udf(result_type=DataTypes.STRING())
def cell_key(site: str | None) -> str | None:
    """The key of a cell site."""
    return key("cell_site", site)


@udf(result_type=DataTypes.STRING())
def device_key(imei: str | None) -> str | None:
    """The key of a device."""
    return key("device", imei and imei[:8])


def read_time(text: str | None) -> datetime | None:
    """The moment that a text names; None when it is absent or unreadable."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            moment = datetime.strptime(text, "%d-%m-%Y %H:%M:%S")
        except ValueError:
            return None
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def key(entity: str, text: str | None) -> str | None:
    """The MD5 of both, each after its length in bytes."""
    if text is None:
        return None
    return md5(f"{len(entity)}:{entity},{len(text.encode())}:{text},".encode(), usedforsecurity=False).hexdigest()


FUNCTIONS = (
    *(missing_id, invalid_phone_number, same_caller_and_callee, invalid_imei, invalid_cell_site, unknown_status, unknown_call_type),
    *(invalid_currency, negative_duration, negative_amount, event_in_future, event_time),
    *(call_key, date_key, user_key, cell_key, device_key),
)

DEFINITIONS = """
CREATE CATALOG telecom WITH (
  'type' = 'iceberg',
  'catalog-impl' = 'org.apache.iceberg.jdbc.JdbcCatalog',
  'uri' = 'jdbc:sqlite:${LAKE}/catalog.db?journal_mode=WAL&busy_timeout=30000',
  'jdbc.schema-version' = 'V1',
  'warehouse' = 'file://${LAKE}/warehouse/telecom'
);

CREATE DATABASE telecom.bronze;
CREATE DATABASE telecom.silver;
CREATE DATABASE telecom.gold;

CREATE TEMPORARY TABLE records (
  kafka_key BYTES,
  kafka_value BYTES,
  kafka_topic STRING NOT NULL METADATA FROM 'topic' VIRTUAL,
  kafka_partition INT NOT NULL METADATA FROM 'partition' VIRTUAL,
  kafka_offset BIGINT NOT NULL METADATA FROM 'offset' VIRTUAL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL METADATA FROM 'timestamp' VIRTUAL
) WITH (
  'connector' = 'kafka',
  'topic' = 'calls',
  'properties.bootstrap.servers' = '${KAFKA_BOOTSTRAP_SERVERS}',
  'scan.startup.mode' = 'earliest-offset',
  'key.format' = 'raw',
  'key.fields' = 'kafka_key',
  'value.format' = 'raw',
  'value.fields-include' = 'EXCEPT_KEY'
);

CREATE TEMPORARY TABLE calls (
  call_id STRING,
  event_type STRING,
  `from` ROW<phone_number STRING, cell_site STRING, imei STRING>,
  `to` ROW<phone_number STRING, cell_site STRING, imei STRING>,
  `timestamp` STRING,
  status STRING,
  call_duration_seconds INT,
  call_type STRING,
  billing ROW<amount DECIMAL(18, 4), currency STRING>,
  kafka_partition INT NOT NULL METADATA FROM 'partition' VIRTUAL,
  kafka_offset BIGINT NOT NULL METADATA FROM 'offset' VIRTUAL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL METADATA FROM 'timestamp' VIRTUAL
) WITH (
  'connector' = 'kafka',
  'topic' = 'calls',
  'properties.bootstrap.servers' = '${KAFKA_BOOTSTRAP_SERVERS}',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json',
  'json.ignore-parse-errors' = 'true'
);

CREATE TABLE telecom.bronze.calls (
  kafka_key BYTES,
  kafka_value BYTES,
  kafka_topic STRING NOT NULL,
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL
) PARTITIONED BY (kafka_date);

CREATE TABLE telecom.silver.calls (
  call_id STRING,
  event_type STRING,
  from_phone_number STRING,
  to_phone_number STRING,
  from_cell_site STRING,
  to_cell_site STRING,
  from_imei STRING,
  to_imei STRING,
  status STRING,
  call_type STRING,
  currency STRING,
  rejection_reason STRING,
  repaired_columns STRING,
  call_duration_seconds INT,
  amount DECIMAL(18, 4),
  is_rejected BOOLEAN,
  event_time TIMESTAMP_LTZ(6),
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL
) PARTITIONED BY (kafka_date);

CREATE TABLE telecom.gold.fact_calls (
  transaction_sk STRING,
  date_sk STRING,
  from_user_sk STRING,
  to_user_sk STRING,
  from_cell_sk STRING,
  to_cell_sk STRING,
  from_device_sk STRING,
  to_device_sk STRING,
  call_id STRING,
  event_type STRING,
  from_phone_number STRING,
  to_phone_number STRING,
  from_cell_site STRING,
  to_cell_site STRING,
  from_imei STRING,
  to_imei STRING,
  from_tac STRING,
  to_tac STRING,
  status STRING,
  call_type STRING,
  currency STRING,
  time_sk INT,
  call_duration_seconds INT,
  amount DECIMAL(18, 4),
  `timestamp` TIMESTAMP_LTZ(6),
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_timestamp TIMESTAMP_LTZ(6) NOT NULL,
  kafka_date DATE NOT NULL
) PARTITIONED BY (kafka_date);
"""

REASON = """COALESCE(
    missing_id(call_id),
    invalid_phone_number(`from`.phone_number),
    invalid_phone_number(`to`.phone_number),
    same_caller_and_callee(`from`.phone_number, `to`.phone_number),
    invalid_imei(`from`.imei),
    invalid_imei(`to`.imei),
    invalid_cell_site(`from`.cell_site),
    invalid_cell_site(`to`.cell_site),
    unknown_status(status),
    unknown_call_type(call_type),
    invalid_currency(billing.currency),
    negative_duration(call_duration_seconds),
    negative_amount(billing.amount),
    event_in_future(`timestamp`, CAST(kafka_timestamp AS TIMESTAMP(3)))
  )"""

TIME = "CAST(COALESCE(event_time(`timestamp`), TIMESTAMP '1970-01-01 00:00:00') AS TIMESTAMP_LTZ(6))"

BRONZE = """
INSERT INTO telecom.bronze.calls
SELECT
  kafka_key,
  kafka_value,
  kafka_topic,
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  CAST(kafka_timestamp AS DATE)
FROM records
"""

SILVER = f"""
INSERT INTO telecom.silver.calls
SELECT
  call_id,
  event_type,
  `from`.phone_number,
  `to`.phone_number,
  `from`.cell_site,
  `to`.cell_site,
  `from`.imei,
  `to`.imei,
  status,
  call_type,
  billing.currency,
  rejection_reason,
  CASE
    WHEN event_time(`timestamp`) IS NULL AND billing.amount IS NULL THEN 'timestamp,amount'
    WHEN event_time(`timestamp`) IS NULL THEN 'timestamp'
    WHEN billing.amount IS NULL THEN 'amount'
  END,
  call_duration_seconds,
  COALESCE(billing.amount, 0),
  rejection_reason IS NOT NULL,
  {TIME},
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  CAST(kafka_timestamp AS DATE)
FROM (SELECT *, {REASON} AS rejection_reason FROM calls)
"""

GOLD = f"""
INSERT INTO telecom.gold.fact_calls
SELECT
  call_key(call_id),
  date_key(`timestamp`),
  user_key(`from`.phone_number),
  user_key(`to`.phone_number),
  cell_key(`from`.cell_site),
  cell_key(`to`.cell_site),
  device_key(`from`.imei),
  device_key(`to`.imei),
  call_id,
  event_type,
  `from`.phone_number,
  `to`.phone_number,
  `from`.cell_site,
  `to`.cell_site,
  `from`.imei,
  `to`.imei,
  SUBSTRING(`from`.imei, 1, 8),
  SUBSTRING(`to`.imei, 1, 8),
  status,
  call_type,
  billing.currency,
  CAST(DATE_FORMAT({TIME}, 'HHmmss') AS INT),
  call_duration_seconds,
  COALESCE(billing.amount, 0),
  {TIME},
  kafka_partition,
  kafka_offset,
  kafka_timestamp,
  CAST(kafka_timestamp AS DATE)
FROM calls
WHERE {REASON} IS NULL
"""


def job(places: Mapping[str, str]) -> StatementSet:
    """The job, by the places KAFKA_BOOTSTRAP_SERVERS and LAKE (a folder)."""
    environment = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    for name, value in SETTINGS.items():
        environment.get_config().set(name, value)
    for function in FUNCTIONS:
        environment.create_temporary_function(function._func.__name__, function)
    for statement in filter(str.strip, Template(DEFINITIONS).substitute(places).split(";\n")):
        environment.execute_sql(statement)
    tables = environment.create_statement_set()
    for insert in (BRONZE, SILVER, GOLD):
        tables.add_insert_sql(insert)
    return tables


if __name__ == "__main__":
    job(os.environ).execute()
