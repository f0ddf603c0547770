"""The rows that the lower bound writes, against what an independent program says of the same records."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from bench.cost.lower_bound import Record, rows, write
from bench.cost.variant import LAYERS
from feeds.telecom.simulation import simulate
from tests.oracle.calls import expected
from tests.oracle.compare import differences
from tests.oracle.corpus import load_cases
from tests.oracle.topic import KafkaRecord

SENT = 1_780_000_000_000
BEYOND_DOUBLE = {
    *("duration of 5000 digits", "duration 1e400", "duration 1e99999999999", "duration 12.0000000000000000000001", "duration 1e-400"),
    *("amount rounded down below the half", "amount no double can hold", "largest amount", "largest amount after rounding"),
    *("amount far too large", "smallest amount"),
}


def corpus() -> list[KafkaRecord]:
    """Bad and unusual records, written by hand, but for numbers that orjson does not read to the last digit."""
    cases = [case for case in load_cases(SENT) if case.name not in BEYOND_DOUBLE]
    return [KafkaRecord("calls", 0, offset, SENT, case.key, case.value) for offset, case in enumerate(cases)]


def simulated() -> list[KafkaRecord]:
    """Some of the simulator's, a third of them bad."""
    steps = simulate(7, 0.3, only=["calls"], clock=lambda: datetime.fromtimestamp(SENT / 1000, UTC))
    sent = islice((record for step in steps for record in step if record.topic == "calls"), 3000)
    return [KafkaRecord("calls", 1, offset, SENT + offset, record.key, record.value) for offset, record in enumerate(sent)]


@pytest.mark.parametrize("records", [corpus, simulated])
def test_every_layer_holds_what_it_should(records: Callable[[], list[KafkaRecord]], tmp_path: Path) -> None:
    given = records()
    wanted = expected(given)
    for layer, of in zip(LAYERS, zip(*(rows(Record(**vars(record))) for record in given), strict=True), strict=True):
        (tmp_path / layer).mkdir()
        write(tmp_path, layer, 0, [row for row in of if row])
        assert differences(getattr(wanted, layer), pq.read_table(tmp_path / layer / "00000.parquet")) == []
