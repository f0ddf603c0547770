"""Ages from when events were sent and when they were seen."""

from bench.cost.freshness import ages


def test_the_age_of_each_event_sent_after_the_first_entry() -> None:
    sent = [(10.0, 5), (11.0, 7), (12.0, 8)]  # events 6 and 7 at 11, 8 at 12
    seen = [(10.5, 5), (11.5, 6), (13.0, 8)]
    assert ages(sent, seen).tolist() == [0.5, 2.0, 1.0]


def test_what_is_never_seen_has_no_age() -> None:
    assert ages([(1.0, 0), (2.0, 10)], [(1.0, 0), (3.0, 4)]).tolist() == [1.0] * 4
