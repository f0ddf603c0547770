"""The seeded events: the same for the same seed, at the same places of a topic, and a manifest that lets no others stand for them."""

import json
from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from bench.cost.topic import BEGIN, PHONE_NUMBER, STEP, Feeder, Manifest, among, padded, recorded, records
from flink_jobs.errors import TrunklineError
from flink_jobs.project import Project
from tests.oracle.topic import read_topic


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


@pytest.mark.parametrize("other", [{"seed": 2}, {"stream": "sms"}, {"size": 1024}, {"members": 9}, {"simulator": "0"}])
def test_what_was_made_otherwise_is_refused(tmp_path: Path, other: dict[str, object]) -> None:
    (name,) = other
    wanted = Manifest(seed=1, events=1000)
    (tmp_path / "manifest.json").write_text(wanted.model_copy(update=other).model_dump_json())
    with pytest.raises(TrunklineError, match=f"made with {name} {other[name]}, not .*remove"):
        recorded(tmp_path, wanted)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.cost.topic.PART", 300)


@pytest.mark.usefixtures("small_parts")
def test_fewer_events_are_the_first_of_those_that_are_there_and_more_are_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "calls"
    longer = recorded(folder, Manifest(seed=1, events=1000))
    all_places = [place for part in longer.parts for place in longer.part(part)]
    assert [longer.ends(events) for events in (4, 1000)] == [Counter(p for p, *_ in all_places[:n]) for n in (4, 1000)]
    made = longer.file.stat().st_mtime_ns
    shorter = recorded(folder, Manifest(seed=1, events=400))
    assert sum(shorter.ends(400).values()) == 400
    assert shorter.file.stat().st_mtime_ns == made
    assert list(recorded(folder, Manifest(seed=1, events=1100)).parts) == [0, 1, 2, 3]
    assert [place for part in longer.parts for place in longer.part(part)][:1000] == all_places


@pytest.mark.usefixtures("small_parts")
def test_each_event_comes_to_its_place_once_however_many_are_sent_at_a_time(tmp_path: Path, broker: Project) -> None:
    recording = recorded(tmp_path / "calls", Manifest(seed=1, events=1000))
    bootstrap = f"127.0.0.1:{broker.settings.kafka_port}"
    for _ in range(2):  # the second topic takes the place of the first
        feeder = Feeder(bootstrap, recording)
        counts = [*feeder.send(400), *feeder.send(600, rate=6000)]
        assert counts[-1][1] == feeder.sent == 1000
    places = sorted(place for part in recording.parts for place in recording.part(part))
    found = read_topic(bootstrap, recording.topic)
    assert [(r.partition, r.offset, r.timestamp, r.key, r.value) for r in found] == places
