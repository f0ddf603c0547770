"""The codes with which records of each topic are rejected, read from the code itself, for tests that nothing has been forgotten."""

import ast
import re
import sys
from collections.abc import Iterator
from inspect import getsource, signature
from pathlib import Path

import udfs.rules
from tests.udfs.judges import JUDGES, Judge

SILVER = sorted((Path(__file__).parents[1] / "sql").glob("*/silver/*.sql"))
DECODING = ("malformed_record", "wrong_type")
WRITTEN_IN_SQL = re.compile(r"THEN '(\w+): ")


def rules(topic: str) -> list[str]:
    """The codes of a topic's rules, in their order: those in Python, then those in SQL."""
    written = WRITTEN_IN_SQL.findall(silver(topic).read_text(encoding="utf-8"))
    return list(dict.fromkeys([*judged(JUDGES[topic]), *written]))


def silver(topic: str) -> Path:
    """The file of the silver table whose view calls the judge of a topic."""
    (file,) = (file for file in SILVER if f" {JUDGES[topic].__name__}(" in file.read_text(encoding="utf-8"))
    return file


def codes(topic: str) -> list[str]:
    """Every code of a topic, in the order of the rules."""
    return [*DECODING, *rules(topic)]


def judged(judge: Judge) -> Iterator[str]:
    """The codes in a function that judges, whose rules stand between `or`: a rule is called like its code, or takes that first."""
    module = sys.modules[judge.__module__]
    either = (node for node in ast.walk(ast.parse(getsource(judge))) if isinstance(node, ast.BoolOp))
    for call in (value for node in either for value in node.values if isinstance(value, ast.Call)):
        rule = getattr(module, call.func.id)
        if rule.__module__ != udfs.rules.__name__:
            yield from judged(rule)
        else:
            yield call.args[0].value if "code" in signature(rule).parameters else rule.__name__
