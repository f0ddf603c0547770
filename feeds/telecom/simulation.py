"""A mobile network, event by event: five streams of events that fit together, and the members that they are about.

A seed and a clock decide all of it, whatever the rate. Since the rate is the user's, the rhythm of day and night shows in the mix: by the
hour of the day, where people are, how long they talk and how many do not answer.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, datetime
from itertools import accumulate
from random import Random

from feeds.records import Record, Writer
from feeds.telecom.calls import CALLS, calls
from feeds.telecom.payment import PAYMENT, payments
from feeds.telecom.recharge import RECHARGE, recharges
from feeds.telecom.registry import AGENTS, CELL_SITES, DEVICES, USERS, Change, changes, known
from feeds.telecom.sms import SMS, sms
from feeds.telecom.support import SUPPORT, support_tickets
from feeds.telecom.world import World

MIX = ((CALLS, calls, 45), (SMS, sms, 30), (PAYMENT, payments, 5), (RECHARGE, recharges, 12), (SUPPORT, support_tickets, 8))
"""The streams of events, what makes the events, and how many of a hundred they are."""

MEMBERS = (USERS, DEVICES, CELL_SITES, AGENTS)
EVENT_TOPICS = {stream.topic for stream, *_ in MIX}
TOPICS = (*(stream.topic for stream, *_ in MIX), *(stream.topic for stream in MEMBERS))
CHANGE_SHARE = 1 / 150


def _now() -> datetime:
    return datetime.now(UTC)


def simulate(
    seed: int,
    bad: float = 0.0,
    duplicates: float = 0.0,
    late: float = 0.0,
    only: Collection[str] = TOPICS,
    clock: Callable[[], datetime] = _now,
) -> Iterator[list[Record]]:
    """Endless steps: each one event's record, behind those of the members that changed before it; all known members in the first.

    Shares are from 0 to 1. `only` some topics get the records that they get among all; if those are of members alone, every event is a
    step, though it is not sent.
    """
    world = World(seed, clock, late)
    writers = {stream.topic: Writer(stream, seed, bad) for stream in MEMBERS}
    events = [(Writer(stream, seed, bad, duplicates), make(world, Random(f"{stream.topic} {seed}"))) for stream, make, _ in MIX]  # noqa: S311
    shares = list(accumulate(share for *_, share in MIX))
    mix, chance = Random(f"mix {seed}"), Random(f"chance {seed}")  # noqa: S311
    change = changes(world, Random(f"changes {seed}"))  # noqa: S311
    counted = EVENT_TOPICS & set(only) or EVENT_TOPICS

    def told(change: Change) -> Iterable[Record]:
        writer = writers[change.stream.topic]
        if writer.topic not in only:
            return ()
        return [writer.deletion(change.member)] if change.left else writer.members(change.member)

    step = [record for member in known(world.network) for record in told(member)]
    while True:
        if chance.random() < CHANGE_SHARE:
            step += told(next(change))
        writer, stream = mix.choices(events, cum_weights=shares)[0]
        event = next(stream)
        if writer.topic in counted:
            for record in writer.events(event):
                yield [*step, record] if record.topic in only else step
                step = []
