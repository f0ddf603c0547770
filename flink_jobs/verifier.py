"""Makes every check of a project over one set of snapshots."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from flink_jobs.accounting import Accounting, Broker, fed_tables
from flink_jobs.checks import (
    Check,
    SkippedError,
    first_line,
    key_checks,
    problem,
    reference_checks,
    relations,
    verdict_checks,
    written_checks,
)
from flink_jobs.domains import Domain, chosen, load_domains
from flink_jobs.environment import load_environment
from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake
from flink_jobs.project import Project
from flink_jobs.reader import interruptible
from flink_jobs.releases import Store

EXAMPLES = 3


class Outcome(StrEnum):
    """How a check ended."""

    passed = "passed"
    failed = "failed"
    warning = "warning"
    skipped = "skipped"


class Result(BaseModel):
    """What came of a check: how many rows speak against it, three of them, and why it could not be made if it could not."""

    check: str
    proves: str
    result: Outcome
    rows: int = 0
    examples: list[dict[str, Any]] = []
    reason: str | None = None


class Verifier:
    """The checks of some domains over one moment of the lake; what DuckDB has no memory for goes into `folder`."""

    def __init__(self, project: Project, domain: str | None, environment: str, folder: Path) -> None:
        self.project = project
        self.environment = load_environment(project, environment)
        every_domain = load_domains(project)
        lake = Lake.of(project, environment)
        self.moment = lake.moment()
        filled = {table.catalog for table in self.moment.tables}
        self.domains = [found for found in chosen(every_domain, domain) if found.name in filled]
        if not self.domains:
            raise TrunklineError("no table is stored yet", "fill them with `trunkline deploy` and `trunkline feed`")
        self.fed = [fed for found in self.domains for fed in fed_tables(found, self.environment)]
        names = {found.name for found in self.domains}
        self.stored = {table.name: table for table in self.moment.tables if table.catalog in names}
        self.declared = frozenset(_declared(every_domain, lake)) | {table.name for table in self.moment.tables}
        self.connection = lake.connect(self.moment.tables)
        self.connection.execute(f"SET temp_directory = '{folder}'")

    def checks(self, only: str = "") -> list[Check]:
        """Every check in an order for readers, or those with `only` in their names, where * stands for anything."""
        deployed = Store(self.project, self.environment.name)
        ahead = {table: offsets for deployment in deployed for table, offsets in deployment.reached.items()}
        accounting = Accounting(self.stored, self.moment.apart, ahead, Broker(self.project, self.environment))
        found = [*accounting.checks(self.fed), *verdict_checks(self.stored.values())]
        for domain in self.domains:
            gold = relations(self.connection, domain.name)
            found += [*key_checks(gold), *reference_checks(gold)]
            found += written_checks(self.project.root / "sql" / domain.name / "checks", self.declared)
        chosen = [check for check in found if fnmatchcase(check.name, f"*{only}*")]
        if not chosen:
            raise TrunklineError(f"no check has {only!r} in its name", "leave out --only to see them all")
        return chosen

    def result(self, check: Check) -> Result:
        """Makes one check; what is wrong with the check itself is a result too."""

        def told(outcome: Outcome, **details: Any) -> Result:  # noqa: ANN401
            return Result(check=check.name, proves=check.proves, result=outcome, **details)

        try:
            rows = check.offenders(self.connection)
            count = interruptible(self.connection, lambda: rows.aggregate("count(*)").fetchone()[0])
            examples = interruptible(self.connection, lambda: rows.order("ALL").limit(EXAMPLES).fetchall()) if count else []
        except SkippedError as reason:
            return told(Outcome.skipped, reason=str(reason))
        except TrunklineError as error:
            return told(Outcome.failed, reason=str(error))
        except duckdb.IOException:  # the snapshot expired, its files gone, since it was pinned
            return told(Outcome.skipped, reason="the snapshot expired while it was read; run it again")
        except duckdb.Error as error:
            return told(Outcome.failed, reason=str(problem(check.file, first_line(error))) if check.file else first_line(error))
        outcome = Outcome.passed if not count else Outcome.warning if check.only_warns else Outcome.failed
        return told(outcome, rows=count, examples=[_example(rows.columns, row) for row in examples])


@contextmanager
def verifying(project: Project, domain: str | None = None, environment: str = "local") -> Iterator[Verifier]:
    """A verifier of a domain, or of all that have tables, over these as they are now."""
    with TemporaryDirectory(prefix="trunkline-verify-") as folder:
        yield Verifier(project, domain, environment, Path(folder))


def _declared(domains: list[Domain], lake: Lake) -> Iterator[str]:
    """The three-word name of every table and serving view that the project's files declare."""
    for domain in domains:
        yield from (name for name, statement in domain.declared.items() if statement.kind == "CREATE TABLE")
    yield from (f"{file.parent.parent.name}.{file.parent.name}.{file.stem}" for file in lake.serving)


def _example(columns: list[str], row: tuple[Any, ...]) -> dict[str, Any]:
    """A row as JSON may hold it, without what is null."""
    values = {name: value for name, value in zip(columns, row, strict=True) if value is not None}
    return to_jsonable_python(values, bytes_mode="hex", inf_nan_mode="strings")
