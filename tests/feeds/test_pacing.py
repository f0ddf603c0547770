import os
import signal
from itertools import pairwise, repeat

import pytest

from feeds.pacing import bursts, interruptible, send
from feeds.records import Record

GOOD = Record("calls", b"key", b"{}")
BAD = Record("sms", b"key", b"", "malformed_record")


class Clock:
    """Time that passes only by sleeping, or while records are sent."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds


def run(rate: float, seconds: float, cost: float = 0.0, pause_at: float | None = None) -> list[tuple[float, int]]:
    """The bursts of a run: their moments after the start, and their sizes. `cost` is the time that one record takes."""
    clock = Clock()
    start, seen = clock.now, []
    for size in bursts(rate, lambda: clock.now - start >= seconds, clock, clock.sleep):
        seen.append((clock.now - start, size))
        clock.now += cost * size
        if pause_at is not None and clock.now - start >= pause_at:
            clock.now, pause_at = clock.now + 5, None
    return seen


@pytest.mark.parametrize("rate", [0.5, 7, 99.9, 1000, 20_000])
@pytest.mark.parametrize("load", [0.0, 0.4])
def test_the_rate_is_exact_and_does_not_drift(rate: float, load: float) -> None:
    assert sum(size for _, size in run(rate, 60, cost=load / rate)) == pytest.approx(60 * rate, abs=1 + 0.02 * rate)


@pytest.mark.parametrize("rate", [1000, 20_000])
def test_bursts_are_small(rate: float) -> None:
    seen = run(rate, 10, cost=0.4 / rate)
    assert max(size for _, size in seen) <= 0.02 * rate
    assert max(later - earlier for (earlier, _), (later, _) in pairwise(seen)) <= 0.02


def test_a_slow_feed_sends_one_by_one() -> None:
    assert [(pytest.approx(moment, abs=0.02), size) for moment, size in run(2, 2)] == [(0, 1), (0.5, 1), (1, 1), (1.5, 1)]


def test_a_pause_is_caught_up_without_a_flood() -> None:
    seen = run(1000, 30, pause_at=10)
    assert sum(size for _, size in seen) == pytest.approx(30_000, abs=21)
    assert max(size for _, size in seen) <= 20


def test_full_speed_never_sleeps() -> None:
    clock = Clock()
    sizes = bursts(0, lambda: False, clock, pytest.fail)
    assert all(next(sizes) > 0 for _ in range(10))


def test_sending_ends_with_the_steps_and_counts_their_records() -> None:
    steps, received = [[GOOD], [BAD, GOOD], [], [GOOD, GOOD], [BAD]], []
    counted = [sent.steps for sent in send(iter(steps), received.append, repeat(2))]
    *_, last = send(iter(steps), lambda record: None, repeat(3))
    assert counted == [2, 4, 5]
    assert received == [GOOD, BAD, GOOD, GOOD, GOOD, BAD]
    assert (last.steps, last.records, last.bad) == (5, {"calls": 4, "sms": 2}, {"malformed_record": 2})
    assert last.bad_share == 2 / 6


def test_sending_ends_with_the_bursts() -> None:
    received: list[Record] = []
    *_, last = send(repeat([GOOD]), received.append, iter([3, 4]))
    assert last.steps == len(received) == 7


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_to_stop_and_a_second_one_is_the_usual_one(number: signal.Signals) -> None:
    usual, caught = signal.getsignal(number), []
    signal.signal(number, lambda *_: caught.append(number))
    try:
        with interruptible() as stopped:
            assert not stopped()
            os.kill(os.getpid(), number)
            assert stopped()
            assert not caught
            os.kill(os.getpid(), number)
            assert caught == [number]
        os.kill(os.getpid(), number)
        assert caught == [number, number]
    finally:
        signal.signal(number, usual)
