"""Microsoft's own reader and writer of TMDL takes the models, and writes them back as they are.

It is not free software, so it is not installed with the rest: `npm install -g @microsoft/powerbi-modeling-mcp`.
"""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY

SERVER = "powerbi-modeling-mcp"
MODELS = sorted((REPOSITORY / "powerbi").glob("*.SemanticModel"))

pytestmark = pytest.mark.skipif(not shutil.which(SERVER), reason=f"{SERVER} is not installed: npm install -g @microsoft/{SERVER}")


@pytest.fixture(scope="module")
def call() -> Iterator[Callable[..., Any]]:
    """Calls an operation on a database; answers what it says."""
    with subprocess.Popen(
        [SERVER, "--start"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        number = 0

        def ask(method: str, parameters: dict[str, Any]) -> Any:  # noqa: ANN401
            nonlocal number
            number += 1
            print(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}), file=server.stdin, flush=True)
            return next(answer for answer in map(json.loads, server.stdout) if answer.get("id") == number)["result"]

        client = {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "trunkline", "version": "0"}}
        ask("initialize", client)
        print(json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}), file=server.stdin, flush=True)
        yield lambda **request: ask("tools/call", {"name": "database_operations", "arguments": {"request": request}})
        server.kill()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.stem)
def test_a_model_is_written_back_as_it_is(model: Path, call: Callable[..., Any], tmp_path: Path) -> None:
    for operation, folder in (("ImportFromTmdlFolder", model / "definition"), ("ExportToTmdlFolder", tmp_path)):
        answer = call(operation=operation, tmdlFolderPath=str(folder))
        assert not answer["isError"], answer
    assert files(tmp_path) == files(model / "definition")


def files(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*.tmdl")}
