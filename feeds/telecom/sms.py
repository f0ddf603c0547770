"""The stream of text messages: who writes to whom, how the network carries it, what it costs."""

import math
from collections.abc import Iterator
from random import Random

from feeds.records import Event, Flaw, Stream, at
from feeds.telecom.flaws import (
    BILLING,
    EVENT,
    PARTIES,
    bad_word,
    below_zero,
    blank,
    not_integer,
    number_for_text,
    or_absent,
    text_for_object,
)
from feeds.telecom.network import CellSite
from feeds.telecom.world import LOCAL_TIME, World, charge, imperfect, new_id

LONG_SHARE = 0.2  # of messages that are as long as two
MEDIAN_LATENCY_MS, OLD_PHONE_FACTOR = 180, 2.2
STRONGEST_DBM, USABLE_DBM, WEAKEST_DBM = -50, -105, -125


def _signal(site: CellSite, random: Random) -> int:
    """The signal's strength in dBm: where calls drop it is weak."""
    return round(min(STRONGEST_DBM, max(WEAKEST_DBM, random.gauss(-82 - 120 * site.drops, 9))))


def _status(chance: float, signal: int) -> str:
    """What becomes of a message, for a chance from 0 to 1: a weak signal loses many."""
    lost = 0.01 if signal > USABLE_DBM else 0.12
    return "delivered" if chance > lost + 0.05 else "sent" if chance > lost + 0.015 else "expired" if chance > lost else "failed"


def sms(world: World, random: Random) -> Iterator[Event]:
    """Endless messages, each at the moment when it is asked for, among the same friends as calls.

    One costs as much as a minute; without credit it fails.
    """
    while True:
        moment = world.clock()
        hour = moment.astimezone(LOCAL_TIME).hour
        writer, reader = world.pair(random)
        site, phone, sender = world.party(writer, hour, random)
        _, _, receiver = world.party(reader, hour, random)

        signal = _signal(site, random)
        latency = random.lognormvariate(math.log(MEDIAN_LATENCY_MS), 0.5) * (1 if phone.device.volte else OLD_PHONE_FACTOR)
        segments = 2 if random.random() < LONG_SHARE else 1
        price = round(segments * site.city.minute, 2)
        status = _status(random.random(), signal)
        if writer.plan.prepaid and writer.balance < price:
            status = "failed"
        network = {"jitter_ms": int(random.expovariate(1 / 12)), "latency_ms": int(latency), "signal_strength_dbm": signal}
        billing = {"amount": 0.0 if status == "failed" else price, "currency": site.city.currency}
        message = {
            "sms_id": new_id(random),
            "event_type": "sms",
            "from": sender,
            "to": receiver,
            "timestamp": world.written(moment, random),
            "status": status,
            "network": network,
            "billing": billing,
        }
        imperfect(message, ((network, "latency_ms"), (network, "jitter_ms"), (billing, "amount")), (billing, "amount"), random)
        charge(writer, billing.get("amount"))
        yield message


def impossible_signal(signal: int, random: Random) -> object:
    """A signal that no receiver measures, or one that lost its minus."""
    return random.choice((-141, -29, 0, abs(int(signal)), "-200"))


SMS = Stream(
    "sms",
    lambda message: message["from"]["phone_number"],
    (
        *EVENT,
        *PARTIES,
        *BILLING,
        Flaw("wrong_type", at("sms_id", "status", change=number_for_text)),
        Flaw("wrong_type", at("network", change=text_for_object)),
        Flaw("wrong_type", at("network.jitter_ms", "network.latency_ms", "network.signal_strength_dbm", change=not_integer)),
        Flaw("missing_id", at("sms_id", change=blank)),
        Flaw("unknown_status", at("status", change=or_absent(bad_word))),
        Flaw("negative_latency", at("network.latency_ms", change=below_zero)),
        Flaw("negative_jitter", at("network.jitter_ms", change=below_zero)),
        Flaw("signal_out_of_range", at("network.signal_strength_dbm", change=impossible_signal)),
    ),
)
"""Keyed by the writer's number."""
