"""Phone calls."""

from tests.oracle.events import BILLING, PARTIES, PARTIES_REFERENCES, Stream
from tests.oracle.tables import NOT_IN_FUTURE, Rule, fields, holds
from tests.oracle.values import is_cell_site, is_currency, is_imei, is_not_blank, is_not_negative, is_phone_number

STATUSES = {"completed", "dropped", "failed", "busy", "no_answer"}
CALL_TYPES = {"voice", "volte", "vowifi", "video"}

RULES: tuple[Rule, ...] = (
    ("missing_id", holds(is_not_blank, "call_id")),
    ("invalid_phone_number", holds(is_phone_number, "from_phone_number", "to_phone_number")),
    ("same_caller_and_callee", lambda row: row["from_phone_number"] != row["to_phone_number"]),
    ("invalid_imei", holds(is_imei, "from_imei", "to_imei")),
    ("invalid_cell_site", holds(is_cell_site, "from_cell_site", "to_cell_site")),
    ("unknown_status", lambda row: row["status"] in STATUSES),
    ("unknown_call_type", lambda row: row["call_type"] in CALL_TYPES),
    ("invalid_currency", holds(is_currency, "currency")),
    ("negative_duration", holds(is_not_negative, "call_duration_seconds")),
    ("negative_amount", holds(is_not_negative, "amount")),
    NOT_IN_FUTURE,
)

STREAM = Stream(
    name="calls",
    gold="fact_calls",
    entity="call",
    id="call_id",
    columns=PARTIES | BILLING | fields("STRING", "call_id", "event_type", "status", "call_type") | fields("INT", "call_duration_seconds"),
    rules=RULES,
    references=PARTIES_REFERENCES,
)
expected = STREAM.expected
