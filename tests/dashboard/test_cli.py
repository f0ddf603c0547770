import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flink_jobs.cli import app
from flink_jobs.errors import TrunklineError
from tests.flink_jobs.lakes import make_project


def test_a_port_that_is_taken_is_said_with_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make_project(tmp_path, "shop").root)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = CliRunner().invoke(app, ["dashboard", "--no-browser"], env={"TRUNKLINE_DASHBOARD_PORT": str(port)})
    assert isinstance(result.exception, TrunklineError)
    assert str(result.exception).startswith(f"the dashboard cannot have port {port}: ")
    assert str(result.exception).endswith("has it; free it, or set TRUNKLINE_DASHBOARD_PORT to a free port")
