"""Follows the README from top to bottom as someone new would: every command and every edit, in order."""

import re
import shlex
import subprocess

from tests.end_to_end.workbench import REPOSITORY, Workbench

BLOCK = re.compile(r"```(sh|diff)\n(.*?)```", re.DOTALL)
THIS_SUITE = "uv run just test"


def test_every_step_of_the_readme_works(workbench: Workbench) -> None:
    said = {}
    for kind, text in BLOCK.findall((REPOSITORY / "README.md").read_text()):
        if kind == "diff":
            subprocess.run(["git", "apply", "-"], input=text, text=True, cwd=workbench.project.root, check=True)
            continue
        for command in commands(text):
            done = workbench.run(*shlex.split(command))
            said[command] = done.stdout + done.stderr
            if " feed " in command:
                workbench.wait_until_caught_up("telecom.silver.calls", "calls")
    assert "first gold row after" in said["uv run just demo"]
    assert "In which cities" in said["uv run just demo"]
    assert "telecom-usage" in said["just status"] and "RUNNING" in said["just status"]
    assert "no problem" in said["just check telecom"]
    assert "add billed_minutes int" in said["just plan telecom"]
    assert re.search(r"changed +telecom-usage", said["just deploy-jobs telecom"])
    assert re.search(r"unchanged +telecom-calendar", said["just deploy-jobs telecom"])
    busy, minutes = [text for command, text in said.items() if "busy" in command or "billed_minutes" in command]
    assert "unknown_status" in busy
    assert "5 rows" in minutes


def commands(block: str) -> list[str]:
    """The commands of a block, without comments; the suite does not run itself."""
    lines = [line.split("  # ")[0].strip() for line in block.splitlines()]
    return [line for line in lines if line and line != THIS_SUITE]
