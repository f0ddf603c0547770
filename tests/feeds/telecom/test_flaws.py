import json
from collections import Counter
from itertools import pairwise
from random import Random

import pytest

from feeds.records import OVERSIZED_BYTES, Flaw, Stream
from feeds.telecom.simulation import MEMBERS, MIX
from tests.feeds.telecom.judging import CODES, rejection
from tests.feeds.telecom.runs import NOON, good, run, take

EVENTS = [stream for stream, *_ in MIX]
STREAMS = [*EVENTS, *MEMBERS]
FLAWS = [pytest.param(stream, flaw, id=f"{stream.topic}-{flaw.spoil.__name__}") for stream in STREAMS for flaw in stream.flaws]
SENT_AT = f"{NOON:%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.topic)
def test_every_good_record_is_accepted(stream: Stream) -> None:
    records = [record for record in run() if record.topic == stream.topic and record.value is not None]
    assert records
    assert [record for record in records if rejection(stream.topic, record.value, SENT_AT)] == []


@pytest.mark.parametrize(("stream", "flaw"), FLAWS)
def test_a_flaw_is_rejected_by_its_rule(stream: Stream, flaw: Flaw) -> None:
    random = Random(1)  # noqa: S311
    for event in good(stream.topic)[:200] if flaw.weight == 1 else good(stream.topic)[:3]:
        value = flaw.spoil(json.loads(json.dumps(event)), random)
        assert rejection(stream.topic, value, SENT_AT) == flaw.reason, value


def test_every_record_is_judged_as_it_says() -> None:
    topics = {stream.topic for stream in EVENTS}
    records = [record for record in take(8000, seed=3, bad=0.6, late=0.1) if record.topic in topics]
    assert [record for record in records if rejection(record.topic, record.value, SENT_AT) != record.reason] == []


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.topic)
def test_the_flaws_of_a_stream_cover_its_rules(stream: Stream) -> None:
    assert {flaw.reason for flaw in stream.flaws} == {"malformed_record", "wrong_type", *CODES[stream.topic].split()}


@pytest.mark.parametrize("stream", EVENTS, ids=lambda stream: stream.topic)
def test_bad_events_are_of_every_kind(stream: Stream) -> None:
    records = take(4000, bad=1, only=[stream.topic])
    seen = Counter(record.reason for record in records)
    kinds = Counter(flaw.reason for flaw in stream.flaws if flaw.weight == 1)
    assert set(seen) == set(kinds)
    share = len(records) / kinds.total()
    assert all(0.7 * share * number < seen[reason] < 1.3 * share * number for reason, number in kinds.items())


def test_an_oversized_record_is_rare() -> None:
    sizes = sorted(len(record.value or b"") for record in take(10_000, bad=1, only=["sms"]))
    assert sizes[-1] > OVERSIZED_BYTES
    assert 1 <= sum(size > 100_000 for size in sizes) < 12


def test_a_wrong_member_is_followed_by_the_right_one() -> None:
    topics = {stream.topic for stream in MEMBERS}
    told = [record for record in take(5000, bad=0.1) if record.topic in topics]
    right = [record for record in told if not record.reason]
    without = [record for record in take(5000) if record.topic in topics]
    assert hash(tuple(right)) == hash(tuple(without))
    wrong = [(record, after) for record, after in pairwise(told) if record.reason]
    assert 0.08 < len(wrong) / len(told) < 0.1
    assert all((record.topic, record.key, None) == (after.topic, after.key, after.reason) for record, after in wrong)
    assert {(record.topic, record.reason) for record, _ in wrong} > {("users", code) for code in CODES["users"].split()}
