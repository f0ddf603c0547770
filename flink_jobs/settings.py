"""The SET statements that a project may have."""

from collections.abc import Iterable, Iterator

from flink_jobs.errors import Problem
from flink_jobs.secrecy import is_secret
from flink_jobs.statements import Statement

UNALIGNED = "execution.checkpointing.unaligned"


def setting_problems(statements: Iterable[Statement]) -> Iterator[Problem]:
    """What is wrong with the SETs among statements."""
    for statement in statements:
        if statement.kind != "SET":
            continue
        key, value = statement.setting
        if not key:
            yield statement.problem("this SET is not understood", "write SET 'key' = 'value'")
        elif key.startswith(UNALIGNED) and value.lower() == "true":
            # apache/iceberg#15846
            yield statement.problem("with unaligned checkpoints the Iceberg sink loses records", "remove this line", statement.tokens[1])
        elif value.startswith("env:") or is_secret(key, value):
            what = f"{key} can't be SET to a secret: Flink's configuration and jobs hold what is SET as it is"
            fix = "remove this line, and give Flink's own secrets to its cluster, as its documentation says"
            yield statement.problem(what, fix, statement.tokens[3])
