"""How old an event is when all tables hold it, at shares of the rate at which a variant drains a topic.

The warm-up comes as fast as it is taken, then events at each rate in turn. Event n is taken to be
in the tables when these were first seen to hold n events; its age then counts from the moment at which it was handed to the producer.
"""

import time
from collections.abc import Callable

import numpy as np
import psutil
from pydantic import BaseModel

from bench.cost.measure import ENOUGH, PATIENCE_SECONDS, Usage, look
from bench.cost.topic import Counts, Feeder
from bench.cost.variant import Variant
from bench.runs import side_by_side
from flink_jobs.errors import TrunklineError

POLL_SECONDS = 0.1


class Fresh(BaseModel, frozen=True):
    """Ages in seconds at a rate that was asked for, in percent of the drain rate; and what an event costs then."""

    variant: str
    percent: float
    events_per_second: float
    p50: float
    p99: float
    cpu_seconds_per_million: float


def watch(variant: Variant, enough: Callable[[int], bool]) -> Counts:
    """When how many events were seen in all tables, at each change, until it is enough."""
    seen: Counts = [(time.time(), variant.committed())]
    while not enough(seen[-1][1]):
        time.sleep(POLL_SECONDS)
        now, committed = time.time(), variant.committed()
        if committed > seen[-1][1]:
            seen.append((now, committed))
        elif now - seen[-1][0] > PATIENCE_SECONDS:
            raise TrunklineError(f"{variant.name} has {committed:,} events, and no more for {PATIENCE_SECONDS} s")
    return seen


def ages(sent: Counts, seen: Counts) -> np.ndarray:
    """The age (s) of each event after those of the first entry of `sent`, when it was first seen in all tables."""
    sent_at, sent_count = map(np.array, zip(*sent, strict=True))
    seen_at, seen_count = map(np.array, zip(*seen, strict=True))
    numbers = np.arange(sent_count[0] + 1, min(sent_count[-1], seen_count[-1]) + 1)
    return seen_at[np.searchsorted(seen_count, numbers)] - sent_at[np.searchsorted(sent_count, numbers)]


def measure(variant: Variant, feeder: Feeder, broker: psutil.Process, percent: float, events: int, seconds: float) -> Fresh:
    """Ages of so many events, sent in so many seconds. The variant has all that were sent before."""
    begin, before = look(variant, broker, feeder.sent, memory=False), (time.time(), feeder.sent)
    with side_by_side(1) as (thread, over):
        sending = thread.submit(feeder.send, events, events / seconds, over)
        seen = watch(variant, lambda committed: sending.done() and committed >= ENOUGH * feeder.sent)
    end = look(variant, broker, feeder.sent, memory=False)
    used = sum(end.usage[group].cpu_seconds - begin.usage.get(group, Usage()).cpu_seconds for group in end.usage)
    p50, p99 = np.percentile(ages([before, *sending.result()], seen), [50, 99])
    return Fresh(
        variant=variant.name,
        percent=percent,
        events_per_second=events / seconds,
        p50=p50,
        p99=p99,
        cpu_seconds_per_million=used / (end.committed - begin.committed) * 1e6,
    )
