"""A lake that comes back from a copy, by the commands of docs/operations.md, and goes on from there."""

import re
from collections.abc import Callable
from functools import partial

import pytest

from tests.end_to_end.prices import FACT, send_all_prices, wrong_tables
from tests.end_to_end.workbench import REPOSITORY, Workbench, interrupt

pytestmark = pytest.mark.environments


def test_a_lake_comes_back_from_a_copy_and_lacks_nothing(workbench: Workbench) -> None:
    back_up, restore, *_ = re.findall(r"```sh\n(.*?)```", (REPOSITORY / "docs" / "operations.md").read_text(), re.DOTALL)
    comes_back(workbench, *(partial(workbench.run, "bash", "-euc", commands) for commands in (back_up, restore)))


def comes_back(bench: Workbench, back_up: Callable[[], object], restore: Callable[[], object]) -> None:
    """Backs up a lake, has it go on, and restores it, whereupon the jobs go on: in the end it lacks nothing."""
    bench.keep_only("stocks")
    bench.trunkline("up")
    bench.trunkline("deploy")
    feed = bench.start("trunkline", "feed", "stocks", "--days-per-second", "1")
    bench.wait_for_rows(FACT, 200)
    interrupt(feed)
    back_up()
    copied = bench.rows(FACT)
    send_all_prices(bench)
    bench.wait_for_rows(FACT, copied + 200)
    restore()
    assert wrong_tables(bench) == []
