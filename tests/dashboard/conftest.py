"""Pages in a real browser, over lakes that were written without Flink."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, sync_playwright

from tests.dashboard.small_lake import SmallLake
from tests.end_to_end.workbench import BIN, free_ports, wait


@contextmanager
def served(project: Path) -> Iterator[str]:
    """The address of a project's page while its server runs; Ctrl-C must end it."""
    (port,) = free_ports(1)
    settings = {"TRUNKLINE_DASHBOARD_PORT": str(port)}
    server = subprocess.Popen([BIN / "trunkline", "dashboard", "--no-browser"], cwd=project, env=os.environ | settings)
    try:
        wait(lambda: server.poll() is not None or answers(port), "the dashboard", every=0.1)
        yield f"http://127.0.0.1:{port}"
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 0
    finally:
        server.kill()


def answers(port: int) -> bool:
    """Whether the page can be opened."""
    try:
        return requests.get(f"http://127.0.0.1:{port}/_stcore/health", timeout=5).ok
    except requests.RequestException:
        return False


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window. While it is there an event loop runs, and no other test of the process may run one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> SmallLake:
    """A lake with something of everything, whose stack is down."""
    lake = SmallLake(tmp_path_factory.mktemp("full"))
    lake.fill()
    return lake


@pytest.fixture(scope="session")
def page_of_full(full: SmallLake) -> Iterator[str]:
    """The address of its page."""
    with served(full.project.root) as url:
        yield url
