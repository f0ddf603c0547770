"""Whether an event of the telecom streams is accepted: one function a stream, one line a rule, in the order that readers see."""

from decimal import Decimal

from udfs.rules import (
    Verdict,
    event_in_future,
    invalid_cell_site,
    invalid_currency,
    invalid_imei,
    invalid_phone_number,
    missing_id,
    negative,
    same_caller_and_callee,
    unknown,
)

CALL_STATUSES = frozenset({"completed", "dropped", "failed", "busy", "no_answer"})
CALL_TYPES = frozenset({"voice", "volte", "vowifi", "video"})


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
