import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from py4j.java_gateway import JVMView
from py4j.protocol import Py4JJavaError

from tests.formats.conftest import Decoder, Row, record_of
from tests.oracle import decoding
from tests.oracle.corpus import Case, load_cases
from tests.oracle.telecom import TOPICS

MIB = 1024 * 1024
GOOD_CALL = json.dumps(
    {
        "call_id": "c-1",
        "from": {"phone_number": "+201012345678", "imei": "490154203237518"},
        "timestamp": "2025-03-14 09:26:53",
        "call_duration_seconds": 125,
        "billing": {"amount": 2.5, "currency": "EGP"},
    }
)


def _cases() -> Iterator[pytest.param]:
    for file in sorted((Path(__file__).parent / "cases").glob("*.yaml")):
        table = yaml.safe_load(file.read_text())
        for case in table["cases"]:
            expected = case.get("row", {}) | ({"$error": case["error"]} if "error" in case else {})
            yield pytest.param(table["columns"], table.get("options", {}), record_of(case), expected, id=f"{file.stem}: {case['name']}")


@pytest.mark.parametrize(("columns", "options", "record", "expected"), list(_cases()))
def test_record(decoder: Callable[..., Decoder], columns: str, options: dict[str, str], record: bytes | None, expected: Row) -> None:
    assert decoder(columns, options).row(record) == expected | ({} if record is None else {"$bytes": record})


@pytest.mark.parametrize("size", [MIB, MIB + 1, 5 * MIB])
def test_records_up_to_max_bytes_decode(decoder: Callable[..., Decoder], size: int) -> None:
    record = b'{"id": 1, "x": "' + b"x" * (size - 18) + b'"}'
    too_long = f"malformed_record: the record has {size} bytes, more than the 1048576 that max-bytes allows"
    assert decoder("id INT").row(record) == {"$bytes": record} | ({"id": "1"} if size <= MIB else {"$error": too_long})


def test_max_bytes_can_be_set(decoder: Callable[..., Decoder]) -> None:
    assert decoder("id INT", {"max-bytes": "9"}).row(b'{"id": 1}')["id"] == "1"
    assert decoder("id INT", {"max-bytes": "8"}).row(b'{"id": 1}')["$error"].startswith("malformed_record: the record has 9 bytes")
    assert decoder("id INT", {"max-bytes": "8 mb"}).row(b'{"id": 1, "x": "' + b"x" * 5 * MIB + b'"}')["id"] == "1"


@pytest.mark.parametrize("field", ["x", "part", "any", "tags", "id"])
@pytest.mark.parametrize("levels", [1000, 1001, 3000])
def test_nesting_up_to_1000_levels_decodes(decoder: Callable[..., Decoder], field: str, levels: int) -> None:
    record = f'{{"{field}": {"[" * (levels - 1)}{"]" * (levels - 1)}}}'
    error = decoder("id INT, part ROW<a INT>, any STRING, tags ARRAY<STRING>", {"any-type": "any"}).row(record.encode()).get("$error", "")
    if levels > 1000:
        assert error == "malformed_record: nested deeper than 1000 levels"
    else:
        assert "malformed_record" not in error


@pytest.mark.parametrize("digits", [1_001, 900_000])
def test_long_numbers_and_names(decoder: Callable[..., Decoder], digits: int) -> None:
    nines, ones = "9" * digits, "1" + "0" * digits
    row = decoder("i INT, d DECIMAL(38, 2), f DOUBLE, any STRING", {"any-type": "any"}).row
    assert row(f'{{"i": {nines}, "any": 1}}'.encode())["$error"] == f"wrong_type: i should be INT but is {nines[:40]}…"
    assert row(f'{{"i": "{nines}"}}'.encode())["$error"] == f'wrong_type: i should be INT but is "{nines[:39]}…'
    assert row(f'{{"d": {ones}e-{digits}}}'.encode())["d"] == "1.00"
    assert row(f'{{"f": {ones}}}'.encode())["$error"] == f"wrong_type: f should be DOUBLE but is {ones[:40]}…"
    assert row(f'{{"any": {nines}}}'.encode())["any"] == nines
    assert row(f'{{"{nines}": 0, "i": 1}}'.encode())["i"] == "1"


def test_names_that_collide_in_any_hash(decoder: Callable[..., Decoder]) -> None:
    names = [f"{number:b}".replace("0", "Aa").replace("1", "BB") for number in range(2**12)]  # equal String.hashCode
    assert decoder("id INT").row(json.dumps(dict.fromkeys(names, 0) | {"id": 1}).encode())["id"] == "1"


def test_metadata_stands_behind_the_columns_as_asked(jvm: JVMView) -> None:
    only_error = Decoder(jvm, "id INT", {}, metadata=["error"])
    assert only_error.row(b"{") == {"$error": "malformed_record: the JSON ends before it is complete"}
    assert Decoder(jvm, "id INT", {}, metadata=["error", "bytes"]).row(b"{}") == {"$bytes": b"{}"}
    assert Decoder(jvm, "id INT", {}, metadata=[]).row(b'{"id": 1}') == {"id": "1"}


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ("born DATE", {}, "born has type DATE, but whole-json reads STRING,"),
        ("a ROW<b ARRAY<ROW<c BYTES>>>", {}, "a.b[].c has type BYTES, but whole-json reads"),
        ("name VARCHAR(10)", {}, "name has type VARCHAR(10), but whole-json reads"),
        ("labels MAP<STRING, STRING>", {}, "labels has type MAP<STRING, STRING>, but whole-json reads"),
        ("id INT NOT NULL", {}, "id is declared NOT NULL, but a record that does not decode leaves it NULL."),
        ("a ROW<b INT NOT NULL>", {}, "a.b is declared NOT NULL"),
        ("tags ARRAY<INT NOT NULL>", {}, "tags[] is declared NOT NULL"),
        ("a STRING", {"any-type": "a;b"}, "'any-type' takes paths of STRING fields, but not b."),
        ("a INT", {"any-type": "a"}, "'any-type' takes paths of STRING fields, but not a."),
        ("a STRING", {"max-bytes": "many"}, "max-bytes"),
    ],
)
def test_what_the_format_refuses(jvm: JVMView, columns: str, options: dict[str, str], message: str) -> None:
    with pytest.raises(Py4JJavaError) as refused:
        Decoder(jvm, columns, options)
    assert message in str(refused.value.java_exception)


json_texts = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.sampled_from(["call_id", "from", "billing", "amount", "x"]), values),
    max_leaves=8,
).map(lambda value: json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass"))


@st.composite
def damaged_calls(draw: st.DrawFn) -> bytes:
    record = GOOD_CALL.encode()
    start = draw(st.integers(0, len(record)))
    return record[:start] + draw(st.binary(max_size=4) | json_texts) + record[start + draw(st.integers(0, 12)) :]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.binary() | st.text().map(str.encode) | json_texts | damaged_calls(), max_size=10))
def test_any_bytes_make_one_row_as_an_independent_decoder_says(decoder: Callable[..., Decoder], records: list[bytes]) -> None:
    for record in records:
        _assert_both_decode_alike(record, "calls", decoder)


@pytest.mark.parametrize(
    ("topic", "case"), [pytest.param(topic, case, id=f"{topic}: {case.name}") for topic in TOPICS for case in load_cases(0, topic)]
)
def test_bad_records_decode_as_an_independent_decoder_says(decoder: Callable[..., Decoder], topic: str, case: Case) -> None:
    _assert_both_decode_alike(case.value, topic, decoder)


def _assert_both_decode_alike(record: bytes | None, topic: str, decoder: Callable[..., Decoder]) -> None:
    row = decoder(_declared(TOPICS[topic].types), {"any-type": TOPICS[topic].time_field}).row(record)
    expected = decoding.decode(record, TOPICS[topic].schema)
    assert row.pop("$bytes", None) == record
    assert _code(row.pop("$error", None)) == expected.error
    columns = dict(_leaves(row))
    wanted = {path: value for path, value in expected.fields.items() if value is not None}
    time = TOPICS[topic].time_field
    if wanted.get(time) == decoding.SOME_JSON:
        wanted[time] = columns.get(time)  # the other decoder does not tell the text of numbers, arrays and objects
    assert {path: float(text) if isinstance(wanted.get(path), float) else text for path, text in columns.items()} == {
        path: _text(value) for path, value in wanted.items()
    }


def _declared(types: Mapping[str, str]) -> str:
    """Columns as a table declares them, objects as ROWs."""
    columns: dict[str, list[str]] = {}
    for path, declared in types.items():
        name, _, part = path.partition(".")
        columns.setdefault(name, []).append(f"{part} {declared.replace('ANY', 'STRING')}")
    return ", ".join(f"`{name}` {parts[0] if name in types else 'ROW<' + ', '.join(parts) + '>'}" for name, parts in columns.items())


def _text(value: object) -> object:
    match value:
        case bool() | float():
            return value
        case Decimal():
            return str(value + 0)  # SQL has no negative zero
        case _:
            return str(value)


def _code(error: str | None) -> str | None:
    return error and error.partition(":")[0]


def _leaves(row: Row, prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in row.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
