"""The stream of payments: who pays after, and the bill that the month's price, calls and messages make."""

from collections.abc import Iterator
from operator import itemgetter
from random import Random

from feeds.records import Event, Flaw, Stream, at
from feeds.telecom.flaws import (
    BILLING,
    CUSTOMER,
    EVENT,
    bad_word,
    below_zero_amount,
    blank,
    not_decimal,
    not_finite,
    number_for_text,
    or_absent,
)
from feeds.telecom.world import World, imperfect, new_id

TYPES = {"full": 1.0, "partial": 0.5, "autopay": 1.0}  # how much of the bill each pays
HOW_OFTEN = (62, 10, 28)
METHODS, HOW_MANY = ("card", "bank_transfer", "wallet", "cash", "voucher"), (44, 21, 20, 13, 2)
STATUSES, HOW_LIKELY = ("completed", "pending", "failed", "refunded"), (91, 4, 4, 1)
NO_PAYMENT_AMOUNT_SHARE = 0.004
# In the months of the feast, of summer and of the year's end, who pays gets something off.
SEASON = {3: 0.9, 4: 0.95, 7: 0.95, 8: 0.95, 12: 0.9}


def payments(world: World, random: Random) -> Iterator[Event]:
    """Endless payments, each at the moment when it is asked for. Only a completed one settles the bill, or half of it."""
    while True:
        moment = world.clock()
        while (customer := world.anybody(random)).plan.prepaid:
            pass
        city = customer.home.city
        due = round(customer.plan.minutes * city.minute + customer.owed, 2)
        kind, multiplier = random.choices([*TYPES], HOW_OFTEN)[0], SEASON.get(moment.month, 1.0)
        billing = {"amount": due, "currency": city.currency}
        payment = {
            "payment_id": new_id(random),
            "event_type": "payment",
            "customer": {"phone_number": customer.number},
            "phone_number": customer.number,
            "payment_type": kind,
            "payment_amount": round(due * TYPES[kind] * multiplier, 2),
            "payment_method": random.choices(METHODS, HOW_MANY)[0],
            "status": random.choices(STATUSES, HOW_LIKELY)[0],
            "transaction_id": new_id(random),
            "billing": billing,
            "invoice_number": f"INV-{moment:%Y%m}-{customer.number[-8:]}",
            "seasonal_multiplier": multiplier,
            "timestamp": world.written(moment, random),
        }
        if payment["status"] == "completed":
            customer.owed = round(due * (1 - TYPES[kind]), 2)
        if random.random() < NO_PAYMENT_AMOUNT_SHARE:
            payment["payment_amount"] = None
        imperfect(payment, ((payment, "payment_amount"), (billing, "amount")), (billing, "amount"), random)
        yield payment


PAYMENT = Stream(
    "payment",
    itemgetter("phone_number"),
    (
        *EVENT,
        *CUSTOMER,
        *BILLING,
        Flaw("malformed_record", at("payment_amount", "seasonal_multiplier", change=not_finite)),
        Flaw("wrong_type", at("payment_id", "transaction_id", "invoice_number", change=number_for_text)),
        Flaw("wrong_type", at("payment_amount", "seasonal_multiplier", change=not_decimal)),
        Flaw("missing_id", at("payment_id", change=blank)),
        Flaw("unknown_status", at("status", change=or_absent(bad_word))),
        Flaw("unknown_payment_method", at("payment_method", change=or_absent(bad_word))),
        Flaw("negative_amount", at("payment_amount", change=below_zero_amount)),
    ),
)
"""Keyed by the customer's number."""
