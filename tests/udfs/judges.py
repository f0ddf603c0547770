"""The cases beside this file, `judge_*.yaml`: what each function that judges an event must say."""

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from inspect import signature
from pathlib import Path
from typing import Any, get_args

import yaml

from udfs.books import judge_book
from udfs.members import judge_agent, judge_cell_site, judge_device, judge_user
from udfs.stocks import judge_company, judge_price
from udfs.telecom import judge_call, judge_payment, judge_recharge, judge_sms, judge_support

Judge = Callable[..., str | None]

# by topic
JUDGES: dict[str, Judge] = {
    "calls": judge_call,
    "sms": judge_sms,
    "payment": judge_payment,
    "recharge": judge_recharge,
    "support": judge_support,
    "users": judge_user,
    "devices": judge_device,
    "cell_sites": judge_cell_site,
    "agents": judge_agent,
    "sensor_stream": judge_book,
    "stock-prices": judge_price,
    "companies": judge_company,
}


@cache
def load(judge: Judge) -> dict[str, Any]:
    """The good event of a judge, and the cases that differ from it."""
    return yaml.safe_load(Path(__file__).with_name(f"{judge.__name__}.yaml").read_text())


def parameters(judge: Judge) -> dict[str, type]:
    """The type of each parameter, which may also be None."""
    return {name: get_args(parameter.annotation)[0] for name, parameter in signature(judge).parameters.items()}


def arguments(judge: Judge, event: dict[str, Any]) -> dict[str, Any]:
    """An event as YAML has it, as the judge takes it: money with the four digits that SQL gives it."""
    money = {name for name, kind in parameters(judge).items() if kind is Decimal and event[name] is not None}
    return event | {name: Decimal(event[name]).quantize(Decimal("0.0001")) for name in money}


def agrees(verdict: str | None, expected: str | None) -> bool:
    """Whether a verdict is the expected one, of which a case may give the code only."""
    return (verdict if expected is None or ": " in expected else verdict and verdict.partition(": ")[0]) == expected
