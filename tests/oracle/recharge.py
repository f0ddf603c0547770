"""Recharges of prepaid balances."""

from tests.oracle.events import USER_REFERENCE, Stream
from tests.oracle.tables import NOT_IN_FUTURE, Row, Rule, fields, holds
from tests.oracle.values import is_currency, is_not_blank, is_not_negative, is_phone_number

METHODS = {"card", "cash", "bank_transfer", "wallet", "voucher"}


def _balances_agree(row: Row) -> bool:
    before, after = row["balance_before"], row["balance_after"]
    return before is None or after is None or after - before == row["amount"]


RULES: tuple[Rule, ...] = (
    ("missing_id", holds(is_not_blank, "transaction_id")),
    ("invalid_phone_number", holds(is_phone_number, "phone_number")),
    ("unknown_payment_method", lambda row: row["payment_method"] in METHODS),
    ("invalid_currency", holds(is_currency, "currency")),
    ("negative_amount", holds(is_not_negative, "amount")),
    ("balance_mismatch", _balances_agree),
    NOT_IN_FUTURE,
)

STREAM = Stream(
    name="recharge",
    gold="fact_recharge",
    entity="recharge",
    id="transaction_id",
    columns=fields("STRING", "transaction_id", "event_type", "phone_number", "payment_method", "currency", customer="customer.name")
    | fields("DECIMAL(18, 4)", "balance_before", "balance_after", "amount"),
    rules=RULES,
    references=USER_REFERENCE,
)
expected = STREAM.expected
