"""How old an event is when all tables hold it, at shares of the rate at which a variant drains a topic.

A variant begins with an empty topic. The warm-up comes as fast as it is taken, then events at each rate in turn. Event n is taken to be
in the tables when these were first seen to hold n events; its age then counts from the moment at which it was handed to the producer.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import psutil
from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition
from pydantic import BaseModel

from bench.cost.measure import PATIENCE_SECONDS, look
from bench.cost.topic import PARTITIONS
from bench.cost.variant import Variant
from feeds.kafka import Sender
from feeds.pacing import bursts
from feeds.records import Record
from flink_jobs.errors import TrunklineError

POLL_SECONDS = 0.1
BATCH = 1000
ENOUGH = 0.999  # how many rows of a layer stand for an event is known on the average only
SILENCE_SECONDS = 30

Counts = list[tuple[float, int]]  # (Unix seconds, events until then)


class Fresh(BaseModel, frozen=True):
    """Ages in seconds at a rate that was asked for, in percent of the drain rate; and what an event costs then."""

    variant: str
    percent: float
    events_per_second: float
    p50: float
    p99: float
    cpu_seconds_per_million: float


class Feeder:
    """Sends the events of one topic to another, from the first on, each once."""

    def __init__(self, bootstrap: str, source: str, target: str) -> None:
        self.target, self.sent = target, 0
        self.consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "trunkline-bench", "enable.auto.commit": False})
        self.consumer.assign([TopicPartition(source, partition, OFFSET_BEGINNING) for partition in range(PARTITIONS)])
        self.sender = Sender({"bootstrap.servers": bootstrap}, [target])
        self.messages = self._read()

    def _read(self) -> Iterator[Message]:
        read: deque[Message] = deque()
        while True:
            read.extend(self.consumer.consume(BATCH, SILENCE_SECONDS))
            if not read:
                raise TrunklineError("the topic has no more events", "take more --events")
            while read:
                yield read.popleft()

    def send(self, events: int, rate: float) -> Counts:
        """Sends the next events at a rate a second, 0 for as fast as possible; tells when how many were sent."""
        counts: Counts = []
        end = self.sent + events
        for burst in bursts(rate, lambda: self.sent >= end):
            for _ in range(min(burst, end - self.sent)):
                message = next(self.messages)
                self.sender.send(Record(self.target, message.key(), message.value()))
                self.sent += 1
            counts.append((time.time(), self.sent))
        self.sender.flush()
        return counts

    def close(self) -> None:
        """Lets Kafka go."""
        self.consumer.close()


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


def measure(variant: Variant, feeder: Feeder, broker: psutil.Process, percent: float, rate: float, seconds: float) -> Fresh:
    """Ages at one rate. The variant has all events that were sent before."""
    begin, before = look(variant, broker, feeder.sent, memory=False), (time.time(), feeder.sent)
    with ThreadPoolExecutor(1) as thread:
        sending = thread.submit(feeder.send, round(rate * seconds), rate)
        seen = watch(variant, lambda committed: sending.done() and committed >= ENOUGH * feeder.sent)
    end = look(variant, broker, feeder.sent, memory=False)
    used = sum(end.usage[group].cpu_seconds - begin.usage[group].cpu_seconds for group in end.usage)
    p50, p99 = np.percentile(ages([before, *sending.result()], seen), [50, 99])
    return Fresh(
        variant=variant.name,
        percent=percent,
        events_per_second=rate,
        p50=p50,
        p99=p99,
        cpu_seconds_per_million=used / (end.committed - begin.committed) * 1e6,
    )
