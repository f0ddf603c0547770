"""How a feed keeps its rate: small bursts on a schedule that counts from the start, so that it does not drift."""

import math
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from types import FrameType

from feeds.records import Record

TICK = 0.01  # seconds from one burst to the next, at the least
PATIENCE = 0.1  # seconds until a wish to stop is noticed, at the most
FULL_SPEED_BURST = 500
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass
class Sent:
    """What a feed has sent so far: steps, their records by topic, and the bad ones among them by the code of the rule that rejects them."""

    steps: int = 0
    records: Counter[str] = field(default_factory=Counter)
    bad: Counter[str] = field(default_factory=Counter)

    @property
    def bad_share(self) -> float:
        """The share of bad records, 0 to 1."""
        return self.bad.total() / max(1, self.records.total())


def bursts(
    rate: float,
    stopped: Callable[[], bool],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[int]:
    """How many steps to take now, again and again until `stopped`: step n is due n / rate seconds after the start.

    What is late after a pause is caught up at no more than twice the rate, in bursts of 20 ms' worth. A rate of 0 is full speed.
    """
    if rate == 0:
        while not stopped():
            yield FULL_SPEED_BURST
        return
    start, sent, most = clock(), 0, max(1, math.ceil(rate * 2 * TICK))
    while not stopped():
        now = clock()
        due = min(math.floor((now - start) * rate) + 1 - sent, most)
        if due > 0:
            yield due
            sent += due
        wake = max(now + TICK, start + sent / rate)
        sleep(max(0.0, min(wake - clock(), PATIENCE)))


def send(steps: Iterator[Iterable[Record]], to: Callable[[Record], None], sizes: Iterator[int]) -> Iterator[Sent]:
    """Send the records of so many steps to `to`, for each size, until either ends; yields the same running count after each burst."""
    sent = Sent()
    for size in sizes:
        before = sent.steps
        for step in islice(steps, size):
            sent.steps += 1
            for record in step:
                to(record)
                sent.records[record.topic] += 1
                if record.reason:
                    sent.bad[record.reason] += 1
        yield sent
        if sent.steps - before < size:
            return


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Inside, Ctrl-C or a TERM only asks to stop, and the function says whether it was asked; a second one ends the process as usual."""
    asked = False
    usual = {number: signal.getsignal(number) for number in SIGNALS}

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        signal.signal(number, usual[signal.Signals(number)])

    for number in usual:
        signal.signal(number, ask)
    try:
        yield lambda: asked
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)


@contextmanager
def until_interrupted() -> Iterator[None]:
    """Ctrl-C or a TERM ends what is inside at once, wherever it is; what follows goes on."""
    usual = {number: signal.signal(number, signal.default_int_handler) for number in SIGNALS}
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)
