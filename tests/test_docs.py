"""What the documentation names exists, and what exists is documented."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flink_jobs.cli import app
from tests import codes
from tests.udfs.judges import JUDGES
from udfs.keys import surrogate_key

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMAND = re.compile(r"`trunkline ([a-z-]+)[^`]*`")
TOP_LEVEL = (
    "catalog/",
    "dashboard/",
    "docs/",
    "examples/",
    "feeds/",
    "flink_jobs/",
    "formats/",
    "kubernetes/",
    "monitoring/",
    "powerbi/",
    "readers/",
    "sql/",
    "stack/",
    "tests/",
    "udfs/",
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_and_path_leads_somewhere(page: Path) -> None:
    text = page.read_text()
    links = [page.parent / link for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)]
    paths = [ROOT / path for path in re.findall(r"`([\w./-]+)`", text) if path.startswith(TOP_LEVEL)]
    assert [str(path) for path in (*links, *paths) if not path.exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_into_a_page_leads_to_a_heading(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]*)#([^)]+)\)", page.read_text())
    assert [anchor for name, anchor in links if anchor not in anchors(page.parent / name if name else page)] == []


def anchors(page: Path) -> set[str]:
    """What GitHub calls the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_recipe_is_documented_and_every_documented_recipe_exists() -> None:
    just = [Path(sys.executable).with_name("just"), "--summary"]
    recipes = set(subprocess.run(just, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())
    documented = set(re.findall(r"\| `just ([\w-]+)`", (ROOT / "docs" / "commands.md").read_text()))
    assert recipes - {"default"} == documented


def test_a_value_with_blanks_stays_one_on_its_way_through_a_recipe() -> None:
    just = [Path(sys.executable).with_name("just"), "doctor", "--env", "no such"]
    asked = subprocess.run(just, cwd=ROOT, capture_output=True, text=True)
    assert "no environment 'no such'" in asked.stderr


@pytest.mark.parametrize("command", sorted({c for page in PAGES for c in COMMAND.findall(page.read_text())}))
def test_every_documented_command_has_help(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert "Example:" in result.output or command == "feed"


def test_every_rule_is_documented_in_its_order() -> None:
    documented: dict[str, list[str]] = {}
    for table in re.findall(r"(?:^\|.*\n)+", (ROOT / "docs" / "rules.md").read_text(), re.MULTILINE):
        (_, _, *topics), _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines())
        for column, topic in enumerate(topics, start=2):
            documented[topic] = [row[0].strip("`") for row in rows if row[column]]
    assert documented == {topic: codes.codes(topic) for topic in JUDGES}


def test_the_key_in_the_documentation_is_the_key_of_the_code() -> None:
    command = re.search(r"printf .* \| md5sum", (ROOT / "docs" / "keys.md").read_text())[0]
    printed = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True).stdout.split()[0]
    assert printed == surrogate_key("user", "+201012345678")
