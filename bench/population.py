# ruff: noqa: S608 - all names in these queries are those of this file and of contracts
"""A telecom lake of any size without Kafka and Flink: tables as their contracts say, rows by DuckDB, commits as those of the jobs."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import duckdb
import pyarrow as pa
from pyiceberg.expressions import EqualTo
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    IntegerType,
    LongType,
    NestedField,
    StringType,
    TimestamptzType,
)

from flink_jobs.columns import physical_columns
from flink_jobs.domains import read_domains
from flink_jobs.lake import Lake
from flink_jobs.project import Project
from flink_jobs.snapshots import CHECKPOINT, JOB_ID
from flink_jobs.statements import Statement
from readers.model import duckdb_type

TYPES = {
    "STRING": StringType(),
    "BYTES": BinaryType(),
    "INT": IntegerType(),
    "BIGINT": LongType(),
    "DOUBLE": DoubleType(),
    "BOOLEAN": BooleanType(),
    "DATE": DateType(),
    "DECIMAL": DecimalType(18, 4),
    "TIMESTAMP_LTZ": TimestamptzType(),
}
MERGED = {"commit.manifest-merge.enabled": "true"}  # which Flink's commits do unasked
DEFAULT = "table-default."
SHARES = {"calls": 50, "sms": 32, "payment": 8, "recharge": 6, "support": 4}  # percent of all facts
IDS = {"calls": "call_id", "sms": "sms_id", "payment": "payment_id", "recharge": "transaction_id", "support": "support_id"}
MEMBERS = {"user": (20_000, "phone(i)"), "cell_site": (500, "site(i)"), "device": (200, "tac(i)"), "agent": (100, "agent(i)")}
# Of row i of a topic. Of a hundred members that events name, nobody has sent one.
MACROS = """
CREATE MACRO netstring(text) AS concat(strlen(text), ':', text, ',');
CREATE MACRO key_of(entity, text) AS md5(concat(netstring(entity), netstring(text)));
CREATE MACRO random(i, salt, below) AS CAST(hash(i * 64 + salt) % below AS BIGINT);
CREATE MACRO pick(i, salt, list) AS list[1 + random(i, salt, len(list))];
CREATE MACRO phone(n) AS concat('+2010', lpad(CAST(n AS VARCHAR), 8, '0'));
CREATE MACRO site(n) AS concat(['CAI', 'ALX', 'GIZ', 'ASW'][1 + n % 4], '-', lpad(CAST(n AS VARCHAR), 4, '0'));
CREATE MACRO agent(n) AS concat('AG-', n);
CREATE MACRO tac(n) AS CAST(35000000 + n AS VARCHAR);
"""
EXPRESSIONS = {
    "event_type": "topic",
    "from_phone_number": "phone(random(i, 1, 20200))",
    "to_phone_number": "phone(random(i, 2, 20200))",
    "customer_phone": "phone(random(i, 1, 20200))",
    "phone_number": "phone(random(i, 1, 20200))",
    "from_cell_site": "site(random(i, 3, 505))",
    "to_cell_site": "site(random(i, 4, 505))",
    "from_tac": "tac(random(random(i, 1, 20200), 5, 202))",
    "to_tac": "tac(random(random(i, 2, 20200), 5, 202))",
    "from_imei": "concat(tac(random(random(i, 1, 20200), 5, 202)), '0000001')",
    "to_imei": "concat(tac(random(random(i, 2, 20200), 5, 202)), '0000001')",
    "from_user_sk": "key_of('user', from_phone_number)",
    "to_user_sk": "key_of('user', to_phone_number)",
    "user_sk": "key_of('user', phone_number)",
    "from_cell_sk": "key_of('cell_site', from_cell_site)",
    "to_cell_sk": "key_of('cell_site', to_cell_site)",
    "from_device_sk": "key_of('device', from_tac)",
    "to_device_sk": "key_of('device', to_tac)",
    "agent_id": "agent(random(i, 6, 101))",
    "agent_sk": "key_of('agent', agent_id)",
    "call_type": "pick(i, 7, ['voice', 'voice', 'volte', 'vowifi', 'video'])",
    "currency": "pick(i, 8, ['EGP', 'EGP', 'EGP', 'EGP', 'EGP', 'EGP', 'EUR', 'SAR'])",
    "time_sk": "CAST(strftime(happened_at, '%H%M%S') AS INTEGER)",
    "status": "pick(i, 29, ['completed', 'completed', 'completed', 'completed', 'completed', 'dropped', 'failed', 'busy', 'no_answer'])",
    "call_duration_seconds": "CASE WHEN status IN ('completed', 'dropped') THEN random(i, 9, 600) END",
    "amount": "random(i, 10, 50000) / 10000",
    "payment_amount": "10 + random(i, 11, 5000000) / 10000",
    "balance_before": "random(i, 12, 200000) / 10000",
    "balance_after": "balance_before + amount",
    "seasonal_multiplier": "1",
    "payment_method": "pick(i, 13, ['card', 'wallet', 'cash', 'bank_transfer'])",
    "payment_type": "pick(i, 14, ['bill', 'advance'])",
    "invoice_number": "concat('INV-', i)",
    "transaction_id": "concat('T-', i)",
    "customer": "concat('Customer ', random(i, 1, 20200))",
    "jitter_ms": "random(i, 15, 40)",
    "latency_ms": "20 + random(i, 16, 900)",
    "signal_strength_dbm": "-50 - random(i, 17, 70)",
    "channel": "pick(i, 18, ['phone', 'chat', 'email', 'store'])",
    "reason": "pick(i, 19, ['billing', 'coverage', 'device', 'plan'])",
    "wait_time_seconds": "random(i, 20, 900)",
    "resolution_time_seconds": "random(i, 21, 3600)",
    "satisfaction_score": "1 + random(i, 22, 5)",
    "first_call_resolution": "random(i, 23, 10) < 7",
    "escalated": "random(i, 24, 10) < 1",
    "call_back_requested": "random(i, 25, 10) < 2",
    "is_rejected": "random(i, 28, 50) = 0",
    "rejection_reason": "CASE WHEN is_rejected THEN pick(i, 26, ['duplicate', 'negative_amount', 'invalid_currency']) END",
    "rejection_detail": "CASE WHEN is_rejected THEN concat('what is wrong with event ', i) END",
    "repaired_columns": "CASE WHEN random(i, 27, 200) = 0 THEN 'amount' END",
    "event_time": "happened_at",
    "timestamp": "happened_at",
    "date_sk": "key_of('date', CAST(CAST(happened_at AS DATE) AS VARCHAR))",
    "kafka_partition": "i % 4",
    "kafka_offset": "i // 4",
    "kafka_timestamp": "happened_at",
    "kafka_date": "CAST(happened_at AS DATE)",
}
MEMBER = {
    "user_sk": "key_of('user', phone(i))",
    "cell_sk": "key_of('cell_site', site(i))",
    "device_sk": "key_of('device', tac(i))",
    "agent_sk": "key_of('agent', agent(i))",
    "user_id": "concat('U-', i)",
    "agent_id": "agent(i)",
    "phone_number": "phone(i)",
    "cell_id": "site(i)",
    "tac": "tac(i)",
    "first_name": "pick(i, 31, ['Mona', 'Omar', 'Salma', 'Youssef', 'Nour'])",
    "last_name": "pick(i, 32, ['Hassan', 'Ibrahim', 'Mansour', 'Fouad'])",
    "name": "concat(first_name, ' ', last_name)",
    "email": "concat('user', i, '@example.com')",
    "sex": "pick(i, 33, ['female', 'male'])",
    "address": "concat(1 + i % 200, ' Tahrir Street')",
    "city": "pick(i, 34, ['Cairo', 'Alexandria', 'Giza', 'Aswan', 'Luxor', 'Tanta'])",
    "region": "pick(i, 35, ['Greater Cairo', 'Delta', 'Upper Egypt', 'Canal'])",
    "plan": "pick(i, 36 + version, ['Start', 'Plus', 'Silver', 'Gold', 'Max'])",
    "department": "pick(i, 37, ['billing', 'technical', 'sales'])",
    "site_name": "concat('Site ', i)",
    "latitude": "24 + random(i, 38, 7000) / 1000",
    "longitude": "29 + random(i, 39, 4000) / 1000",
    "brand": "pick(i, 40, ['Apple', 'Samsung', 'Xiaomi', 'Oppo', 'Nokia', 'Huawei'])",
    "manufacturer": "brand",
    "model": "concat('Model ', i % 40)",
    "os_version": "concat('v', 10 + i % 6)",
    "is_deleted": "version = 1 AND i % 500 = 0",
    "registered_on": "CAST(happened_at AS DATE) - 100",
    "valid_from": "happened_at",
    "kafka_partition": "i % 4",
    "kafka_offset": "i * 2 + version",
    "kafka_timestamp": "happened_at",
    "kafka_date": "CAST(happened_at AS DATE)",
}


class Population:
    """A telecom lake that is filled from `first_day` on; `facts` of a day are all its rows of gold facts."""

    def __init__(self, project: Project, first_day: date) -> None:
        self.lake = Lake.of(project)
        self.first_day = first_day
        (telecom,) = (domain for domain in read_domains(project) if domain.name == "telecom")
        self.contracts = {name: s for name, s in telecom.declared.items() if s.kind == "CREATE TABLE" and ".bronze." not in name}
        self.connection = duckdb.connect()
        self.connection.execute(f"SET TimeZone = 'UTC'; {MACROS}")
        self.checkpoint = 0

    def create(self) -> None:
        """Makes the tables of silver and gold, as their contracts say, and fills those of members."""
        options = self.lake.options["telecom"].items()
        properties = MERGED | {key.removeprefix(DEFAULT): value for key, value in options if key.startswith(DEFAULT)}
        for layer in ("silver", "gold"):
            self.lake.catalogs["telecom"].create_namespace_if_not_exists(layer)
        for name, contract in self.contracts.items():
            schema, partitions = _layout(contract)
            self.lake.catalogs["telecom"].create_table(tuple(name.split(".")[1:]), schema, partition_spec=partitions, properties=properties)
        began = f"TIMESTAMPTZ '{self.first_day - timedelta(days=30)} 00:00:00+00'"
        for entity, (count, key) in MEMBERS.items():
            happened = f"{began} + to_days(CAST(version * 33 AS INTEGER)) AS happened_at"
            name = f"telecom.gold.dim_{entity}_versions"
            self._append(
                name, self._rows(name, MEMBER, f"SELECT range // 2 AS i, range % 2 AS version, {happened} FROM range({count * 2})")
            )
            named = f"range AS i, 0 AS version, '{entity}' AS entity, {key.replace('(i)', '(range)')} AS natural_key"
            name = f"telecom.gold.{'support' if entity == 'agent' else 'call'}_members"
            rows = f"SELECT {named}, {began} AS happened_at FROM range({count * 101 // 100})"
            self._append(name, self._rows(name, MEMBER | {"member_sk": "key_of(entity, natural_key)"}, rows))
        self._append_nothing(self.contracts)

    def add(self, day: int, first: int, facts: int, of: int) -> None:
        """Commits the events of that day from the `first` to before `first` + `facts` of the `of` that it has, to silver and gold."""
        self.checkpoint += 1
        for topic, share in SHARES.items():
            for name in (f"telecom.silver.{topic}", f"telecom.gold.fact_{topic}"):
                self._append(name, self.events(name, topic, share, day, first, facts, of))
        self._append_nothing(name for name in self.contracts if name.endswith("_members"))

    def events(self, name: str, topic: str, share: int, day: int, first: int, facts: int, of: int) -> pa.Table:
        """Those of a topic as rows of a table."""
        begin, end, whole = (n * share // 100 for n in (first, first + facts, of))
        midnight = f"TIMESTAMPTZ '{self.first_day + timedelta(days=day)} 00:00:00+00'"
        numbered = f"""SELECT range + {day * whole} AS i, '{topic}' AS topic,
            {midnight} + to_microseconds(range * {86_400_000_000 // max(whole, 1)}) AS happened_at FROM range({begin}, {end})"""
        key = f"key_of('{'call' if topic == 'calls' else topic}', {IDS[topic]})"
        own = {IDS[topic]: f"concat('{topic}-', i)", "transaction_sk": key}
        accepted = " WHERE NOT is_rejected" if ".gold." in name else ""
        return self._rows(name, EXPRESSIONS | own, numbered, accepted)

    def compact(self, day: int) -> None:
        """Writes the small files of a day anew as one, in each table."""
        kafka_date = self.first_day + timedelta(days=day)
        for topic in SHARES:
            for name in (f"telecom.silver.{topic}", f"telecom.gold.fact_{topic}"):
                table = self.table(name)
                whole = table.scan(EqualTo("kafka_date", kafka_date)).to_arrow()
                if whole.num_rows:
                    table.overwrite(whole, EqualTo("kafka_date", kafka_date))

    def table(self, name: str) -> Table:
        """The stored table as it is now."""
        return self.lake.catalogs["telecom"].load_table(name.partition(".")[2])

    def _rows(self, name: str, expressions: Mapping[str, str], numbered: str, where: str = "") -> pa.Table:
        """The columns of a table, each from those before it and the numbered rows."""
        computed = ", ".join(f'{expression} AS "{column}"' for column, expression in expressions.items())
        types = physical_columns(self.contracts[name]).items()
        selected = ", ".join(f'CAST("{column}" AS {duckdb_type(kind)}) AS "{column}"' for column, kind in types)
        return self.connection.execute(f"SELECT {selected} FROM (SELECT *, {computed} FROM ({numbered})){where}").to_arrow_table()

    def _append(self, name: str, rows: pa.Table) -> None:
        table = self.table(name)
        table.append(rows.cast(table.schema().as_arrow()), {JOB_ID: "bench", CHECKPOINT: str(self.checkpoint)})

    def _append_nothing(self, names: Iterable[str]) -> None:
        """Commits the checkpoint to tables that it brought nothing, as Flink does now and then: a reader sees the others up to there."""
        for name in names:
            self._append(name, self.table(name).schema().as_arrow().empty_table())


def _layout(contract: Statement) -> tuple[Schema, PartitionSpec]:
    """The columns and the partitions of a table."""
    columns = physical_columns(contract)
    fields = [NestedField(i, name, TYPES[kind.name], name.startswith("kafka_p")) for i, (name, kind) in enumerate(columns.items(), 1)]
    days = [field for field in fields if field.name == "kafka_date" and "PARTITIONED BY" in contract.text]
    return Schema(*fields), PartitionSpec(*(PartitionField(day.field_id, 1000, IdentityTransform(), day.name) for day in days))
