"""The views for readers, `sql/<domain>/serving/*.sql`: each is made after what it reads, and waits while that is not stored."""

import re
from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import duckdb

from flink_jobs.errors import TrunklineError
from flink_jobs.statements import read_text

COMMENT = re.compile(r"--.*")
THREE_WORDS = re.compile(r"\b\w+\.\w+\.\w+\b")


def create_views(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> dict[str, list[str]]:
    """Creates the views that a connection lacks; TrunklineError for one that is wrong.

    Returns those that must wait, with the declared tables that they read and that are not there.
    """
    views = {view_name(file): file for file in files}
    reads = {name: mentioned(file) for name, file in views.items()}
    found = connection.sql("SELECT concat_ws('.', table_catalog, table_schema, table_name) FROM information_schema.tables").fetchall()
    there = {name for (name,) in found}
    waiting: dict[str, list[str]] = {}
    for name in in_order(reads):
        absent = [used for used in reads[name] - there if is_declared(used, views[name])]
        if absent:
            waiting[name] = sorted({table for used in absent for table in waiting.get(used, [used])})
        elif name not in there:
            execute(connection, views[name])
            there.add(name)
    return waiting


def view_name(file: Path) -> str:
    """The three words of a file's path: `sql/telecom/serving/dim_user.sql` declares `telecom.serving.dim_user`."""
    return ".".join((*file.parts[-3:-1], file.stem))


def mentioned(file: Path) -> set[str]:
    """The three-word names in a file, but for its own and those in comments."""
    return set(THREE_WORDS.findall(COMMENT.sub("", read_text(file)))) - {view_name(file)}


def is_declared(name: str, view: Path) -> bool:
    """Whether a table or view of that name has its file in the project of a view."""
    return view.parents[2].joinpath(*name.split(".")).with_suffix(".sql").exists()


def in_order(reads: dict[str, set[str]]) -> list[str]:
    """The views, those that others read first; TrunklineError when there is no such order."""
    try:
        return list(TopologicalSorter({name: sorted(used & reads.keys()) for name, used in sorted(reads.items())}).static_order())
    except CycleError as error:
        raise TrunklineError(f"{' reads '.join(reversed(error.args[1]))}", "a view can't be made of itself: break the circle") from None


def execute(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Runs a file; TrunklineError that names it, in DuckDB's words, when it fails."""
    try:
        connection.execute(read_text(file))
    except duckdb.Error as error:
        raise TrunklineError(f"{file}: {error}") from None
