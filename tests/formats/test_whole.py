import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from py4j.java_gateway import JVMView
from py4j.protocol import Py4JJavaError

from flink_jobs.diagnosis import messages
from tests.formats.conftest import Decoder, Row, record_of
from tests.formats.registry import Registry, encoded, serving

FORMATS = {file.stem: yaml.safe_load(file.read_text()) for file in sorted((Path(__file__).parent / "whole").glob("*.yaml"))}
CALL = {"type": "record", "name": "Call", "fields": [{"name": "id", "type": "string"}]}
UNKNOWN_PATH = 404  # the status, but not a registry's answer that it has no such schema
SILENT = 0

Decode = Callable[[bytes | None], Row]


@pytest.fixture(scope="session")
def decoders(jvm: JVMView) -> Iterator[dict[str, Decode]]:
    """What decodes the records of each file of cases."""
    made = {}
    with serving(Registry()) as registry:
        for name, table in FORMATS.items():
            for schema in table.get("schemas", []):
                registry.register(schema)
            address = {"avro-confluent.url": registry.url} if "schemas" in table else {}
            made[name] = Decoder(jvm, table["columns"], table["options"] | address).row
        yield made


@pytest.mark.parametrize(
    ("format_name", "case"),
    [pytest.param(name, case, id=f"{name}: {case['name']}") for name, table in FORMATS.items() for case in table["cases"]],
)
def test_record(decoders: dict[str, Decode], format_name: str, case: dict) -> None:
    record = record_of(case)
    row = decoders[format_name](record)
    error = row.pop("$error", "")
    assert row == case.get("row", {}) | ({} if record is None else {"$bytes": record})
    # What Jackson says at length is not ours to fix.
    assert error.startswith(case["error"]) if "error" in case else error == ""


GOOD = {name: (record_of(table["cases"][0]), table["cases"][0]["row"]) for name, table in FORMATS.items()}


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, list[bytes]]:
    """A format, and records of it that are whole, damaged, or anything."""
    name = draw(st.sampled_from(sorted(FORMATS)))
    good, _ = GOOD[name]
    start = draw(st.integers(0, len(good)))
    changed = st.binary(max_size=6).map(lambda bytes_: good[:start] + bytes_ + good[start + len(bytes_) :])
    return name, draw(st.lists(changed | st.binary(max_size=30) | st.binary(max_size=12).map(good[:5].__add__), max_size=10))


@settings(deadline=None, max_examples=300)
@given(damaged())
def test_any_bytes_make_one_row_and_leave_the_next_alone(decoders: dict[str, Decode], case: tuple[str, list[bytes]]) -> None:
    name, records = case
    for record in records:
        row = decoders[name](record)
        assert row["$bytes"] == record
        assert row.get("$error", "malformed_record: ").startswith(("malformed_record: ", "wrong_type: "))
    good, columns = GOOD[name]
    assert decoders[name](good) == columns | {"$bytes": good}


@pytest.mark.parametrize("outage", [401, 403, UNKNOWN_PATH, 429, 500, 503, SILENT])
def test_a_registry_that_refuses_fails_the_job_and_no_record(jvm: JVMView, outage: int) -> None:
    with serving(Registry()) as registry:
        record = encoded(CALL, registry.register(CALL), {"id": "a"})
        options = {"format": "avro-confluent", "avro-confluent.url": registry.url, "avro-confluent.properties.http.read.timeout.ms": "100"}
        decode = Decoder(jvm, "id STRING", options).row
        registry.outage = outage
        with pytest.raises(Py4JJavaError) as failed:
            decode(record)
        assert "The schema registry at http://127.0.0.1:" in str(failed.value.java_exception)
        registry.outage = None
        assert decode(record)["id"] == "a"
        registry.outage = outage  # what it said is known
        assert decode(record)["id"] == "a"


def test_a_registry_that_is_away_fails_the_job_and_no_record(jvm: JVMView) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = {"format": "avro-confluent", "avro-confluent.url": f"http://127.0.0.1:{port}"}
    with pytest.raises(Py4JJavaError, match="does not give the schema with id 1: Connection refused"):
        Decoder(jvm, "id STRING", options).row(encoded(CALL, 1, {"id": "a"}))


def test_a_schema_that_is_not_avro_makes_a_record_malformed(jvm: JVMView) -> None:
    with serving(Registry()) as registry:
        record = encoded(CALL, registry.register("message Call {}", "PROTOBUF"), {"id": "a"})
        row = Decoder(jvm, "id STRING", {"format": "avro-confluent", "avro-confluent.url": registry.url}).row(record)
        assert row == {"$bytes": record, "$error": "malformed_record: the schema with id 1 is PROTOBUF, not AVRO"}


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ("id INT NOT NULL", {"format": "csv"}, "id is declared NOT NULL, but a record that does not decode leaves it NULL."),
        ("a ROW<b INT NOT NULL>", {"format": "csv"}, "a.b is declared NOT NULL"),
        ("id MAP<STRING, INT>", {"format": "csv"}, "Unsupported type 'MAP<STRING, INT>' for field 'id'"),
        (
            "at TIMESTAMP(6)",
            {"format": "avro-confluent", "avro-confluent.url": "http://a"},
            "Avro does not support TIMESTAMP type with precision: 6",
        ),
        ("id INT", {"format": "cvs"}, "Could not find any factory for identifier 'cvs'"),
        (
            "id INT",
            {"format": "csv", "csv.field-delimitr": ";"},
            "Unsupported options found for 'csv'.\n\nUnsupported options:\n\nfield-delimitr",
        ),
        ("id INT", {"format": "csv", "csv.field-delimiter": "abc"}, "must be a string with single character"),
        ("id INT", {"format": "json", "csv.field-delimiter": ";"}, "The format is json, but there are options of csv; remove them."),
        (
            "id INT",
            {"format": "csv", "csv.ignore-parse-errors": "true"},
            "whole itself sets 'ignore-parse-errors', and keeps what would be",
        ),
        ("id INT", {"format": "avro-confluent"}, "Missing required options are:\n\nurl"),
        (
            "id INT",
            {"format": "avro-confluent", "avro-confluent.url": "http://a", "avro-confluent.schema": '"int"'},
            "whole reads what the columns declare; remove 'schema'.",
        ),
        ("id INT", {"format": "avro"}, "avro reads on in the next record what is left of one that is malformed; use avro-confluent"),
        ("id INT", {"format": "debezium-json"}, "debezium-json makes changes of a record, but whole makes one row; declare the fields"),
        ("id INT", {"format": "whole-json"}, "whole-json loses nothing by itself; make it the table's format."),
        ("id INT", {"format": "csv", "max-bytes": "many"}, "max-bytes"),
    ],
)
def test_what_the_format_refuses(jvm: JVMView, columns: str, options: dict[str, str], message: str) -> None:
    with pytest.raises(Py4JJavaError) as refused:
        Decoder(jvm, columns, options)
    assert message in "\n".join(messages(refused.value))


def test_an_envelope_of_debezium_is_a_record_like_others(jvm: JVMView) -> None:
    columns = "before ROW<id INT>, after ROW<id INT>, op STRING"
    record = b'{"before": null, "after": {"id": 1}, "op": "c", "source": {}}'
    assert Decoder(jvm, columns, {}).row(record) == {"after": {"id": "1"}, "op": "c", "$bytes": record}
