"""Whether a record about a dimension's member is accepted: one function a topic, one line a rule, in the order that readers see.

Of a tombstone, `decode_error` is None, the key is Kafka's and `updated_at` its Kafka timestamp, so it is judged like any record.
"""

from udfs.rules import (
    Verdict,
    event_in_future,
    invalid_cell_site,
    invalid_date,
    invalid_phone_number,
    invalid_tac,
    missing_key,
    unreadable_time,
)


def judge_user(
    decode_error: str | None,
    phone_number: str | None,
    registered_on: str | None,
    updated_at: str | None,
    kafka_timestamp_text: str | None,
) -> Verdict:
    """The first rule that a record about a user fails, as `code: sentence for a person`; None when it is accepted.

    `decode_error` has that shape already. Both times are texts that `event_time` reads, `registered_on` is one that `iso_date` reads.
    """
    return (
        decode_error
        or missing_key("phone_number", phone_number)
        or invalid_phone_number("phone_number", phone_number)
        or invalid_date("registered_on", registered_on)
        or mistimed(updated_at, kafka_timestamp_text)
    )


def judge_device(decode_error: str | None, tac: str | None, updated_at: str | None, kafka_timestamp_text: str | None) -> Verdict:
    """The first rule that a record about a device fails, see `judge_user`."""
    return decode_error or missing_key("tac", tac) or invalid_tac("tac", tac) or mistimed(updated_at, kafka_timestamp_text)


def judge_cell_site(decode_error: str | None, cell_id: str | None, updated_at: str | None, kafka_timestamp_text: str | None) -> Verdict:
    """The first rule that a record about a cell site fails, see `judge_user`."""
    return (
        decode_error
        or missing_key("cell_id", cell_id)
        or invalid_cell_site("cell_id", cell_id)
        or mistimed(updated_at, kafka_timestamp_text)
    )


def judge_agent(decode_error: str | None, agent_id: str | None, updated_at: str | None, kafka_timestamp_text: str | None) -> Verdict:
    """The first rule that a record about an agent fails, see `judge_user`."""
    return decode_error or missing_key("agent_id", agent_id) or mistimed(updated_at, kafka_timestamp_text)


def mistimed(updated_at: str | None, kafka_timestamp_text: str | None) -> Verdict:
    """A change takes effect at a time, and not long after it is sent."""
    return unreadable_time("unreadable_updated_at", "updated_at", updated_at) or event_in_future(
        "updated_at", updated_at, kafka_timestamp_text
    )
