"""Payments of bills."""

from tests.oracle.events import BILLING, USER_REFERENCE, Stream
from tests.oracle.tables import NOT_IN_FUTURE, Rule, fields, holds
from tests.oracle.values import is_currency, is_not_blank, is_not_negative, is_phone_number

STATUSES = {"completed", "pending", "failed", "refunded"}
METHODS = {"card", "cash", "bank_transfer", "wallet", "voucher"}

RULES: tuple[Rule, ...] = (
    ("missing_id", holds(is_not_blank, "payment_id")),
    ("invalid_phone_number", holds(is_phone_number, "customer_phone", "phone_number")),
    ("unknown_status", lambda row: row["status"] in STATUSES),
    ("unknown_payment_method", lambda row: row["payment_method"] in METHODS),
    ("invalid_currency", holds(is_currency, "currency")),
    ("negative_amount", holds(is_not_negative, "payment_amount", "amount")),
    NOT_IN_FUTURE,
)

STREAM = Stream(
    name="payment",
    gold="fact_payment",
    entity="payment",
    id="payment_id",
    columns=BILLING
    | fields(
        "STRING", "payment_id", "event_type", "transaction_id", "invoice_number", "phone_number", customer_phone="customer.phone_number"
    )
    | fields("STRING", "payment_type", "payment_method", "status")
    | fields("DECIMAL(18, 4)", "payment_amount", "seasonal_multiplier"),
    rules=RULES,
    references=USER_REFERENCE,
    repaired=("amount", "payment_amount"),
)
expected = STREAM.expected
