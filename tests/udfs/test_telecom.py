from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from udfs.telecom import judge_call

DATA = yaml.safe_load(Path(__file__).with_name("judge_call.yaml").read_text())
JUDGED_TEXTS = [name for name, value in DATA["good"].items() if isinstance(value, str) and name != "amount"]
TEXTS = st.none() | st.text()


def call(changes: dict) -> dict:
    arguments = DATA["good"] | changes
    return arguments | {"amount": arguments["amount"] and Decimal(arguments["amount"])}


@pytest.mark.parametrize("case", DATA["cases"], ids=str)
def test_cases(case: dict) -> None:
    verdict, expected = judge_call(**call(case["given"])), case["expect"]
    assert (verdict if expected is None or ": " in expected else verdict and verdict.partition(": ")[0]) == expected


@pytest.mark.parametrize("argument", JUDGED_TEXTS)
@given(text=st.text())
def test_every_text_gets_a_verdict_of_one_short_line(argument: str, text: str) -> None:
    verdict = judge_call(**call({argument: text}))
    assert verdict is None or (verdict.isprintable() and verdict.isascii() and len(verdict) < 700)


@given(st.tuples(*[TEXTS] * 11, st.none() | st.integers(), st.none() | st.decimals(allow_nan=False), TEXTS, TEXTS))
def test_total_on_what_sql_can_pass(arguments: tuple) -> None:
    verdict = judge_call(*arguments)
    assert verdict is None or verdict == arguments[0] or ": " in verdict
