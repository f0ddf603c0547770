"""`trunkline sql-client`: Flink's own SQL client, with a domain's files loaded as they are."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from flink_jobs.domains import chosen, load_domains
from flink_jobs.environment import load_environment
from flink_jobs.local import flink
from flink_jobs.project import Project


def run(project: Project, domain: str, environment: str, script: Path | None) -> int:
    """Runs the client at the terminal, or over a script; returns its exit code."""
    flink.prepare(project, environment)
    with opened(project, domain, environment) as folder:
        command = [str(flink.HOME / "bin" / "sql-client.sh"), "-i", str(folder / "init.sql"), *(("-f", str(script)) if script else ())]
        return subprocess.run(command, env=flink.environment(project)).returncode


@contextmanager
def opened(project: Project, domain: str, environment: str) -> Iterator[Path]:
    """A folder for one run of the client. It may hold secrets: nobody else can read it, and it goes with the client."""
    (found,) = chosen(load_domains(project), domain)
    with TemporaryDirectory(prefix="trunkline-") as name:
        folder = Path(name)
        shutil.copytree(project.root / "udfs", folder / "python" / "udfs", ignore=shutil.ignore_patterns("__pycache__"))
        declared = found.closure(list(found.declared))
        statements = [s.text for s in (*load_environment(project, environment).of(domain).resolved, *declared)]
        python = f"SET 'python.files' = '{folder / 'python'}'"
        (folder / "init.sql").write_text("".join(f"{text};\n" for text in (python, *statements)))
        yield folder
