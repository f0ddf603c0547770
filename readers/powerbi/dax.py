"""What a DAX expression names: tables, their columns, and measures."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(
    r"""
    (?P<comment> //[^\n]* | --[^\n]* | /\*.*?\*/ )
  | (?P<string>  "(?:[^"]|"")*" )
  | (?P<table>   '(?:[^']|'')*' )
  | (?P<column>  \[(?:[^\]]|\]\])*\] )
  | (?P<name>    [A-Za-z_][\w.]* )
  | (?P<other>   \d+(?:\.\d+)? | <> | <= | >= | && | \|\| | [-+*/^&=<>(),{}:;] )
  | (?P<space>   \s+ )
    """,
    re.VERBOSE | re.DOTALL,
)
BRACKETS = {"(": ")", "{": "}"}


@dataclass(frozen=True)
class Named:
    """A name and where it begins: a column of a table, a measure (or a column without its table), or a whole table."""

    table: str | None
    column: str | None
    at: int


class DaxError(ValueError):
    """What is wrong with an expression, and at which character."""

    def __init__(self, what: str, at: int) -> None:
        super().__init__(what)
        self.at = at


def names(expression: str) -> Iterator[Named]:
    """What an expression names, in its order; DaxError for one whose brackets or quotes do not close."""
    tokens = list(_tokens(expression))
    for i, token in enumerate(tokens):
        following = tokens[i + 1] if i + 1 < len(tokens) else None
        before = tokens[i - 1] if i else None
        if token.lastgroup == "column":
            owned = before and before.lastgroup in ("table", "name") and before.end() == token.start()
            yield Named(_unquoted(before[0]) if owned and before else None, token[0][1:-1].replace("]]", "]"), token.start())
        elif token.lastgroup == "table" and not (following and following.lastgroup == "column" and following.start() == token.end()):
            yield Named(_unquoted(token[0]), None, token.start())


def _tokens(expression: str) -> Iterator[re.Match[str]]:
    at, expected = 0, []
    while at < len(expression):
        token = TOKEN.match(expression, at)
        if not token:
            raise DaxError(f"{expression[at]!r} opens what does not close, or is no DAX", at)
        if token[0] in BRACKETS:
            expected.append(BRACKETS[token[0]])
        elif token[0] in BRACKETS.values() and (not expected or expected.pop() != token[0]):
            raise DaxError(f"{token[0]} closes nothing", at)
        if token.lastgroup not in ("space", "comment"):
            yield token
        at = token.end()
    if expected:
        raise DaxError(f"{expected[-1]} is missing", len(expression) - 1)


def _unquoted(table: str) -> str:
    return table[1:-1].replace("''", "'") if table.startswith("'") else table
