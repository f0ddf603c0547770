"""`trunkline dashboard`: the page in a browser on this machine."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from flink_jobs.environment import LOCAL
from flink_jobs.errors import TrunklineError
from flink_jobs.options import EnvironmentName
from flink_jobs.project import Project

HOST = "127.0.0.1"


def dashboard(
    port: Annotated[int, typer.Option(min=1, max=65535, envvar="TRUNKLINE_DASHBOARD_PORT", help=f"On {HOST}.")] = 8501,
    environment: EnvironmentName = LOCAL,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
) -> None:
    """Show telecom, stocks, books and data quality on a page that follows the tables, until Ctrl-C."""
    from flink_jobs.lake import Lake
    from flink_jobs.local.stack import obstacle

    project = Project.find()
    Lake.of(project, environment)  # raises what is wrong with the environment
    if taken := obstacle(port):
        raise TrunklineError(f"the dashboard cannot have port {port}: {taken}", "free it, or set TRUNKLINE_DASHBOARD_PORT to a free port")
    Console(stderr=True, highlight=False).print(f"dashboard http://{HOST}:{port}, until Ctrl-C")
    become_streamlit(project, port, environment, browser)


def become_streamlit(project: Project, port: int, environment: str, browser: bool) -> None:
    """Becomes the server, so that whatever ends this process ends it; the other options are in `.streamlit/config.toml`."""
    os.chdir(project.root)
    options = {"server.address": HOST, "server.port": port, "server.headless": str(not browser).lower()}
    flags = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "streamlit", "run", str(Path(__file__).with_name("app.py")), *flags]
    os.execve(sys.executable, command, os.environ | {"TRUNKLINE_ENV": environment})  # noqa: S606
