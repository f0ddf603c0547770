"""What a Python function depends on: nothing less, so that a change is deployed, and nothing more, so that no job restarts in vain."""

from pathlib import Path

import pytest

from flink_jobs.functions import needs, sources

FILES = {
    "__init__": "",
    "flink": """
from udfs import prices, unused
from .shops import shop
from udfs.texts import clean as clean_text
import udfs.times

LIMIT = 3
OTHER_LIMIT: int = 4

def helper(x):
    return x * LIMIT

price = wrap(prices.price, helper)
text = wrap(clean_text)
time = wrap(udfs.times.now)
shop = wrap(shop)
""",
    "shops/__init__": "from .names import *\n\ndef shop(x):\n    return NAMES[x]\n",
    "shops/names": "NAMES = {}\n",
    "prices": "from .deep import base\n\ndef price(x):\n    return base(x)\n",
    "deep": "def base(x):\n    return x  # as it is\n",
    "unused": "def nothing():\n    return None\n",
    "texts": "import re\nfrom decimal import Decimal\n\ndef clean(x):\n    return re.sub('a', 'b', x)\n",
    "times": "def now():\n    from udfs.deep import base\n    return base(0)\n",
}
DEPENDS = {
    "price": {"flink", "prices", "deep"},
    "text": {"flink", "texts"},
    "time": {"flink", "times", "deep"},
    "shop": {"flink", "shops", "shops.names"},
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "udfs" / "shops").mkdir(parents=True)
    for name, text in FILES.items():
        (tmp_path / "udfs" / f"{name}.py").write_text(text)
    return tmp_path


def edit(root: Path, module: str, old: str, new: str) -> None:
    file = root / "udfs" / f"{module}.py"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def changed(root: Path, module: str, old: str, new: str) -> set[str]:
    """The functions that an edit changes."""
    before = {name: sources(root, f"udfs.flink.{name}") for name in DEPENDS}
    edit(root, module, old, new)
    return {name for name in DEPENDS if sources(root, f"udfs.flink.{name}") != before[name]}


@pytest.mark.parametrize("name", DEPENDS)
def test_modules(root: Path, name: str) -> None:
    assert set(sources(root, f"udfs.flink.{name}")) == {f"udfs.{module}" for module in DEPENDS[name]}


@pytest.mark.parametrize(
    ("module", "old", "new", "expected"),
    [
        ("flink", "text = wrap(clean_text)", "text = wrap(clean_text, 1)", {"text"}),
        ("flink", "x * LIMIT", "x + LIMIT", {"price"}),
        ("flink", "LIMIT = 3", "LIMIT = 5", {"price"}),
        ("flink", "OTHER_LIMIT: int = 4", "OTHER_LIMIT: int = 5", set()),
        ("prices", "return base(x)", "return base(x) + 1", {"price"}),
        ("deep", "return x", "return x + 1", {"price", "time"}),
        ("texts", "'b'", "'c'", {"text"}),
        ("shops/names", "{}", "{1: 2}", {"shop"}),
        ("unused", "None", "1", set()),
    ],
)
def test_a_change_of_what_is_used_is_a_change(root: Path, module: str, old: str, new: str, expected: set[str]) -> None:
    assert changed(root, module, old, new) == expected


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("deep", "  # as it is", ""),
        ("deep", "def base", "# the base\n\n\ndef base"),
        ("flink", "LIMIT = 3", "LIMIT = (3)  # three"),
        ("flink", "text = wrap", "another = wrap(1)\ntext = wrap"),
    ],
)
def test_a_comment_or_layout_or_another_function_is_none(root: Path, module: str, old: str, new: str) -> None:
    assert changed(root, module, old, new) == set()


def test_what_others_must_have_to_import_them_is_named(root: Path) -> None:
    assert needs(root) == {}
    edit(root, "flink", "import udfs.times", "import udfs.times\nimport pyflink.table")
    edit(root, "deep", "def base", "from phonenumbers.util import *\nfrom . import texts\n\ndef base")
    edit(root, "texts", "import re", "import re, idna as i")
    assert needs(root) == {"pyflink": "udfs.flink", "phonenumbers": "udfs.deep", "idna": "udfs.texts"}


def test_what_has_yet_to_be_written_needs_nothing(root: Path) -> None:
    edit(root, "deep", "def base", "def def base")
    assert needs(root) == {}
    assert needs(root / "udfs") == {}
