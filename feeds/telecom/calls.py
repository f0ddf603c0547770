"""The stream of phone calls: who calls whom, how it ends, what it costs."""

import math
from collections.abc import Iterator
from random import Random

from feeds.records import Event, Flaw, Stream, at
from feeds.telecom.flaws import BILLING, EVENT, PARTIES, bad_word, below_zero, blank, not_integer, number_for_text, or_absent
from feeds.telecom.world import LOCAL_TIME, World, charge, imperfect, new_id

BUSY_SHARE, FAILED_SHARE = 0.05, 0.012
TYPES, HOW_OFTEN = ("volte", "voice", "vowifi", "video"), (62, 86, 95, 100)  # the latter added up
MEDIAN_SECONDS, SPREAD = 75, 1.1  # of a log-normal talk


def _status(chance: float, drops: float, no_answer: float) -> str:
    """How a call ends, for a chance from 0 to 1."""
    for status, share in (("dropped", drops), ("no_answer", no_answer), ("busy", BUSY_SHARE), ("failed", FAILED_SHARE)):
        chance -= share
        if chance < 0:
            return status
    return "completed"


def calls(world: World, random: Random) -> Iterator[Event]:
    """Endless calls, each at the moment when it is asked for.

    The hour of the day decides where people are, how long they talk and how many do not answer. A call ends with the caller's credit.
    """
    hours = world.network.hours
    while True:
        moment = world.clock()
        hour = moment.astimezone(LOCAL_TIME).hour
        caller, callee = world.pair(random)
        site, phone, sender = world.party(caller, hour, random)
        _, _, receiver = world.party(callee, hour, random)

        status = _status(random.random(), site.drops, hours.no_answer[hour])
        talk = random.lognormvariate(math.log(MEDIAN_SECONDS), SPREAD) * hours.length[hour]
        interrupted = random.random()
        seconds = {"completed": 1 + int(talk), "dropped": 1 + int(talk * interrupted)}.get(status, 0)
        if caller.plan.prepaid and seconds:
            seconds = min(seconds, 60 * int(caller.balance / site.city.minute))
            status = status if seconds else "failed"
        kind = random.choices(TYPES, cum_weights=HOW_OFTEN)[0]
        billing = {"amount": round(math.ceil(seconds / 60) * site.city.minute, 2), "currency": site.city.currency}
        call = {
            "call_id": new_id(random),
            "event_type": "call",
            "from": sender,
            "to": receiver,
            "timestamp": world.written(moment, random),
            "status": status,
            "call_duration_seconds": seconds,
            "call_type": kind if phone.device.volte else "voice",
            "billing": billing,
        }
        imperfect(call, ((call, "call_duration_seconds"), (billing, "amount")), (billing, "amount"), random)
        charge(caller, billing.get("amount"))
        if status == "dropped":
            world.cut_off += caller, callee
        yield call


CALLS = Stream(
    "calls",
    lambda call: call["from"]["phone_number"],
    (
        *EVENT,
        *PARTIES,
        *BILLING,
        Flaw("wrong_type", at("call_id", "status", change=number_for_text)),
        Flaw("wrong_type", at("call_duration_seconds", change=not_integer)),
        Flaw("missing_id", at("call_id", change=blank)),
        Flaw("unknown_status", at("status", change=or_absent(bad_word))),
        Flaw("unknown_call_type", at("call_type", change=or_absent(bad_word))),
        Flaw("negative_duration", at("call_duration_seconds", change=below_zero)),
    ),
)
"""Keyed by the caller's number."""
