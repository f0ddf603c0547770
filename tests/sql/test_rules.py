"""Every example beside this file: a record through Kafka and its job, against what the tables must hold for it."""

import pytest

from tests.oracle.topic import KafkaRecord
from tests.sql.harness import Example, Rows, as_stored, load_examples, rows_of


@pytest.mark.parametrize("example", load_examples(), ids=lambda example: example.id)
def test_example(example: Example, records: dict[str, KafkaRecord], tables: dict[str, Rows]) -> None:
    for table, expected in example.case.expect.items():
        rows = rows_of(records[example.id], tables[f"{example.domain}.{table}"])
        if expected == "no row":
            assert rows == []
        else:
            assert len(rows) == 1
            stored = {column: rows[0][column] for column in expected}
            assert stored == {column: as_stored(value, stored[column]) for column, value in expected.items()}
