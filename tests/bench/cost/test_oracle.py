"""The oracle against tables with one planted error each: what stands in them is what is expected, but for that."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import duckdb
import pytest

from bench.cost.oracle import A_SENTENCE, Expectation, require_distinct_ids, write_expected
from bench.cost.topic import records
from bench.cost.variant import LAYERS
from flink_jobs.errors import TrunklineError
from tests.oracle.telecom import STREAMS
from tests.oracle.topic import KafkaRecord

EVENTS, PARTITIONS = 1200, 4
AT = "kafka_partition = 2 AND kafka_offset = 100"
IS_THERE = f"CASE WHEN {AT} THEN"


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Expectation:
    """Of a topic with a fixed seed, in two parts."""
    folder = tmp_path_factory.mktemp("expected")
    topic = [
        KafkaRecord("calls", number % PARTITIONS, number // PARTITIONS, round(moment.timestamp() * 1000), record.key, record.value)
        for number, (moment, record) in enumerate(islice(records(seed=1), EVENTS))
    ]
    write_expected(STREAMS["calls"], topic[: EVENTS // 2], folder, "0")
    write_expected(STREAMS["calls"], topic[EVENTS // 2 :], folder, "1")
    return Expectation(folder)


def stored(expected: Expectation, folder: Path, layer: str, query: str = "FROM {}") -> list[Path]:
    """Files of a layer with the rows of a query over those that are expected."""
    file = folder / f"{layer}.parquet"
    rows = query.format(f"read_parquet('{expected.folder}/{layer}-*.parquet')")
    duckdb.connect().execute(f"COPY (FROM ({rows}) ORDER BY hash(kafka_offset)) TO '{file}' (ROW_GROUP_SIZE 500)")
    return [file]


def test_what_is_expected_is_right_in_any_order(expected: Expectation, tmp_path: Path) -> None:
    expected.verify({layer: stored(expected, tmp_path, layer) for layer in LAYERS}, {})
    assert expected.rows["bronze"] == expected.rows["silver"] == EVENTS
    assert expected.rows["gold"] == EVENTS - sum(expected.rejections.values()) < EVENTS


def test_of_the_first_events_no_more_is_expected_and_no_less(expected: Expectation, tmp_path: Path) -> None:
    ends = {0: 100, 1: 101, 2: 100}
    first = replace(expected, ends=ends)
    kept = "FROM {} WHERE kafka_partition < 3 AND kafka_offset < 100 OR kafka_partition = 1 AND kafka_offset = 100"
    assert first.rows["bronze"] == first.rows["silver"] == 301
    first.verify({layer: stored(expected, tmp_path, layer, kept) for layer in LAYERS}, {})
    assert list(first.differences("bronze", stored(expected, tmp_path, "bronze"))) == [
        "bronze: partition 0, offset 100 is not expected",
        "bronze: partition 0, offset 101 is not expected",
        "bronze: partition 0, offset 102 is not expected",
    ]


def test_other_words_of_a_rejection_are_right_too(expected: Expectation, tmp_path: Path) -> None:
    words = f"SELECT * REPLACE (replace(rejection_detail, '{A_SENTENCE}', 'another') AS rejection_detail) FROM {{}}"
    assert not list(expected.differences("silver", stored(expected, tmp_path, "silver", words)))


PLANTED = {
    "a lost row": ("gold", f"FROM {{}} WHERE NOT ({AT})", ["gold: partition 2, offset 100 is missing"]),
    "a repeated row": ("bronze", f"FROM {{0}} UNION ALL FROM {{0}} WHERE {AT}", ["bronze: partition 2, offset 100 stands more than once"]),
    "a row of its own": (
        "bronze",
        f"FROM {{0}} UNION ALL SELECT * REPLACE (9000 AS kafka_offset) FROM {{0}} WHERE {AT}",
        ["bronze: partition 2, offset 9000 is not expected"],
    ),
    "one row instead of another": (
        "bronze",
        f"FROM {{0}} WHERE NOT ({AT}) UNION ALL FROM {{0}} WHERE kafka_partition = 1 AND kafka_offset = 7",
        ["bronze: partition 2, offset 100 is missing", "bronze: partition 1, offset 7 stands more than once"],
    ),
    "a changed value": (
        "gold",
        f"SELECT * REPLACE ({IS_THERE} -7 ELSE call_duration_seconds END AS call_duration_seconds) FROM {{}}",
        ["gold.call_duration_seconds: partition 2, offset 100: -7 should be "],
    ),
    "a wrong key": (
        "gold",
        f"SELECT * REPLACE ({IS_THERE} md5(from_phone_number) ELSE from_user_sk END AS from_user_sk) FROM {{}}",
        ["gold.from_user_sk: partition 2, offset 100: "],
    ),
    "values exchanged between rows": (
        "silver",
        "SELECT * REPLACE (CASE kafka_offset WHEN 8 THEN lag(event_time) OVER (ORDER BY kafka_partition, kafka_offset) WHEN 7 THEN "
        "lead(event_time) OVER (ORDER BY kafka_partition, kafka_offset) ELSE event_time END AS event_time) FROM {}",
        ["silver.event_time: partition 0, offset 7: ", "silver.event_time: partition 0, offset 8: "],
    ),
    "a NULL": ("silver", f"SELECT * REPLACE ({IS_THERE} NULL ELSE event_type END AS event_type) FROM {{}}", ["100: NULL should be call"]),
    "a rejection without words": (
        "silver",
        "SELECT * REPLACE (CASE WHEN is_rejected THEN ' ' END AS rejection_detail) FROM {}",
        [f" should be {A_SENTENCE}"],
    ),
    "another type": (
        "gold",
        "SELECT * REPLACE (CAST(amount AS DOUBLE) AS amount) FROM {}",
        ["gold.amount should be DECIMAL(18,4) but is DOUBLE"],
    ),
    "a column less": ("silver", "SELECT * EXCLUDE (call_type) FROM {}", ["silver.call_type should be VARCHAR but is absent"]),
    "a column more": ("silver", "SELECT *, 1 AS one FROM {}", ["silver.one should be absent but is INTEGER"]),
}


@pytest.mark.parametrize(("layer", "query", "lines"), PLANTED.values(), ids=PLANTED)
def test_a_planted_error_is_found(expected: Expectation, tmp_path: Path, layer: str, query: str, lines: list[str]) -> None:
    found = list(expected.differences(layer, stored(expected, tmp_path, layer, query)))
    for line in lines:
        assert any(line in said for said in found), found


def test_a_column_can_be_left_aside_and_no_other(expected: Expectation, tmp_path: Path) -> None:
    files = stored(expected, tmp_path, "gold", "SELECT * EXCLUDE (call_type) REPLACE (0 AS time_sk) FROM {}")
    assert not list(expected.differences("gold", files, frozenset({"call_type", "time_sk"})))
    assert list(expected.differences("gold", files, frozenset({"call_type"})))


def test_an_error_says_what_to_think_of_it(expected: Expectation) -> None:
    with pytest.raises(TrunklineError, match=r"gold has no file(?s:.*)a fast wrong answer"):
        expected.verify({"gold": []}, {})


def test_a_topic_with_repeated_ids_is_refused(expected: Expectation, tmp_path: Path) -> None:
    file = stored(expected, tmp_path, "gold", "FROM {}")[0]
    require_distinct_ids(expected.folder, "call_id")
    for name in ("gold-0.parquet", "gold-1.parquet"):
        (tmp_path / name).write_bytes(file.read_bytes())
    with pytest.raises(TrunklineError, match=f"{expected.rows['gold']} ids of the topic come twice"):
        require_distinct_ids(tmp_path, "call_id")


def test_rows_of_rejections_that_a_variant_does_not_know_are_passed_over_but_in_bronze(expected: Expectation, tmp_path: Path) -> None:
    unjudged = frozenset({"malformed_record", "wrong_type"})
    others = "FROM {} WHERE rejection_reason IS DISTINCT FROM 'malformed_record'"
    silver = stored(expected, tmp_path, "silver", f"SELECT * REPLACE (nullif(rejection_reason, 'wrong_type') AS rejection_reason) {others}")
    expected.verify({"silver": silver}, {}, unjudged)
    with pytest.raises(TrunklineError, match="is missing"):
        expected.verify({"silver": silver}, {})
    malformed = f"(FROM '{expected.folder}/silver-*.parquet' WHERE rejection_reason = 'malformed_record')"
    bronze = stored(expected, tmp_path, "bronze", f"FROM {{}} ANTI JOIN {malformed} USING (kafka_partition, kafka_offset)")
    with pytest.raises(TrunklineError, match="is missing"):
        expected.verify({"bronze": bronze}, {}, unjudged)


def test_json_counts_what_flinks_own_format_can_read(expected: Expectation) -> None:
    lost = expected.rows["bronze"] - expected.rows["json"]
    assert 0 < lost < expected.rejections["malformed_record"]
