"""The stream of recharges: who pays before, and what that makes of the balance that calls and messages left."""

from collections.abc import Iterator
from operator import itemgetter
from random import Random

from feeds.records import ABSENT, Event, Flaw, Stream, at, edit, put
from feeds.telecom.flaws import (
    EVENT,
    bad_currency,
    bad_phone_number,
    bad_word,
    below_zero_amount,
    blank,
    not_decimal,
    not_finite,
    number_for_text,
    or_absent,
    text_for_object,
)
from feeds.telecom.network import Subscriber
from feeds.telecom.world import World, imperfect, new_id

VOUCHERS, HOW_OFTEN = (5, 10, 15, 25, 50, 100), (30, 34, 16, 12, 6, 2)
SMALLEST, PLENTY = 2.0, 40  # who has plenty buys the smallest
METHODS, HOW_MANY = ("voucher", "cash", "wallet", "card", "bank_transfer"), (46, 22, 18, 11, 3)
NO_BALANCE_SHARE = 0.004


def recharges(world: World, random: Random) -> Iterator[Event]:
    """Endless recharges, each at the moment when it is asked for, mostly of those who spend much and have little left."""

    def payer() -> Subscriber:
        while not (subscriber := world.somebody_busy(random)).plan.prepaid:
            pass
        return subscriber

    while True:
        moment = world.clock()
        customer = min((payer() for _ in range(3)), key=lambda payer: payer.balance)
        voucher, before = random.choices(VOUCHERS, HOW_OFTEN)[0], customer.balance
        recharge = {
            "transaction_id": new_id(random),
            "event_type": "recharge",
            "customer": {"name": customer.person.name},
            "phone_number": customer.number,
            "balance_before": before,
            "balance_after": None,
            "amount": float(voucher) if before < PLENTY else SMALLEST,
            "currency": customer.home.city.currency,
            "payment_method": random.choices(METHODS, HOW_MANY)[0],
            "timestamp": world.written(moment, random),
        }
        imperfect(recharge, ((recharge, "amount"), (recharge, "balance_before")), (recharge, "amount"), random)
        customer.balance = recharge["balance_after"] = round(before + float(recharge.get("amount") or 0), 2)
        if random.random() < NO_BALANCE_SHARE:
            put(recharge, random.choice(("balance_before", "balance_after")), random.choice((ABSENT, None)))
        yield recharge


@edit
def does_not_add_up(recharge: Event, random: Random) -> None:
    """A balance that the amount does not explain."""
    before = float(recharge.get("balance_before") or 0)
    off = random.choice((-0.01, 0.01, 0.0001, -before - 1, 100))
    recharge["balance_before"] = before
    recharge["balance_after"] = round(before + float(recharge.get("amount") or 0) + off, 4)


RECHARGE = Stream(
    "recharge",
    itemgetter("phone_number"),
    (
        *EVENT,
        Flaw("malformed_record", at("amount", "balance_before", "balance_after", change=not_finite)),
        Flaw("wrong_type", at("transaction_id", "phone_number", "payment_method", change=number_for_text)),
        Flaw("wrong_type", at("customer", change=text_for_object)),
        Flaw("wrong_type", at("amount", "balance_before", "balance_after", change=not_decimal)),
        Flaw("missing_id", at("transaction_id", change=blank)),
        Flaw("invalid_phone_number", at("phone_number", change=or_absent(bad_phone_number))),
        Flaw("unknown_payment_method", at("payment_method", change=or_absent(bad_word))),
        Flaw("invalid_currency", at("currency", change=or_absent(bad_currency))),
        Flaw("negative_amount", at("amount", change=below_zero_amount)),
        Flaw("balance_mismatch", does_not_add_up),
    ),
)
"""Keyed by the customer's number."""
