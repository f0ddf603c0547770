from pathlib import Path

import pytest

from flink_jobs.errors import ProjectError
from readers.postgres.indexes import declared_indexes

TABLES = {"gold.fact_orders", "masked.fact_orders"}


def test_indexes_are_those_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "postgres.sql"
    file.write_text(
        "-- Reports.\nCREATE INDEX report_idx ON gold.fact_orders (day);\nCREATE INDEX IF NOT EXISTS b ON masked.fact_orders (day);\n"
    )
    assert [index.name for index in declared_indexes(file, TABLES)] == ["gold.report_idx", "masked.b"]


def test_without_a_file_there_are_none(tmp_path: Path) -> None:
    assert list(declared_indexes(tmp_path / "postgres.sql", TABLES)) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\nDROP TABLE gold.fact_orders;", "postgres.sql:2:1: postgres.sql holds named indexes only; write CREATE INDEX"),
        ("CREATE INDEX ON gold.fact_orders (day);", "postgres.sql:1:1: postgres.sql holds named indexes only"),
        ("CREATE INDEX a ON gold.fact_order (day);", "PostgreSQL has no table gold.fact_order; did you mean gold.fact_orders?"),
        ("CREATE INDEX a", "the last statement is not ended"),
    ],
)
def test_anything_else_is_told_at_its_place(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "postgres.sql").write_text(text)
    with pytest.raises(ProjectError) as error:
        list(declared_indexes(tmp_path / "postgres.sql", TABLES))
    assert said in str(error.value)
