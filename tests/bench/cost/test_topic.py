"""The seeded topic: the same records for the same seed, and a manifest that lets no other stand for it."""

import json
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from bench.cost.topic import BEGIN, PHONE_NUMBER, STEP, Manifest, among, kept, padded, records
from flink_jobs.errors import TrunklineError


def test_a_seed_makes_the_same_records() -> None:
    one, again, other = (list(islice(records(seed), 200)) for seed in (1, 1, 2))
    assert one == again
    assert one != other
    assert [moment for moment, _ in one] == [BEGIN + number * STEP for number in range(200)]
    assert {record.topic for _, record in one} == {"calls"}


def test_good_records_have_ids_of_their_own() -> None:
    good = [json.loads(record.value)["call_id"] for _, record in islice(records(3), 500) if not record.reason]
    assert len(set(good)) == len(good) < 500


def test_padding_makes_good_records_as_large_as_asked_and_changes_nothing_else() -> None:
    dice = Random(1)  # noqa: S311
    for _, record in islice(records(1), 300):
        larger = padded(record, 1024, dice)
        if record.reason and larger == record:
            continue
        event = json.loads(larger.value) if record.reason != "malformed_record" else {}
        assert len(larger.value) == 1024 or len(record.value) > 1000
        assert record.reason or {name: value for name, value in event.items() if name != "padding"} == json.loads(record.value)


def test_so_many_members_call_each_other() -> None:
    dice, seen = Random(1), set()  # noqa: S311
    for _, record in islice(records(1), 300):
        other = among(record, 20, dice)
        assert len(other.value or b"") == len(record.value or b"")
        assert PHONE_NUMBER.sub(b"", other.value or b"") == PHONE_NUMBER.sub(b"", record.value or b"")
        seen |= set(PHONE_NUMBER.findall(other.value or b""))
    assert seen == {b"+2010%08d" % number for number in range(20)}


@pytest.mark.parametrize("other", [{"seed": 2}, {"events": 500}, {"stream": "sms"}, {"size": 1024}, {"members": 9}, {"simulator": "0"}])
def test_what_was_made_otherwise_is_refused(tmp_path: Path, other: dict[str, object]) -> None:
    (name,) = other
    wanted = Manifest(seed=1, events=1000)
    (tmp_path / "manifest.json").write_text(wanted.model_copy(update=other).model_dump_json())
    with pytest.raises(TrunklineError, match=f"made with {name} {other[name]}, not .*remove"):
        kept("127.0.0.1:1", tmp_path, wanted)
