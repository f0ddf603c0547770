"""The columns of a CREATE TABLE, without Flink."""

from pathlib import Path

import pytest

from flink_jobs.columns import Type, physical_columns
from flink_jobs.statements import split

STRING, INT = Type("STRING"), Type("INT")


def row(**fields: Type) -> Type:
    return Type("ROW", fields=fields)


def columns(declared: str) -> dict[str, Type]:
    return physical_columns(split(f"CREATE TEMPORARY TABLE t {declared} WITH ('a' = 'b, (c <d');", Path("t.sql"))[0])


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("(a STRING, b int NOT NULL COMMENT 'c, d (e'", {"a": STRING, "b": INT}),
        ("(`a b` DECIMAL(18, 4), `from` DECIMAL(5)", {"a b": Type("DECIMAL", (18, 4)), "from": Type("DECIMAL", (5,))}),
        ("(a ROW<b STRING, c ROW<`d` INT>>, e INT", {"a": row(b=STRING, c=row(d=INT)), "e": INT}),
        ("(a ARRAY<ROW<b INT, metadata INT>>", {"a": Type("ARRAY", element=row(b=INT, metadata=INT))}),
        ("(a INT, b AS a + 1, c INT METADATA, d BIGINT NOT NULL METADATA FROM 'offset' VIRTUAL", {"a": INT}),
        ("(a ROW<b INT> NOT NULL METADATA, c INT", {"c": INT}),
        ("(a INT, metadata INT, `primary` INT", {"a": INT, "metadata": INT, "primary": INT}),
        ("(a INT, WATERMARK FOR a AS a, PRIMARY KEY (a) NOT ENFORCED, CONSTRAINT c UNIQUE (a) NOT ENFORCED", {"a": INT}),
    ],
)
def test_names_and_types(declared: str, expected: dict[str, Type]) -> None:
    found = columns(f"{declared})")
    assert found == expected
    assert list(found) == list(expected)


def test_a_table_without_columns_of_its_own() -> None:
    assert columns("") == columns("()") == {}


@pytest.mark.parametrize("written", ["DECIMAL(18, 4)", "STRING", "ROW"])
def test_a_type_is_shown_as_sql_writes_it(written: str) -> None:
    assert str(columns(f"(a {written})")["a"]) == written
