"""Whether an event of the telecom streams is accepted: one function a stream, one line a rule, in the order that readers see."""

from decimal import Decimal

from udfs.rules import (
    Verdict,
    balance_mismatch,
    event_in_future,
    invalid_cell_site,
    invalid_currency,
    invalid_imei,
    invalid_phone_number,
    missing_id,
    negative,
    out_of_range,
    same_caller_and_callee,
    unknown,
)

CALL_STATUSES = frozenset({"completed", "dropped", "failed", "busy", "no_answer"})
CALL_TYPES = frozenset({"voice", "volte", "vowifi", "video"})
SMS_STATUSES = frozenset({"sent", "delivered", "failed", "expired"})
PAYMENT_STATUSES = frozenset({"completed", "pending", "failed", "refunded"})
PAYMENT_METHODS = frozenset({"card", "cash", "bank_transfer", "wallet", "voucher"})
SUPPORT_CHANNELS = frozenset({"phone", "chat", "email", "app", "store", "social"})


def judge_call(
    decode_error: str | None,
    call_id: str | None,
    from_phone_number: str | None,
    to_phone_number: str | None,
    from_cell_site: str | None,
    to_cell_site: str | None,
    from_imei: str | None,
    to_imei: str | None,
    status: str | None,
    call_type: str | None,
    currency: str | None,
    call_duration_seconds: int | None,
    amount: Decimal | None,
    timestamp_text: str | None,
    kafka_timestamp_text: str | None,
) -> Verdict:
    """The first rule that a call fails, as `code: sentence for a person`; None when the call is accepted.

    `decode_error` has that shape already. Both times are texts that `event_time` reads.
    """
    return (
        decode_error
        or missing_id("call_id", call_id)
        or invalid_phone_number("from.phone_number", from_phone_number)
        or invalid_phone_number("to.phone_number", to_phone_number)
        or same_caller_and_callee(from_phone_number, to_phone_number)
        or invalid_imei("from.imei", from_imei)
        or invalid_imei("to.imei", to_imei)
        or invalid_cell_site("from.cell_site", from_cell_site)
        or invalid_cell_site("to.cell_site", to_cell_site)
        or unknown("unknown_status", "status", status, CALL_STATUSES)
        or unknown("unknown_call_type", "call_type", call_type, CALL_TYPES)
        or invalid_currency("billing.currency", currency)
        or negative("negative_duration", "call_duration_seconds", call_duration_seconds)
        or negative("negative_amount", "billing.amount", amount)
        or event_in_future("timestamp", timestamp_text, kafka_timestamp_text)
    )


def judge_sms(
    decode_error: str | None,
    sms_id: str | None,
    from_phone_number: str | None,
    to_phone_number: str | None,
    from_cell_site: str | None,
    to_cell_site: str | None,
    from_imei: str | None,
    to_imei: str | None,
    status: str | None,
    currency: str | None,
    amount: Decimal | None,
    latency_ms: int | None,
    jitter_ms: int | None,
    signal_strength_dbm: int | None,
    timestamp_text: str | None,
    kafka_timestamp_text: str | None,
) -> Verdict:
    """The first rule that a message fails, see `judge_call`."""
    return (
        decode_error
        or missing_id("sms_id", sms_id)
        or invalid_phone_number("from.phone_number", from_phone_number)
        or invalid_phone_number("to.phone_number", to_phone_number)
        or same_caller_and_callee(from_phone_number, to_phone_number)
        or invalid_imei("from.imei", from_imei)
        or invalid_imei("to.imei", to_imei)
        or invalid_cell_site("from.cell_site", from_cell_site)
        or invalid_cell_site("to.cell_site", to_cell_site)
        or unknown("unknown_status", "status", status, SMS_STATUSES)
        or invalid_currency("billing.currency", currency)
        or negative("negative_amount", "billing.amount", amount)
        or negative("negative_latency", "network.latency_ms", latency_ms)
        or negative("negative_jitter", "network.jitter_ms", jitter_ms)
        or out_of_range("signal_out_of_range", "network.signal_strength_dbm", signal_strength_dbm, -140, -30)
        or event_in_future("timestamp", timestamp_text, kafka_timestamp_text)
    )


def judge_payment(
    decode_error: str | None,
    payment_id: str | None,
    customer_phone: str | None,
    phone_number: str | None,
    status: str | None,
    payment_method: str | None,
    currency: str | None,
    payment_amount: Decimal | None,
    amount: Decimal | None,
    timestamp_text: str | None,
    kafka_timestamp_text: str | None,
) -> Verdict:
    """The first rule that a payment fails, see `judge_call`."""
    return (
        decode_error
        or missing_id("payment_id", payment_id)
        or invalid_phone_number("customer.phone_number", customer_phone)
        or invalid_phone_number("phone_number", phone_number)
        or unknown("unknown_status", "status", status, PAYMENT_STATUSES)
        or unknown("unknown_payment_method", "payment_method", payment_method, PAYMENT_METHODS)
        or invalid_currency("billing.currency", currency)
        or negative("negative_amount", "payment_amount", payment_amount)
        or negative("negative_amount", "billing.amount", amount)
        or event_in_future("timestamp", timestamp_text, kafka_timestamp_text)
    )


def judge_recharge(
    decode_error: str | None,
    transaction_id: str | None,
    phone_number: str | None,
    payment_method: str | None,
    currency: str | None,
    balance_before: Decimal | None,
    balance_after: Decimal | None,
    amount: Decimal | None,
    timestamp_text: str | None,
    kafka_timestamp_text: str | None,
) -> Verdict:
    """The first rule that a recharge fails, see `judge_call`."""
    return (
        decode_error
        or missing_id("transaction_id", transaction_id)
        or invalid_phone_number("phone_number", phone_number)
        or unknown("unknown_payment_method", "payment_method", payment_method, PAYMENT_METHODS)
        or invalid_currency("currency", currency)
        or negative("negative_amount", "amount", amount)
        or balance_mismatch(balance_before, balance_after, amount)
        or event_in_future("timestamp", timestamp_text, kafka_timestamp_text)
    )


def judge_support(
    decode_error: str | None,
    support_id: str | None,
    customer_phone: str | None,
    phone_number: str | None,
    channel: str | None,
    resolution_time_seconds: int | None,
    wait_time_seconds: int | None,
    satisfaction_score: int | None,
    timestamp_text: str | None,
    kafka_timestamp_text: str | None,
) -> Verdict:
    """The first rule that a contact with support fails, see `judge_call`."""
    return (
        decode_error
        or missing_id("support_id", support_id)
        or invalid_phone_number("customer.phone_number", customer_phone)
        or invalid_phone_number("phone_number", phone_number)
        or unknown("unknown_channel", "channel", channel, SUPPORT_CHANNELS)
        or negative("negative_duration", "resolution_time_seconds", resolution_time_seconds)
        or negative("negative_wait", "wait_time_seconds", wait_time_seconds)
        or out_of_range("satisfaction_out_of_range", "satisfaction_score", satisfaction_score, 1, 5)
        or event_in_future("timestamp", timestamp_text, kafka_timestamp_text)
    )
