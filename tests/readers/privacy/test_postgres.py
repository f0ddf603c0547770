"""What the role trunkline_masked can read in PostgreSQL, all of it, and what is in the logs."""

import secrets
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from flink_jobs.local import postgres
from flink_jobs.project import Project
from readers.postgres.service import Service
from tests.readers.privacy.conftest import KEY
from tests.readers.privacy.population import Search, personal_values

PASSWORD = secrets.token_hex()
DOMAINS = ("books", "stocks", "telecom")
READABLE = """
    SELECT nspname, relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind IN ('r', 'v', 'm', 'p', 'f', 'S') AND has_schema_privilege(pg_namespace.oid, 'USAGE')
    AND (has_table_privilege(pg_class.oid, 'SELECT') OR has_any_column_privilege(pg_class.oid, 'SELECT'))
"""
OWN = "nspname NOT IN ('pg_catalog', 'information_schema')"


def owner(project: Project, database: str) -> psycopg.Connection:
    return psycopg.connect(postgres.connection_string(project), dbname=database, autocommit=True)


@pytest.fixture(scope="module")
def served(population: Project) -> Project:
    """PostgreSQL has everything, and there is an analyst who may see what is masked."""
    with Service(population) as service:
        assert [warning for step in service.step() for warning in step.warnings] == []
    with owner(population, "telecom") as connection:
        connection.execute(sql.SQL("CREATE ROLE analyst LOGIN PASSWORD {} IN ROLE trunkline_masked").format(sql.Literal(PASSWORD)))
    return population


@pytest.fixture(scope="module", params=DOMAINS)
def analyst(served: Project, request: pytest.FixtureRequest) -> Iterator[psycopg.Connection]:
    address = f"host=127.0.0.1 port={served.settings.postgres_port} user=analyst password='{PASSWORD}' dbname={request.param}"
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection


def texts(connection: psycopg.Connection, schema: str, relation: str) -> set[str]:
    try:
        rows = connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, relation))).fetchall()
    except psycopg.Error as error:
        return {str(error)}
    return {str(cell) for row in rows for cell in row if cell is not None}


def test_an_analyst_sees_the_masked_schema_alone(analyst: psycopg.Connection) -> None:
    assert {schema for schema, _ in analyst.execute(f"{READABLE} AND {OWN}").fetchall()} == {"masked"}
    functions = f"SELECT proname FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace WHERE {OWN}"
    assert analyst.execute(functions).fetchall() == []


def test_nothing_personal_can_be_found_in_anything_that_an_analyst_can_read(analyst: psycopg.Connection, search: Search) -> None:
    shown = {relation: texts(analyst, *relation) for relation in analyst.execute(READABLE).fetchall()}
    assert len(shown) > 100
    if analyst.info.dbname == "telecom":
        assert len(shown["masked", "dim_user"]) > 1_000
        assert len(shown["pg_catalog", "pg_stats"]) > 100
    found = {relation: sorted(search.found("\n".join(cells)))[:3] for relation, cells in shown.items()}
    assert {relation: some for relation, some in found.items() if some} == {}
    assert [relation for relation, cells in shown.items() if KEY in "\n".join(cells)] == []


@pytest.mark.parametrize("relation", ["gold.fact_calls", "serving.dim_user", "trunkline.reached", "pg_catalog.pg_statistic"])
def test_what_is_not_masked_is_closed_to_an_analyst(analyst: psycopg.Connection, relation: str) -> None:
    if analyst.info.dbname == "telecom":
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            analyst.execute(f"SELECT * FROM {relation}")


def test_masked_keys_join_as_the_others_do(served: Project) -> None:
    joined = """
        SELECT count(*), count(DISTINCT (c.from_user_sk, u.phone_number)), count(*) FILTER (WHERE u.plan = 'basic') FROM {0}.fact_calls AS c
        JOIN {1}.dim_user AS u ON u.user_sk = c.from_user_sk AND u.phone_number = c.from_phone_number
    """
    with owner(served, "telecom") as connection:
        masked = connection.execute(joined.format("masked", "masked")).fetchone()
        assert masked == connection.execute(joined.format("gold", "serving")).fetchone()
        assert masked[0] > 100


def test_nothing_personal_can_be_found_in_the_logs(served: Project, search: Search) -> None:
    number = next(value for value in sorted(personal_values()) if value.startswith("+20"))
    with owner(served, "telecom") as connection:
        failures = [
            ("SELECT %s::int", [number]),
            ("INSERT INTO gold.fact_calls SELECT * FROM gold.fact_calls", None),
        ]
        for statement, parameters in failures:
            with pytest.raises(psycopg.Error):
                connection.execute(statement, parameters)
        with pytest.raises(psycopg.Error), connection.cursor().copy("COPY gold.fact_calls FROM STDIN") as copy:
            copy.write(f"{number}\n")
    logs = {file.name: file.read_text() for file in served.logs.iterdir()}
    assert any("ready to accept connections" in text for text in logs.values())
    assert {name: found for name, text in logs.items() if (found := search.found(text))} == {}
    assert [name for name, text in logs.items() if KEY in text] == []


def test_another_key_masks_everything_anew(served: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with owner(served, "telecom") as connection:
        question = "SELECT c.from_phone_number FROM masked.fact_calls AS c JOIN masked.dim_user AS u ON u.user_sk = c.from_user_sk"
        before = set(connection.execute(question).fetchall())
        monkeypatch.setenv("TRUNKLINE_MASKING_KEY", f"another {KEY}")
        with Service(served, "telecom") as service:
            list(service.step())
        after = set(connection.execute(question).fetchall())
    assert len(after) == len(before) > 50
    assert after.isdisjoint(before)
