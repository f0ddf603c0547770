"""The stream of support tickets: who asks whom about what, through which channel, and how that goes."""

from collections.abc import Iterator
from operator import itemgetter
from random import Random
from typing import NamedTuple

from feeds.records import Event, Flaw, Stream, at
from feeds.telecom.flaws import CUSTOMER, EVENT, bad_word, below_zero, blank, not_flag, not_integer, number_for_text, or_absent
from feeds.telecom.world import World, imperfect, new_id

AFTER_A_DROP_SHARE = 0.35  # of tickets that somebody opens whose call has just been cut off
UNRATED_SHARE = 0.45
FLAGS = ("first_call_resolution", "escalated", "call_back_requested")


class Reason(NamedTuple):
    """What a ticket is about: the department that answers, the median minutes it takes, and how often it comes through each channel."""

    name: str
    department: str
    minutes: float
    channels: dict[str, int]


DROPPED_CALLS = Reason("dropped_calls", "network", 12, {"phone": 50, "chat": 25, "app": 15, "social": 10})
REASONS = (
    DROPPED_CALLS,
    Reason("no_coverage", "network", 18, {"phone": 45, "social": 25, "chat": 20, "email": 10}),
    Reason("slow_internet", "network", 15, {"chat": 40, "app": 30, "phone": 20, "social": 10}),
    Reason("wrong_bill", "billing", 14, {"phone": 40, "email": 30, "chat": 20, "store": 10}),
    Reason("failed_recharge", "billing", 8, {"phone": 35, "app": 35, "chat": 30}),
    Reason("refund", "billing", 25, {"email": 60, "phone": 40}),
    Reason("change_of_plan", "sales", 10, {"store": 35, "app": 35, "phone": 30}),
    Reason("roaming", "sales", 9, {"chat": 40, "phone": 40, "app": 20}),
    Reason("lost_sim", "devices", 11, {"store": 70, "phone": 30}),
    Reason("broken_phone", "devices", 40, {"store": 100}),
    Reason("cancellation", "retention", 20, {"phone": 50, "store": 35, "email": 15}),
    Reason("complaint", "retention", 22, {"social": 45, "email": 40, "phone": 15}),
)
HOW_OFTEN = (4, 9, 13, 17, 15, 5, 12, 6, 6, 4, 4, 5)
MEDIAN_WAIT_SECONDS = {"phone": 150, "chat": 45, "store": 600, "app": 5, "email": 14_400, "social": 3_600}
NOBODY_SHARE = {"app": 0.6, "chat": 0.15}  # of tickets that a program answers


def support_tickets(world: World, random: Random) -> Iterator[Event]:
    """Endless tickets, each at the moment when it is asked for."""
    while True:
        moment = world.clock()
        after_a_drop = random.random() < AFTER_A_DROP_SHARE and world.cut_off
        customer = random.choice(world.cut_off) if after_a_drop else world.anybody(random)
        if customer.gone:
            customer = world.anybody(random)
        reason = DROPPED_CALLS if after_a_drop else random.choices(REASONS, HOW_OFTEN)[0]
        channel = random.choices([*reason.channels], [*reason.channels.values()])[0]
        agent = random.choice(world.agents[reason.department])
        answered = random.random() >= NOBODY_SHARE.get(channel, 0)
        patience = random.lognormvariate(0, 0.7)
        wait = MEDIAN_WAIT_SECONDS[channel] * patience
        work = random.lognormvariate(0, 0.6)
        first, rating = random.random() < 0.85 / work, round(4.6 - patience * 0.5 - work * 0.5 + random.gauss(0, 0.7))
        ticket = {
            "support_id": new_id(random),
            "event_type": "support",
            "customer": {"phone_number": customer.number},
            "phone_number": customer.number,
            "channel": channel,
            "reason": reason.name,
            "wait_time_seconds": int(wait),
            "resolution_time_seconds": int(60 * reason.minutes * work),
            "agent_id": agent.agent_id if answered else None,
            "satisfaction_score": min(5, max(1, rating)) if random.random() >= UNRATED_SHARE else None,
            "first_call_resolution": first,
            "escalated": not first and random.random() < 0.4,
            "call_back_requested": channel == "phone" and random.random() < 0.15,
            "timestamp": world.written(moment, random),
        }
        imperfect(
            ticket, ((ticket, "wait_time_seconds"), (ticket, "resolution_time_seconds"), (ticket, "satisfaction_score")), None, random
        )
        yield ticket


def off_the_scale(score: int, random: Random) -> object:
    """A satisfaction that is not 1 to 5."""
    return random.choice((0, 6, -1, 100, "10"))


SUPPORT = Stream(
    "support",
    itemgetter("phone_number"),
    (
        *EVENT,
        *CUSTOMER,
        Flaw("wrong_type", at("support_id", "channel", "reason", change=number_for_text)),
        Flaw("wrong_type", at("wait_time_seconds", "resolution_time_seconds", "satisfaction_score", change=not_integer)),
        Flaw("wrong_type", at(*FLAGS, change=not_flag)),
        Flaw("missing_id", at("support_id", change=blank)),
        Flaw("unknown_channel", at("channel", change=or_absent(bad_word))),
        Flaw("negative_duration", at("resolution_time_seconds", change=below_zero)),
        Flaw("negative_wait", at("wait_time_seconds", change=below_zero)),
        Flaw("satisfaction_out_of_range", at("satisfaction_score", change=off_the_scale)),
    ),
)
"""Keyed by the customer's number."""
