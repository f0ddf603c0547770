"""The Python functions of a project: what they depend on, for a job is changed when that is, and how DuckDB gets them."""

import ast
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib import import_module
from importlib.util import resolve_name
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

PACKAGE = "udfs"
FOR_FLINK = f"{PACKAGE}.flink"
DECLARED = re.compile(r"^CREATE TEMPORARY FUNCTION (\w+)", re.MULTILINE)


def used(root: Path, text: str) -> bool:
    """Whether a text names a function of the project."""
    file = root / PACKAGE / "functions.sql"
    names = DECLARED.findall(file.read_text(encoding="utf-8")) if file.is_file() else []
    return not set(names).isdisjoint(re.findall(r"\w+", text))


def register(root: Path, connection: "duckdb.DuckDBPyConnection") -> None:
    """Gives a DuckDB the functions of the project, those of `udfs/duckdb.py`, if it has any."""
    if (root / PACKAGE / "duckdb.py").is_file():
        if str(root) not in sys.path:
            sys.path.insert(0, str(root))
        import_module(f"{PACKAGE}.duckdb").register(connection)


def sources(root: Path, function: str) -> dict[str, str]:
    """The syntax of all that `function`, such as `udfs.flink.judge_call`, is made of, by module; comments and layout left out."""
    module, _, name = function.rpartition(".")
    body = parse(root, module).body
    nodes = list(definitions(body, name, set()))
    found = {module: "\n".join(ast.dump(node) for node in nodes)}
    names = {used for node in nodes for used in names_in(node)}
    for imported in imports(root, module, body, names):
        add_module(root, imported, found)
    return found


def needs(root: Path) -> dict[str, str]:
    """What else must be installed where functions are imported for Flink: top-level modules, with who imports each."""
    found: dict[str, str] = {}
    with suppress(FileNotFoundError, SyntaxError):  # a check says where
        add_module(root, FOR_FLINK, found)
    return {
        name: importer
        for importer in found
        for name in imported_names(parse(root, importer).body)
        if name != PACKAGE and name not in sys.stdlib_module_names
    }


def imported_names(body: list[ast.stmt]) -> Iterator[str]:
    """The top-level modules that these statements import by their whole names."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


def add_module(root: Path, module: str, found: dict[str, str]) -> None:
    """Adds a module and those of the package that it imports, in turn."""
    if module in found:
        return
    tree = parse(root, module)
    found[module] = ast.dump(tree)
    for imported in imports(root, module, list(ast.walk(tree)), None):
        add_module(root, imported, found)


def definitions(body: list[ast.stmt], name: str, seen: set[str]) -> Iterator[ast.stmt]:
    """The top-level statements that define `name` and, in turn, what these use."""
    if name in seen:
        return
    seen.add(name)
    for node in body:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        defined = {target.id for target in targets if isinstance(target, ast.Name)} | {getattr(node, "name", None)}
        if name in defined:
            yield node
            for used in sorted(names_in(node)):
                yield from definitions(body, used, seen)


def names_in(node: ast.AST) -> set[str]:
    """Every name that a piece of syntax mentions."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def imports(root: Path, importer: str, nodes: list[ast.AST], names: set[str] | None) -> Iterator[str]:
    """The modules of the package that `nodes` of the module `importer` import; given `names`, only those that bring one of them."""
    for node in nodes:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        parent = f"{origin(root, importer, node)}." if isinstance(node, ast.ImportFrom) else ""
        for alias in node.names:
            if names is not None and (alias.asname or alias.name.partition(".")[0]) not in names | {"*"}:
                continue
            for module in (f"{parent}{alias.name}", parent.rstrip(".")):
                if module.startswith(f"{PACKAGE}.") and path_of(root, module).is_file():
                    yield module


def origin(root: Path, importer: str, node: ast.ImportFrom) -> str:
    """The absolute name of what `from ... import` in a module imports from."""
    package = importer if path_of(root, importer).name == "__init__.py" else importer.rpartition(".")[0]
    return resolve_name("." * node.level + (node.module or ""), package)


@cache
def parse_file(file: Path, modified_ns: int) -> ast.Module:
    """The syntax of a file as it was at that time."""
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def parse(root: Path, module: str) -> ast.Module:
    """The syntax of a module."""
    file = path_of(root, module)
    return parse_file(file, file.stat().st_mtime_ns)


def path_of(root: Path, module: str) -> Path:
    """The file of a module or a package."""
    folder = root.joinpath(*module.split("."))
    return folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
