from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from hashlib import md5
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from udfs.keys import key_text, surrogate_key

VECTORS = yaml.safe_load(Path(__file__).with_name("surrogate_key.yaml").read_text())
TYPES = {
    "string": str,
    "integer": int,
    "boolean": lambda text: {"true": True, "false": False}[text],
    "decimal": Decimal,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
}
OFFSETS = st.timedeltas(timedelta(hours=-23, minutes=-59), timedelta(hours=23, minutes=59)).map(timezone)
DAYS = (datetime(1, 1, 2), datetime(9999, 12, 30))
KINDS = {
    "string": st.text(),
    "integer": st.integers(-(2**63), 2**63 - 1),
    "boolean": st.booleans(),
    "decimal": st.integers(-(10**38) + 1, 10**38 - 1).flatmap(lambda n: st.integers(0, 38).map(lambda scale: Decimal(n).scaleb(-scale))),
    "date": st.dates(),
    "naive datetime": st.datetimes(),
    "aware datetime": st.datetimes(*DAYS, timezones=OFFSETS),
}
PARTS = st.one_of(*KINDS.values())


def parts_of(vector: dict) -> list:
    return [text if text is None else TYPES[kind](text) for part in vector["parts"] for kind, text in part.items()]


def texts_in(encoded: bytes) -> list[str]:
    texts = []
    while encoded:
        length, _, rest = encoded.partition(b":")
        end = int(length)
        assert rest[end : end + 1] == b","
        texts.append(rest[:end].decode())
        encoded = rest[end + 1 :]
    return texts


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_vectors(vector: dict) -> None:
    assert surrogate_key(vector["entity"], *parts_of(vector)) == vector["key"]


@pytest.mark.parametrize("vector", [vector for vector in VECTORS if vector["key"]], ids=lambda vector: vector["name"])
def test_vectors_agree_with_their_encoding(vector: dict) -> None:
    encoded = vector["encoded"].encode()
    assert md5(encoded, usedforsecurity=False).hexdigest() == vector["key"]
    assert texts_in(encoded) == [vector["entity"], *map(key_text, parts_of(vector))]


@given(st.text(), st.lists(PARTS, max_size=5))
def test_the_encoding_gives_its_texts_back(entity: str, parts: list) -> None:
    texts = [entity, *map(key_text, parts)]
    encoded = b"".join(b"%d:%b," % (len(text.encode()), text.encode()) for text in texts)
    assert texts_in(encoded) == texts
    assert surrogate_key(entity, *parts) == md5(encoded, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_values_of_a_type_have_equal_keys_only_when_equal(kind: str, data: st.DataObject) -> None:
    one, other = data.draw(KINDS[kind]), data.draw(KINDS[kind])
    assert (surrogate_key("x", one) == surrogate_key("x", other)) == (one == other)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4), st.integers(0, 10))
def test_the_scale_of_a_decimal_does_not_count(number: Decimal, zeros: int) -> None:
    assert key_text(number) == key_text(Decimal(f"{number:f}{'0' * zeros}"))
    assert Decimal(key_text(number)) == number


@given(st.datetimes(*DAYS, timezones=OFFSETS))
def test_an_offset_names_the_same_moment(moment: datetime) -> None:
    utc = moment.astimezone(UTC)
    assert surrogate_key("x", moment) == surrogate_key("x", utc) == surrogate_key("x", utc.replace(tzinfo=None))


@given(st.lists(PARTS), st.lists(PARTS))
def test_null_in_any_part_gives_null(before: list, after: list) -> None:
    assert surrogate_key("x", *before, None, *after) is None
    assert surrogate_key(None, *before) is None


@pytest.mark.parametrize("part", [1.0, float("nan"), Decimal("NaN"), Decimal("Infinity"), b"a", [1], {}, timedelta(1), object()])
def test_other_types_are_refused(part: object) -> None:
    with pytest.raises(TypeError, match="can't be part of a key: cast it to"):
        surrogate_key("x", part)
