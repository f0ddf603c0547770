"""Exports in child processes, each killed (SIGKILL) right before another step: `python -m tests.readers.exporting PROJECT DIR`.

Writes a JSON line for each: how many steps it made, and every Parquet file that it left for readers, with its digest.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from flink_jobs.lake import Lake
from flink_jobs.project import Project
from readers.parquet import Folder, Lakeside, export


def files(folder: Path) -> dict[str, str]:
    """The digest of each Parquet file that a reader of a table's folder finds."""
    found = (file for file in sorted(folder.rglob("*.parquet")) if file.relative_to(folder).parts[0] != "_export")
    return {str(file.relative_to(folder)): sha256(file.read_bytes()).hexdigest() for file in found}


def run(project: Path, to: Path) -> None:
    """An export of the orders."""
    lake = Lake.of(Project(project))
    export(Lakeside(lake, lake.moment()), ["shop.gold.fact_orders"], Folder(to), list)


def run_killed(project: Path, to: Path, steps: int) -> bool:
    """Whether an export was killed after it wrote or moved that many files."""
    if child := os.fork():
        return os.waitpid(child, 0)[1] == signal.SIGKILL
    left = iter(range(steps, -1, -1))

    def counting(step: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:  # noqa: ANN401
            if next(left) == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return step(*arguments)

        return counted

    Path.replace = counting(Path.replace)
    Lakeside.write = counting(Lakeside.write)
    run(project, to)
    os._exit(0)


if __name__ == "__main__":
    project, to = map(Path, sys.argv[1:])
    for steps in count():
        killed = run_killed(project, to, steps)
        print(json.dumps({"steps": steps, "files": files(to)}), flush=True)
        if not killed:
            break
