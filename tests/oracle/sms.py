"""Text messages."""

from tests.oracle.events import BILLING, PARTIES, PARTIES_REFERENCES, Stream
from tests.oracle.tables import NOT_IN_FUTURE, Rule, fields, holds
from tests.oracle.values import is_cell_site, is_currency, is_imei, is_not_blank, is_not_negative, is_phone_number

STATUSES = {"sent", "delivered", "failed", "expired"}
SIGNAL_STRENGTHS_DBM = {None, *range(-140, -29)}

RULES: tuple[Rule, ...] = (
    ("missing_id", holds(is_not_blank, "sms_id")),
    ("invalid_phone_number", holds(is_phone_number, "from_phone_number", "to_phone_number")),
    ("same_caller_and_callee", lambda row: row["from_phone_number"] != row["to_phone_number"]),
    ("invalid_imei", holds(is_imei, "from_imei", "to_imei")),
    ("invalid_cell_site", holds(is_cell_site, "from_cell_site", "to_cell_site")),
    ("unknown_status", lambda row: row["status"] in STATUSES),
    ("invalid_currency", holds(is_currency, "currency")),
    ("negative_amount", holds(is_not_negative, "amount")),
    ("negative_latency", holds(is_not_negative, "latency_ms")),
    ("negative_jitter", holds(is_not_negative, "jitter_ms")),
    ("signal_out_of_range", lambda row: row["signal_strength_dbm"] in SIGNAL_STRENGTHS_DBM),
    NOT_IN_FUTURE,
)

STREAM = Stream(
    name="sms",
    gold="fact_sms",
    entity="sms",
    id="sms_id",
    columns=PARTIES
    | BILLING
    | fields("STRING", "sms_id", "event_type", "status")
    | fields(
        "INT",
        jitter_ms="network.jitter_ms",
        latency_ms="network.latency_ms",
        signal_strength_dbm="network.signal_strength_dbm",
    ),
    rules=RULES,
    references=PARTIES_REFERENCES,
)
expected = STREAM.expected
