import hashlib
import hmac
import re
from collections import Counter

import duckdb
import pytest

import trunkline
from flink_jobs.errors import TrunklineError
from flink_jobs.lake import Lake, open_duckdb, quoted
from flink_jobs.project import Project
from flink_jobs.reader import Reader
from readers.masked import MaskedLake, masked_name
from readers.privacy import Privacy
from tests.readers.privacy.conftest import KEY
from tests.readers.privacy.population import Search, personal_values

LIKE_A_PERSON = {"phone number": r"\+[1-9]\d{6,14}", "e-mail": r"[\w.+-]+@\w[\w-]*\.\w", "IMEI": r"(?<![\dA-Fa-f])\d{15}(?![\dA-Fa-f])"}


@pytest.fixture(scope="module")
def lake(population: Project) -> MaskedLake:
    return MaskedLake.of(Lake.of(population), population)


@pytest.fixture(scope="module")
def masked(lake: MaskedLake) -> duckdb.DuckDBPyConnection:
    connection = open_duckdb()
    assert lake.refresh(connection) == {}
    return connection


@pytest.fixture(scope="module")
def shown(masked: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Every text that a masked connection shows, by `table.column`."""
    found: dict[str, set[str]] = {}
    for name in relations(masked):
        found |= {f"{name}.{column}": values for column, values in texts(masked, f"FROM {quoted(name)}").items()}
    return found


def relations(connection: duckdb.DuckDBPyConnection) -> list[str]:
    names = "SELECT concat_ws('.', database_name, schema_name, table_name) FROM duckdb_columns() WHERE NOT internal"
    return sorted({name for (name,) in connection.execute(names).fetchall()})


def texts(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, set[str]]:
    """The values of each column, as texts."""
    columns = connection.execute(query).to_arrow_table()
    return {name: {str(value) for value in columns[name].unique().to_pylist() if value is not None} for name in columns.column_names}


def test_a_masked_connection_has_every_table_and_view_and_nothing_else(masked: duckdb.DuckDBPyConnection, lake: MaskedLake) -> None:
    expected = {f"{model.domain}.masked.{table.word}" for model, _ in lake.domains for table in model.tables.values()}
    assert set(relations(masked)) == expected


def test_nothing_personal_can_be_found_in_what_a_masked_connection_shows(shown: dict[str, set[str]], search: Search) -> None:
    assert sum(map(len, shown.values())) > 10_000
    found = {name: sorted(search.found("\n".join(values)))[:3] for name, values in shown.items()}
    assert {name: some for name, some in found.items() if some} == {}


@pytest.mark.parametrize("kind", LIKE_A_PERSON)
def test_nothing_masked_looks_personal(shown: dict[str, set[str]], kind: str) -> None:
    looks = re.compile(LIKE_A_PERSON[kind])
    found = {name: next((value for value in values if looks.search(value)), None) for name, values in shown.items()}
    wrong = {name: value for name, value in found.items() if value}
    assert wrong == {}, "mark the column in its contract: end its comment with '; personal'"


def test_what_is_masked_is_what_is_stored_but_for_what_is_personal(masked: duckdb.DuckDBPyConnection, lake: MaskedLake) -> None:
    def pseudonym(value: object) -> object:
        return value if value is None else hmac.new(KEY.encode(), str(value).encode(), hashlib.sha256).hexdigest()[:32]

    with lake.lake.connect() as stored:
        for _, found in lake.domains:
            for name, personal in found.personal.items():
                if not personal or (".gold." in name and name.replace(".gold.", ".serving.") in found.personal):
                    continue
                real = stored.execute(f"FROM {quoted(name)}")
                hidden = [column[0] in personal for column in real.description]
                expected = Counter(tuple(pseudonym(v) if h else v for v, h in zip(row, hidden, strict=True)) for row in real.fetchall())
                assert Counter(masked.execute(f"FROM {quoted(masked_name(name))}").fetchall()) == expected, name


@pytest.mark.parametrize(
    "question",
    [
        "FROM duckdb_views()",
        "FROM duckdb_columns()",
        "FROM duckdb_functions()",
        "FROM duckdb_variables()",
        "FROM duckdb_settings()",
        "EXPLAIN ANALYZE FROM telecom.masked.fact_calls",
        "SUMMARIZE telecom.masked.dim_user",
        "SUMMARIZE telecom.masked.fact_calls",
    ],
)
def test_neither_the_key_nor_anything_personal_is_in_what_duckdb_tells_of_itself(
    masked: duckdb.DuckDBPyConnection, search: Search, question: str
) -> None:
    told = str(masked.execute(question).fetchall())
    assert search.found(told) == set()
    assert KEY not in told


def test_the_search_finds_everybody_where_nothing_is_masked(lake: MaskedLake, search: Search) -> None:
    with lake.lake.connect() as connection:
        tables = [name for name in relations(connection) if ".gold." in name]
        stored = set().union(*(values for name in tables for values in texts(connection, f"FROM {quoted(name)}").values()))
    found = search.found("\n".join(stored))
    shown, whose = ({one.split(": ")[part] for one in found} for part in (0, 1))
    assert whose == personal_values()
    assert shown & search.hashed.keys()


def test_a_query_sees_the_masked_schema_beside_the_others(lake: MaskedLake) -> None:
    reader = Reader(lake.lake, masked=lambda: lake)
    question = """
        SELECT count(*) FROM telecom.gold.fact_recharge AS stored
        JOIN telecom.masked.fact_recharge AS masked USING (kafka_partition, kafka_offset)
        JOIN telecom.masked.dim_user AS who ON masked.user_sk = who.user_sk
        WHERE stored.user_sk <> masked.user_sk AND masked.phone_number = who.phone_number
    """
    facts = [list(result.rows) for result in reader.results("SELECT count(*) FROM telecom.gold.fact_recharge")]
    assert facts[0][0][0] > 50
    assert [list(result.rows) for result in reader.results(question)] == facts


def test_a_view_that_is_left_out_says_why(lake: MaskedLake) -> None:
    (model, found), *others = lake.domains
    less = Privacy({}, dict.fromkeys(found.personal, "a pivot is not understood"))
    reader = Reader(lake.lake, masked=lambda: MaskedLake(lake.lake, ((model, less), *others), lake.key))
    with pytest.raises(TrunklineError, match=r"books\.masked\.fact_books is left out: .*, a pivot is not understood"):
        list(reader.results("FROM books.masked.fact_books"))


def test_masked_views_move_on_and_go_with_what_they_read(lake: MaskedLake, masked: duckdb.DuckDBPyConnection) -> None:
    def calls() -> int:
        return masked.execute("SELECT count(*) FROM telecom.masked.fact_calls").fetchone()[0]

    now = [table for table in lake.lake.moment().tables if table.name != "books.gold.fact_books"]
    before = calls()
    lake.refresh(masked, [table.at(None) if table.name == "telecom.gold.fact_calls" else table for table in now])
    assert calls() == 0
    assert "books.masked.fact_books" not in relations(masked)
    lake.refresh(masked)
    assert calls() == before > 0
    assert "books.masked.fact_books" in relations(masked)


def test_a_masked_connection_of_python_has_the_masked_schemas_alone(population: Project) -> None:
    connection = trunkline.connect(masked=True, project=population.root)
    assert {name.split(".")[1] for name in relations(connection)} == {"masked"}
    (user,) = connection.execute("SELECT from_user_sk FROM telecom.masked.fact_calls LIMIT 1").fetchone()
    assert trunkline.refresh(connection)
    assert connection.execute("SELECT phone_number FROM telecom.masked.dim_user WHERE user_sk = $user", {"user": user}).fetchone()
    with pytest.raises(duckdb.CatalogException):
        connection.execute("FROM telecom.gold.fact_calls")
