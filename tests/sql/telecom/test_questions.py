"""The analyst's questions, asked of a small run: each view answers as its file says, which is what the oracle works out."""

import re
from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest

from tests.oracle.questions import QUESTIONS, Lake
from tests.sql.harness import REPOSITORY
from tests.sql.lake import empty_lake, rows_of, serving
from tests.sql.telecom import small_country
from tests.sql.telecom.small_country import ANSWERS, as_csv

NO_QUESTIONS = ("dim_", "fact_", "used_")
DOCUMENTED = re.findall(
    r'^just query "(from telecom\.serving\.(\w+).*)"$', (REPOSITORY / "docs" / "questions.md").read_text(), re.MULTILINE
)


@pytest.fixture(scope="module")
def expected() -> Lake:
    return small_country.expected()


@pytest.fixture(scope="module")
def connection(expected: Lake) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB with the run's stored tables, and every serving view."""
    with empty_lake("telecom") as connection:
        for name, rows in expected.items():
            if rows and name.startswith(("silver.", "gold.")):
                connection.register("rows", pa.Table.from_pylist(list(rows)))
                connection.execute(f"INSERT INTO telecom.{name} BY NAME FROM rows")
        yield connection


def test_every_question_has_an_answer() -> None:
    questions = {file.stem for file in serving("telecom") if not file.stem.startswith(NO_QUESTIONS)}
    assert questions == QUESTIONS.keys() == {file.stem for file in ANSWERS.iterdir()} == {view for _, view in DOCUMENTED}


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_file_says_what_the_oracle_says(question: str, expected: Lake) -> None:
    assert (ANSWERS / f"{question}.csv").read_text() == as_csv(QUESTIONS[question](expected))


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_view_answers_as_the_file_says_wherever_it_is_read(question: str, zone: str, connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"SET TimeZone = '{zone}'")
    assert as_csv(rows_of(connection, question)) == (ANSWERS / f"{question}.csv").read_text()


@pytest.mark.parametrize("query", [query for query, _ in DOCUMENTED])
def test_a_documented_query_has_an_answer(query: str, connection: duckdb.DuckDBPyConnection) -> None:
    assert connection.sql(query).fetchall() != []
