"""TMDL, the text in which Power BI stores a semantic model: objects by indentation, each with properties and children."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

PLAIN_NAME = re.compile(r"[^\s.=:'\"]+")
Value = str | int | bool | dict[str, bool]


@dataclass
class Object:
    """An object: its kind and name, the expression that it stands for, its properties and children in their order.

    A property that is True is written as its name alone, one that is None not at all, one that is a mapping as a block.
    """

    kind: str
    name: str = ""
    expression: str | None = None
    description: str = ""
    properties: dict[str, Value | None] = field(default_factory=dict)
    children: list["Object"] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join((*self.lines(), "", ""))

    def lines(self, depth: int = 0) -> Iterator[str]:
        """Its lines, each `depth` tabs in."""
        tab = "\t" * depth
        yield from (f"{tab}/// {line}".rstrip() for line in self.description.splitlines())
        head = f"{tab}{self.kind} {quoted(self.name)}".rstrip()
        yield from _assigned(head, self.expression, depth)
        for name, value in self.properties.items():
            yield from _property(name, value, depth + 1)
        for child in self.children:
            yield ""
            yield from child.lines(depth + 1)


def quoted(name: str) -> str:
    """A name as TMDL, and DAX for tables, writes it: in quotes where it is more than letters, digits and underscores."""
    return name if not name or PLAIN_NAME.fullmatch(name) else "'" + name.replace("'", "''") + "'"


def annotation(name: str, value: str) -> Object:
    """A note for a tool."""
    return Object("annotation", name, expression=value)


def document(objects: Iterable[Object]) -> str:
    """A file of several objects."""
    return "".join(map(str, objects))


def _property(name: str, value: Value | None, depth: int) -> Iterator[str]:
    head = "\t" * depth + name
    if isinstance(value, dict):
        yield head
        for inner, flag in value.items():
            yield from _property(inner, flag, depth + 1)
    elif isinstance(value, str) and "\n" in value:
        yield from _assigned(head, value, depth)
    elif value is True:
        yield head
    elif value is not None:
        yield f"{head}: {'false' if value is False else value}"


def _assigned(head: str, expression: str | None, depth: int) -> Iterator[str]:
    """`head = expression`; one of several lines begins on the next line, further in than what belongs to the object."""
    if expression is None:
        yield head
    elif "\n" not in expression:
        yield f"{head} = {expression}"
    else:
        yield f"{head} ="
        tab = "\t" * (depth + 2)
        yield from (f"{tab}{line}".rstrip() for line in expression.strip().splitlines())
