"""`trunkline serve` as a whole: a server, a connection to each domain's database, and what is done when one is lost."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Self

import duckdb
import psycopg
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential

from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake
from flink_jobs.local import postgres, stack
from flink_jobs.moments import Moment
from flink_jobs.project import Project
from readers.model import Model, load_models
from readers.postgres.database import open_database
from readers.postgres.masking import masking
from readers.postgres.serving import Serving, Step, Told

ATTEMPTS = 3  # to read a moment
MOST_SECONDS = 15.0  # between two attempts to connect


class Service:
    """Serves some domains. Without an address it starts a PostgreSQL on this machine, and again should that end."""

    def __init__(
        self,
        project: Project,
        domain: str | None = None,
        environment: str = "local",
        address: str | None = None,
        say: Callable[[str], None] = print,
        told: Told = lambda *_: None,
    ) -> None:
        self.project = project
        self.domain = domain
        self.environment = environment
        self.address = address
        self.say = say
        self.told = told
        self.lake = Lake.of(project, environment)
        self.models = load_models(project, domain)
        self._files = self._stamp()
        self._open: dict[str, Serving] = {}

    def __enter__(self) -> Self:
        try:
            for model in self.models:
                self._open[model.domain] = self._serving(model)
        except psycopg.OperationalError as error:
            self._close()
            raise TrunklineError(
                f"PostgreSQL can't be reached: {_first_line(error)}", "see that --to is right and the server runs"
            ) from None
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    @property
    def greeting(self) -> str:
        """What is served, and how to look at it."""
        domains = ", ".join(model.domain for model in self.models)
        if self.address is not None:
            return f"serving {domains}"
        file = self.project.relative(self.project.state / "postgres" / "pgpass")
        at = f"host=127.0.0.1 port={self.project.settings.postgres_port} user={postgres.SUPERUSER} dbname={self.models[0].domain}"
        return f'serving {domains}; look at it with: psql "{at} passfile={file}"'

    def step(self) -> Iterator[Step]:
        """Brings each domain to the newest moment. Where the connection is lost it is opened again, as often as that takes."""
        self._follow_files()
        moment = self.lake.moment()
        for model in self.models:
            yield self._step(model, moment)

    def _step(self, model: Model, moment: Moment) -> Step:
        attempts = ATTEMPTS
        while True:
            try:
                return self._open[model.domain].step(moment)
            except psycopg.OperationalError as error:
                self.say(f"{model.domain}: {_first_line(error)}; connecting again")
                self._again(model)
            except (duckdb.IOException, FileNotFoundError):  # files of the moment are expired, so there is a newer one
                attempts -= 1
                if not attempts:
                    raise
                moment = self.lake.moment()
            except psycopg.Error as error:  # its details may hold the values of a row
                raise TrunklineError(f"PostgreSQL refuses a change of {model.domain}: {error.diag.message_primary}") from None

    def _again(self, model: Model) -> None:
        """A new connection, as soon as there can be one; the server's own data say how far it has come."""

        def failed(state: RetryCallState) -> None:
            self.say(f"{model.domain}: {_first_line(state.outcome.exception())}; next attempt in {state.next_action.sleep:.0f} s")

        if model.domain in self._open:
            self._open.pop(model.domain).connection.close()
        lost, waiting = retry_if_exception_type(psycopg.OperationalError), wait_exponential(max=MOST_SECONDS)
        self._open[model.domain] = Retrying(retry=lost, wait=waiting, before_sleep=failed)(self._serving, model)

    def _serving(self, model: Model) -> Serving:
        address = self.address
        if address is None:
            stack.start_postgres(self.project)
            address = postgres.connection_string(self.project)
        mask = masking(self.project, model, self.environment)
        for name, why in mask.privacy.unjudged.items():
            self.say(f"warning: {name} is not among the masked: it can't be told what is personal in it, {why}")
        return Serving(open_database(address, model.domain), self.lake, model, mask, self.told)

    def _follow_files(self) -> None:
        """Files that have changed are read again: a deploy may have added a column. Those that somebody is still at work on can wait."""
        if (stamp := self._stamp()) == self._files:
            return
        self._files = stamp
        try:
            lake, models = Lake.of(self.project, self.environment), load_models(self.project, self.domain)
        except (TrunklineError, FileNotFoundError) as error:
            self.say(f"{error}\nserving goes on by the files as they were")
            return
        self._close()
        self.lake, self.models = lake, models
        for model in self.models:
            self._again(model)

    def _stamp(self) -> dict[str, int]:
        stamps: dict[str, int] = {}
        for file in (self.project.root / "sql").rglob("*.sql"):
            with suppress(FileNotFoundError):  # somebody is about to write it anew
                stamps[str(file)] = file.stat().st_mtime_ns
        return stamps

    def _close(self) -> None:
        for serving in self._open.values():
            serving.connection.close()
        self._open.clear()


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
