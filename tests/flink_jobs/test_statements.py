"""The splitter: what a statement is, where it stands, and what it names."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from flink_jobs.errors import ProjectError
from flink_jobs.statements import read, split

FILE = Path("a.sql")
CASES = yaml.safe_load((Path(__file__).parent / "data" / "statements.yaml").read_text())


@pytest.mark.parametrize("case", CASES["cut"], ids=lambda case: case["name"])
def test_cuts(case: dict) -> None:
    found = [{"at": f"{s.line}:{s.column}", "kind": s.kind, "text": s.text} for s in split(case["given"], FILE)]
    assert found == case["expect"]


@pytest.mark.parametrize("case", CASES["refused"], ids=lambda case: case["name"])
def test_refuses(case: dict) -> None:
    with pytest.raises(ProjectError) as error:
        split(case["given"], FILE)
    assert str(error.value) == f"a.sql:{case['expect']}"


@pytest.mark.parametrize("case", CASES["names"], ids=lambda case: case["given"][:60])
def test_names(case: dict) -> None:
    (statement,) = split(case["given"], FILE)
    assert [".".join(name) for name in statement.reads] == case.get("reads", [])
    assert list(statement.calls) == case.get("calls", [])
    assert statement.declares == case.get("declares", "")


def test_options_are_those_of_the_last_with() -> None:
    (statement,) = split("CREATE TABLE t (a STRING COMMENT 'it''s') WITH ('k' = 'it''s', -- 'no' = 'x'\n 'l' = ';') LIKE base;", FILE)
    assert {key: token.value for key, token in statement.options.items()} == {"k": "it's", "l": ";"}
    assert [(token.line, token.column) for token in statement.options.values()] == [(1, 55), (2, 8)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("SET 'a' = 'b''c';", ("a", "b'c")), ("SET a = b;", ("", "")), ("SET 'a';", ("", "")), ("SET 'a' = 'b' 'c';", ("", ""))],
)
def test_settings(text: str, expected: tuple[str, str]) -> None:
    assert split(text, FILE)[0].setting == expected


def test_places_inside_a_statement_are_places_in_the_file() -> None:
    _, second = split("SET 'a' = 'b';  SELECT\n  x;", FILE)
    assert second.place(1, 3) == (1, 19)
    assert second.place(2, 3) == (2, 3)


def test_normal_forgets_layout_and_comments_but_no_hint() -> None:
    written, other = "SELECT a -- x\n FROM t /*+ OPTIONS('k'='v') */ ;", "SELECT /* y */ a\tFROM t /*+ OPTIONS('k'='v') */;"
    assert split(written, FILE)[0].normal == split(other, FILE)[0].normal
    assert split(written, FILE)[0].normal != split(written.replace("'v'", "'w'"), FILE)[0].normal


def test_normal_forgets_what_contracts_say_to_readers() -> None:
    bare = "CREATE TABLE t (a STRING, `comment` STRING) PARTITIONED BY (a);"
    said = "CREATE TABLE t (a STRING COMMENT 'it''s', `comment` STRING COMMENT 'b') COMMENT 'c' PARTITIONED BY (a);"
    assert split(said, FILE)[0].normal == split(bare, FILE)[0].normal


@pytest.mark.parametrize("written", [b"\xef\xbb\xbfSELECT 1;\n  SELECT 2;", b"SELECT 1;\r\n  SELECT 2;\r\n", b"SELECT 1;\r  SELECT 2;"])
def test_files_of_other_systems_have_the_same_places(written: bytes, tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_bytes(written)
    assert [(s.line, s.column, s.text) for s in read(file)] == [(1, 1, "SELECT 1"), (2, 3, "SELECT 2")]


def test_a_file_in_another_encoding_is_refused_at_the_byte(tmp_path: Path) -> None:
    file = tmp_path / "a.sql"
    file.write_bytes("SELECT 1;\n-- é, ".encode() + b"\xe9")
    with pytest.raises(ProjectError, match=r"a\.sql:2:7: this is not UTF-8 text; save the file as UTF-8"):
        read(file)


ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
WORD = st.sampled_from(["SELECT", "a", "_b", "größe", "1", "1.5", "<>", ",", "(", ")", "*", "."])
STRING = ANY.map(lambda text: "'" + text.replace("'", "''") + "'")
NAME = ANY.map(lambda text: "`" + text.replace("`", "``") + "`")
CASE = st.just("CASE WHEN a THEN ';' ELSE b END")
BLOCK = st.just("BEGIN INSERT INTO a SELECT CASE b WHEN 1 THEN 2 END; INSERT INTO c SELECT d; END")
COMMENT = ANY.map(lambda text: f"--{text.splitlines()[0] if text.splitlines() else ''}\n") | ANY.map(
    lambda text: f"/*{text.lstrip('+').replace('*', '').replace('/', '')}*/"
)
SPACE = st.lists(st.sampled_from([" ", "\n", "\t"]) | COMMENT, min_size=1, max_size=3).map("".join)


@st.composite
def statement(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A statement's text, and the pieces that it is made of."""
    pieces = draw(st.lists(WORD | STRING | NAME | CASE | BLOCK, min_size=1, max_size=6))
    gaps = [draw(SPACE) for _ in pieces[1:]]
    return "".join(part for pair in zip(["", *gaps], pieces, strict=True) for part in pair), pieces


@given(st.lists(st.tuples(SPACE, statement(), SPACE), max_size=5), SPACE)
def test_what_is_joined_is_split_again(made: list, end: str) -> None:
    text = "".join(f"{before}{written}{after};" for before, (written, _), after in made) + end
    found = split(text, FILE)
    assert [s.text for s in found] == [written for _, (written, _), _ in made]
    assert ["".join(s.normal.split()) for s in found] == ["".join("".join(pieces).split()) for _, (_, pieces), _ in made]
    lines = text.split("\n")
    for cut in found:
        assert "\n".join([lines[cut.line - 1][cut.column - 1 :], *lines[cut.line :]]).startswith(cut.text)
