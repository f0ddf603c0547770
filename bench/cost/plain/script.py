"""Submits a script of Flink SQL, its addresses filled in from the environment: flink run -d -py bench/cost/plain/script.py <file>"""

import os
import sys
from pathlib import Path

from flink_jobs.environment import resolve
from flink_jobs.planner import Planner
from flink_jobs.statements import Statement, read


def statements(file: Path) -> list[Statement]:
    """The script's statements, with the values of environment variables where option values hold `${NAME}`."""
    return [resolve(statement, dict(os.environ)) for statement in read(file)]


if __name__ == "__main__":
    planner = Planner()
    for statement in statements(Path(sys.argv[1])):
        planner.execute(statement)
