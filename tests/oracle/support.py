"""Customers' talks with support."""

from tests.oracle.events import USER_REFERENCE, Stream
from tests.oracle.tables import NOT_IN_FUTURE, Rule, fields, holds
from tests.oracle.values import is_not_blank, is_not_negative, is_phone_number

CHANNELS = {"phone", "chat", "email", "app", "store", "social"}
SATISFACTION_SCORES = {None, 1, 2, 3, 4, 5}

RULES: tuple[Rule, ...] = (
    ("missing_id", holds(is_not_blank, "support_id")),
    ("invalid_phone_number", holds(is_phone_number, "customer_phone", "phone_number")),
    ("unknown_channel", lambda row: row["channel"] in CHANNELS),
    ("negative_duration", holds(is_not_negative, "resolution_time_seconds")),
    ("negative_wait", holds(is_not_negative, "wait_time_seconds")),
    ("satisfaction_out_of_range", lambda row: row["satisfaction_score"] in SATISFACTION_SCORES),
    NOT_IN_FUTURE,
)

STREAM = Stream(
    name="support",
    gold="fact_support",
    entity="support",
    id="support_id",
    columns=fields(
        "STRING", "support_id", "event_type", "agent_id", "phone_number", "channel", "reason", customer_phone="customer.phone_number"
    )
    | fields("INT", "wait_time_seconds", "resolution_time_seconds", "satisfaction_score")
    | fields("BOOLEAN", "first_call_resolution", "escalated", "call_back_requested"),
    rules=RULES,
    references=USER_REFERENCE | {"agent_sk": ("agent", "agent_id")},
    repaired=(),
)
expected = STREAM.expected
