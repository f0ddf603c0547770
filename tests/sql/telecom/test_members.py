"""What facts name of their dimensions, once each, for readers to find the members that nobody sent."""

import pytest

from tests.sql.harness import Row, Rows

ENDS = (
    ("user", "from_phone_number", "from_user_sk"),
    ("user", "to_phone_number", "to_user_sk"),
    ("cell_site", "from_cell_site", "from_cell_sk"),
    ("cell_site", "to_cell_site", "to_cell_sk"),
    ("device", "from_tac", "from_device_sk"),
    ("device", "to_tac", "to_device_sk"),
)
USER = (("user", "phone_number", "user_sk"),)
NAMED = {
    "call": ("calls", ENDS),
    "sms": ("sms", ENDS),
    "payment": ("payment", USER),
    "recharge": ("recharge", USER),
    "support": ("support", (*USER, ("agent", "agent_id", "agent_sk"))),
}
COORDINATES = ("kafka_partition", "kafka_offset", "kafka_timestamp", "kafka_date")


@pytest.mark.parametrize("stream", NAMED)
def test_each_member_is_stored_once_with_a_fact_that_names_it(stream: str, tables: dict[str, Rows]) -> None:
    topic, named = NAMED[stream]
    members, facts = tables[f"telecom.gold.{stream}_members"], tables[f"telecom.gold.fact_{topic}"]
    mentions = {mention(fact, *columns) for fact in facts for columns in named if fact[columns[1]] is not None}
    stored = [mention(member, member["entity"], "natural_key", "member_sk") for member in members]
    assert len(mentions) > len(stored) > 0
    assert set(stored) <= mentions
    keys = [place[:3] for place in stored]
    assert len(keys) == len(set(keys))
    assert set(keys) == {place[:3] for place in mentions}


def mention(row: Row, entity: str, natural_key: str, member_sk: str) -> tuple:
    """A member as a row names it, with the row's place in Kafka."""
    return (entity, row[natural_key], row[member_sk], *(row[column] for column in COORDINATES))
