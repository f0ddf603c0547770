import hashlib
import hmac
import re
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from flink_jobs.errors import TrunklineError
from flink_jobs.lake import open_duckdb
from flink_jobs.project import Project
from readers.pseudonyms import MaskingKey
from tests.conftest import REPOSITORY
from udfs.keys import surrogate_key

VALUES = ["+201012345678", "", "a", "Zoë 木", "x" * 55, "x" * 56, "x" * 64, "x" * 500, "\0", "O'Brien", None]
KEYS = ["k" * 32, "k" * 63, "k" * 64, "k" * 65, "κλειδί" * 6]


@pytest.mark.parametrize("way", [MaskingKey.register, MaskingKey.register_for_bulk], ids=["register", "register_for_bulk"])
@pytest.mark.parametrize("key", KEYS, ids=len)
def test_pseudonyms_are_hmacs_wherever_they_are_made(way: Callable[[MaskingKey, duckdb.DuckDBPyConnection], None], key: str) -> None:
    masking = MaskingKey(key.encode())
    connection = open_duckdb()
    way(masking, connection)
    expected = [value if value is None else hmac.new(key.encode(), value.encode(), hashlib.sha256).hexdigest()[:32] for value in VALUES]
    assert [value if value is None else masking.pseudonym(value) for value in VALUES] == expected
    found = connection.execute("SELECT pseudonym(value) FROM (SELECT unnest($values) AS value)", {"values": VALUES}).fetchall()
    assert [value for (value,) in found] == expected


def test_no_sql_shows_the_key() -> None:
    key = MaskingKey(b"the-key-that-nobody-may-ever-see")
    connection = open_duckdb()
    key.register(connection)
    connection.execute("CREATE VIEW masked AS SELECT pseudonym('+201012345678') AS phone_number")
    questions = [
        "FROM duckdb_views()",
        "FROM duckdb_functions()",
        "FROM duckdb_variables()",
        "FROM duckdb_settings()",
        "FROM duckdb_secrets()",
        "EXPLAIN FROM masked",
        "EXPLAIN ANALYZE FROM masked",
        "SUMMARIZE masked",
    ]
    shown = "".join(str(connection.sql(question).fetchall()) for question in questions)
    shown += repr(key)
    inner, outer = key._pads
    for secret in (key.secret, inner, outer):
        assert [part for part in (secret.hex(), str(secret)[2:-1]) if part in shown] == []


def test_a_local_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    project = Project(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: MaskingKey.of(project), range(32)))
    assert len(keys) == 1
    assert [(file.name, stat.S_IMODE(file.stat().st_mode)) for file in project.state.iterdir()] == [("masking.key", 0o600)]


def test_the_key_may_come_from_a_variable_or_a_file_that_it_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "key"
    file.write_text("v" * 32 + "\n")
    for given in ("v" * 32, f"file:{file}"):
        monkeypatch.setenv("TRUNKLINE_MASKING_KEY", given)
        assert MaskingKey.of(Project(tmp_path), "production") == MaskingKey(b"v" * 32)
    assert not (tmp_path / ".trunkline").exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "environment production has no masking key; set TRUNKLINE_MASKING_KEY to 64 random hex digits, or to file:PATH"),
        ("short-secret", "TRUNKLINE_MASKING_KEY is shorter than 32 characters, and can be guessed; make one with: openssl rand -hex 32"),
        ("file:nowhere", "the masking key's file nowhere can't be read: No such file or directory; correct TRUNKLINE_MASKING_KEY"),
    ],
)
def test_a_missing_or_weak_key_is_refused_and_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str | None, message: str
) -> None:
    monkeypatch.delenv("TRUNKLINE_MASKING_KEY", raising=False)
    if given is not None:
        monkeypatch.setenv("TRUNKLINE_MASKING_KEY", given)
    with pytest.raises(TrunklineError) as error:
        MaskingKey.of(Project(tmp_path), "production")
    assert str(error.value) == message


def test_another_key_has_another_fingerprint_and_other_pseudonyms() -> None:
    first, second = MaskingKey(b"1" * 32), MaskingKey(b"2" * 32)
    assert first.fingerprint == MaskingKey(b"1" * 32).fingerprint != second.fingerprint
    assert first.pseudonym("+201012345678") != second.pseudonym("+201012345678")


def test_the_page_on_privacy_reverses_a_key_without_a_secret() -> None:
    page = (REPOSITORY / "docs" / "privacy.md").read_text()
    (statement,) = (text for text in re.findall(r"```sql\n(.*?)```", page, re.DOTALL) if text.startswith("SELECT"))
    number = duckdb.sql(statement.replace("100_000_000", "10_000")).fetchall()
    assert [surrogate_key("user", found) in statement for (found,) in number] == [True]
