from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.udfs.judges import JUDGES, Judge, agrees, arguments, load, parameters

CASES = [(judge, case) for judge in JUDGES.values() for case in load(judge)["cases"]]
TEXTS = [(judge, name) for judge in JUDGES.values() for name, kind in parameters(judge).items() if kind is str and name != "decode_error"]
MONEY = st.decimals("-99999999999999.9999", "99999999999999.9999", places=4)
VALUES = {str: st.text(), int: st.integers(-(2**63), 2**63 - 1), Decimal: MONEY}


def name_of(value: object) -> str:
    return getattr(value, "__name__", str(value))


@pytest.mark.parametrize(("judge", "case"), CASES, ids=name_of)
def test_cases(judge: Judge, case: dict) -> None:
    assert agrees(judge(**arguments(judge, load(judge)["good"] | case["given"])), case["expect"])


@pytest.mark.parametrize(("judge", "argument"), TEXTS, ids=name_of)
@given(text=st.text())
def test_every_text_gets_a_verdict_of_one_short_line(judge: Judge, argument: str, text: str) -> None:
    verdict = judge(**arguments(judge, load(judge)["good"] | {argument: text}))
    assert verdict is None or (verdict.isprintable() and verdict.isascii() and len(verdict) < 700)


@pytest.mark.parametrize("judge", JUDGES.values(), ids=name_of)
@given(st.data())
def test_total_on_what_sql_can_pass(judge: Judge, data: st.DataObject) -> None:
    event = data.draw(st.fixed_dictionaries({name: st.none() | VALUES[kind] for name, kind in parameters(judge).items()}))
    verdict = judge(**event)
    assert verdict is None or verdict == event["decode_error"] or ": " in verdict
