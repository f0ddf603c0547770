"""The columns that a CREATE TABLE declares, and their types, as far as they can be read without Flink."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from flink_jobs.statements import Statement, Token

CONSTRAINTS = {"CONSTRAINT", "PRIMARY", "UNIQUE", "WATERMARK"}
BRACKETS = {"(": 1, "<": 1, ")": -1, ">": -1}


@dataclass(frozen=True)
class Type:
    """A type: its name in upper case, its numbers (`DECIMAL(18, 4)`), the fields of a ROW, the element of an ARRAY."""

    name: str
    numbers: tuple[int, ...] = ()
    fields: dict[str, "Type"] = field(default_factory=dict)
    element: "Type | None" = None

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.numbers))})" if self.numbers else self.name


def physical_columns(table: Statement) -> dict[str, Type]:
    """The columns that a record itself has, in order: neither metadata nor computed ones, nor those that LIKE brings."""
    start = next((i for i, token in enumerate(table.tokens) if token.text in ("(", "WITH")), len(table.tokens))
    columns = [part for part in parts(inside(table.tokens[start:])) if part[0].keyword not in CONSTRAINTS]
    return {part[0].value: type_of(part[1:]) for part in columns if is_physical(part)}


def is_physical(column: Sequence[Token]) -> bool:
    """Whether a column is neither `name AS expression` nor `name type METADATA`."""
    nested = len(inside(column[2:]))
    return column[1:2] != () and column[1].keyword != "AS" and "METADATA" not in {token.keyword for token in column[2 + nested :]}


def type_of(tokens: Sequence[Token]) -> Type:
    """The type that `tokens` begin with."""
    name, parameters = tokens[0].keyword, list(parts(inside(tokens[1:])))
    if name == "ROW":
        return Type(name, fields={part[0].value: type_of(part[1:]) for part in parameters if part[1:]})
    if name == "ARRAY" and parameters:
        return Type(name, element=type_of(parameters[0]))
    return Type(name, tuple(int(part[0].text) for part in parameters if part[0].kind == "number"))


def inside(tokens: Sequence[Token]) -> Sequence[Token]:
    """What stands between the bracket that `tokens` begin with and the one that closes it; nothing where there is no bracket."""
    depth = 0
    for i, token in enumerate(tokens):
        depth += BRACKETS.get(token.text, 0)
        if depth == 0:
            return tokens[1:i]
    return ()


def parts(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """The tokens between commas; commas within brackets don't count."""
    depth = start = 0
    for i, token in enumerate(tokens):
        depth += BRACKETS.get(token.text, 0)
        if token.text == "," and depth == 0:
            yield tokens[start:i]
            start = i + 1
    if tokens[start:]:
        yield tokens[start:]


def column_token(contract: Statement, name: str) -> Token:
    """Where a contract declares a column."""
    start = next(i for i, token in enumerate(contract.tokens) if token.text == "(")
    return next(token for token in contract.tokens[start:] if token.kind in ("word", "quoted") and token.value == name)
