"""Reads TMDL by its published rules, strictly: an object, property or indentation that the rules do not know is an error.

Source: https://learn.microsoft.com/analysis-services/tmdl/tmdl-overview
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

NAME = r"(?:'(?:[^']|'')+'|[^\s.=:'\"]+)"
DECLARED = re.compile(rf"(ref )?(\w+)(?: ({NAME}))?(?: =(?: (.+))?)?")
PROPERTY = re.compile(r"(\w+): (\S.*)")
EXPRESSION = re.compile(r"(\w+) =(?: (.+))?")
KNOWN = {
    "database": {"compatibilityLevel"},
    "model": {"culture", "defaultPowerBIDataSourceVersion", "discourageImplicitMeasures", "sourceQueryCulture", "dataAccessOptions"},
    "dataAccessOptions": {"legacyRedirects", "returnErrorValuesAsNull"},
    "expression": {"lineageTag"},
    "table": {"lineageTag", "dataCategory"},
    "column": {
        *("dataType", "isHidden", "isKey", "formatString", "lineageTag", "dataCategory", "summarizeBy", "sourceColumn", "sortByColumn"),
    },
    "measure": {"formatString", "displayFolder", "lineageTag"},
    "hierarchy": {"lineageTag"},
    "level": {"lineageTag", "column"},
    "partition": {"mode", "source"},
    "relationship": {"isActive", "relyOnReferentialIntegrity", "fromColumn", "toColumn"},
    "annotation": set(),
}
CHILDREN = {
    "table": {"column", "measure", "hierarchy", "partition", "annotation"},
    "column": {"annotation"},
    "hierarchy": {"level"},
    "expression": {"annotation"},
    "": {"database", "model", "expression", "table", "relationship", "annotation"},
}


@dataclass
class Node:
    """An object: what it is called, what it stands for, what is said of it and what is in it."""

    kind: str
    name: str = ""
    expression: str = ""
    description: str = ""
    properties: dict[str, str | bool] = field(default_factory=dict)
    children: list["Node"] = field(default_factory=list)
    refs: list[str] = field(default_factory=list)

    def of(self, kind: str) -> dict[str, "Node"]:
        """The children of a kind by name; no two have the same."""
        found = [child for child in self.children if child.kind == kind]
        named = {child.name: child for child in found}
        assert len(named) == len(found), f"a name of {kind} stands twice in {self.name}"
        return named


def read_model(folder: Path) -> Node:
    """The objects of every file of a definition."""
    whole = Node("")
    for file in sorted(folder.rglob("*.tmdl")):
        read(file.read_text(), whole)
    return whole


def read(text: str, into: Node) -> None:
    """Adds the objects of a file to a node."""
    assert text.endswith("\n\n")
    assert "\r" not in text
    lines = [(len(line) - len(line.lstrip("\t")), line.lstrip("\t")) for line in text.splitlines()]
    assert not any(line != line.rstrip() for _, line in lines)
    rest = _objects([line for line in lines if line[1]], 0, into)
    assert not rest, f"indentation of {rest[0]}"


def _objects(lines: list[tuple[int, str]], depth: int, parent: Node) -> list[tuple[int, str]]:
    """Reads lines of one depth and what is deeper; returns those that are not."""
    described: list[str] = []
    while lines and lines[0][0] == depth:
        line = lines.pop(0)[1]
        if line.startswith("/// "):
            described.append(line[4:])
            continue
        if parent.kind and _property(parent, line, lines, depth):
            continue
        declared = DECLARED.fullmatch(line)
        assert declared, line
        is_ref, kind, name, expression = declared.groups()
        name = _unquoted(name or "")
        if is_ref:
            parent.refs.append(name)
            continue
        assert kind in CHILDREN.get(parent.kind, ()), f"{kind} in {parent.kind or 'a file'}: {line}"
        node = Node(kind, name, expression or "", "\n".join(described))
        described = []
        if line.endswith(" ="):
            node.expression = "\n".join(_block(lines, depth + 2))
        parent.children.append(node)
        lines = _objects(lines, depth + 1, node)
    assert not described, "a description of nothing"
    return lines


def _property(node: Node, line: str, lines: list[tuple[int, str]], depth: int) -> bool:
    word = re.match(r"\w+", line)
    if not word or word[0] not in KNOWN[node.kind]:
        return False
    assert not node.children, f"{line} comes after what is in {node.name}"
    assert word[0] not in node.properties, f"{line} is said twice"
    if found := PROPERTY.fullmatch(line):
        node.properties[found[1]] = found[2]
    elif found := EXPRESSION.fullmatch(line):
        node.properties[found[1]] = found[2] or "\n".join(_block(lines, depth + 2))
    else:
        assert line == word[0], line
        node.properties[line] = True
        while lines and lines[0][0] == depth + 1:
            assert lines.pop(0)[1] in KNOWN[line]
    return True


def _block(lines: list[tuple[int, str]], depth: int) -> Iterator[str]:
    while lines and lines[0][0] >= depth:
        yield lines.pop(0)[1]


def _unquoted(name: str) -> str:
    return name[1:-1].replace("''", "'") if name.startswith("'") else name


def column_of(reference: str) -> tuple[str, str]:
    """The table and the column of `table.column`."""
    table, column = re.fullmatch(rf"({NAME})\.({NAME})", reference).groups()
    return _unquoted(table), _unquoted(column)
