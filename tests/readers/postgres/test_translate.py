"""What DuckDB's SQL means in PostgreSQL: the same expressions over the same rows, answered by both."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import psycopg
import pytest

from flink_jobs.project import Project
from readers.model import Column, Model, Table
from readers.postgres.translate import translated
from tests.readers.postgres.conftest import connect

FACTS = "generate_series(0, 120) AS a (n), generate_series(0, 90) AS b (d)"
VIEWS = {
    "a share, rounded": "SELECT n, d, ROUND(100.0 * n / d, 1) AS a, ROUND(100.0 * n / d, 2) AS b, ROUND(-1.0 * n / d, 2) AS c FROM {}",
    "halves of whole numbers": "SELECT n, d, ROUND(n / 2) AS a, ROUND(n / -2) AS b, ROUND(n / 8, 2) AS c, n / NULLIF(d, 0) AS e FROM {}",
    "an average": "SELECT k, AVG(n) AS a, ROUND(AVG(d), 3) AS b, AVG(n) / COUNT(*) AS c FROM {} GROUP BY ALL",
    "an alias of the same SELECT": "SELECT k AS kind, COUNT(*) AS rows, SUM(n) AS total, total / rows AS mean FROM {} GROUP BY ALL",
    "grouped by no column": "SELECT COUNT(*) AS rows, SUM(n) AS total FROM {} GROUP BY ALL",
    "grouped by an expression": "SELECT k + 1 AS kind, MAX(n) AS most FROM {} GROUP BY ALL",
    "the newest": "SELECT k, ARG_MAX(n, ROW(d, n)) AS a, ARG_MAX(NULLIF(n, 120), d * 1000 + n) AS b FROM {} GROUP BY k",
    "the newest of some": "SELECT k, ARG_MAX(n, d * 1000 + n) FILTER (WHERE n < 50) AS n FROM {} GROUP BY k",
    "the first of each": "SELECT n, d, k FROM {} QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY d DESC, n) = 1",
    "nulls last": "SELECT n, d FROM {} QUALIFY ROW_NUMBER() OVER (PARTITION BY d ORDER BY NULLIF(n, 120) DESC) = 1",
    "percentiles": "SELECT k, PERCENTILE_DISC(0.95) WITHIN GROUP (ORDER BY n * d) AS p FROM {} GROUP BY k",
    "everything": "FROM {}",
}


@pytest.fixture(scope="module")
def sessions(served: Project) -> Iterator[tuple[duckdb.DuckDBPyConnection, psycopg.Connection]]:
    with duckdb.connect() as here, closing(connect(served, "books")) as there:
        made = "CREATE TABLE {}gold.facts AS SELECT n::bigint AS n, d::bigint AS d, (n % 7)::bigint AS k FROM " + FACTS
        here.execute(f"ATTACH ':memory:' AS shop; CREATE SCHEMA shop.gold; {made.format('shop.')}")
        there.execute(made.format(""))
        yield here, there
        there.execute("DROP TABLE gold.facts")


@pytest.mark.parametrize("query", VIEWS.values(), ids=VIEWS)
def test_both_answer_alike(query: str, sessions: tuple[duckdb.DuckDBPyConnection, psycopg.Connection], tmp_path: Path) -> None:
    here, there = sessions
    query = query.format("shop.gold.facts")
    expected = here.execute(query).fetchall()
    model, view = view_of(here, query, tmp_path / "view.sql")
    found = there.execute(translated(view, model, lambda name: name.partition(".")[2])).fetchall()
    assert comparable(found) == comparable(expected)


def comparable(rows: list[tuple]) -> list[list[str]]:
    """The rows in an order of their own, with the numbers to their last digit, where NaN is itself and -0.0 is 0.0."""
    return sorted([str(value) if value is None else repr(float(value) + 0.0) for value in row] for row in rows)


def view_of(connection: duckdb.DuckDBPyConnection, query: str, file: Path) -> tuple[Model, Table]:
    """A model with the facts and that view."""
    file.write_text(f"CREATE OR REPLACE VIEW shop.serving.view AS {query}")

    def columns(of: str) -> tuple[Column, ...]:
        return tuple(Column(name, kind, True, "") for name, kind, *_ in connection.execute(f"DESCRIBE {of}").fetchall())

    facts = Table("shop.gold.facts", "", columns("shop.gold.facts"), file, is_view=False, reads=frozenset())
    view = Table("shop.serving.view", "", columns(query), file, is_view=True, reads=frozenset({"shop.gold.facts"}))
    return Model("shop", [facts, view], [], {}), view
