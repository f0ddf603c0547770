"""What stands in a served database beside the rows: keys, comments, and who may see what."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from psycopg import sql

from flink_jobs.local import postgres
from flink_jobs.project import Project
from readers.model import load_models
from readers.postgres.database import MASKED_READER, READER
from readers.privacy import privacy
from tests.readers.postgres.conftest import connect

PASSWORD = "not a secret"  # noqa: S105
FACT = "gold.fact_calls"


@pytest.fixture(scope="module")
def owner(served: Project) -> Iterator[psycopg.Connection]:
    with closing(connect(served, "telecom")) as connection:
        yield connection


@pytest.fixture(scope="module")
def people(served: Project, owner: psycopg.Connection) -> Iterator[dict[str, psycopg.Connection]]:
    """Sessions of two people, made as the documentation says, by the role that they are in."""
    sessions = {}
    for name, role in (("ann", READER), ("bob", MASKED_READER)):
        making = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} IN ROLE {}")
        owner.execute(making.format(sql.Identifier(name), PASSWORD, sql.Identifier(role)))
        port = served.settings.postgres_port
        sessions[role] = psycopg.connect(host="127.0.0.1", port=port, user=name, password=PASSWORD, dbname="telecom", autocommit=True)
    yield sessions
    for session in sessions.values():
        session.close()


def column(connection: psycopg.Connection, query: str, *values: object) -> list[object]:
    return [value for (value,) in connection.execute(query, values).fetchall()]


def keys_of(connection: psycopg.Connection, kind: str) -> list[tuple[str, str]]:
    """The table and definition of each primary (p) or foreign (f) key."""
    query = "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = %s"
    return connection.execute(query, [kind]).fetchall()


def test_facts_and_dimensions_have_primary_keys(owner: psycopg.Connection) -> None:
    keys = dict(keys_of(owner, "p"))
    assert keys[FACT] == "PRIMARY KEY (transaction_sk)"
    assert keys["serving.dim_user"] == "PRIMARY KEY (user_sk)"
    assert keys["serving.dim_user_history"] == "PRIMARY KEY (user_sk, valid_from)"
    assert keys["gold.dim_user_versions"] == "PRIMARY KEY (kafka_partition, kafka_offset)"
    assert keys["gold.dim_date"] == "PRIMARY KEY (date_sk)"


@pytest.mark.parametrize(("schema", "users"), [("gold", "serving.dim_user"), ("masked", "masked.dim_user")])
def test_facts_refer_to_their_dimensions(owner: psycopg.Connection, schema: str, users: str) -> None:
    keys = [definition for table, definition in keys_of(owner, "f") if table == f"{schema}.fact_calls"]
    referred = Counter(definition.split(" REFERENCES ")[1].split("(")[0] for definition in keys)
    assert referred == {
        "gold.dim_date": 1,
        "gold.dim_time": 1,
        "serving.dim_cell_site": 2,
        "serving.dim_currency": 1,
        "serving.dim_device": 2,
        users: 2,
    }


def test_foreign_keys_are_indexed(owner: psycopg.Connection) -> None:
    keys = "SELECT conkey[1] FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass"
    indexes = "SELECT indkey[0] FROM pg_index WHERE indrelid = %s::regclass"
    assert set(column(owner, keys, FACT)) <= set(column(owner, indexes, FACT))


def test_columns_are_as_their_contract_says(owner: psycopg.Connection) -> None:
    shape = """SELECT attname, format_type(atttypid, atttypmod), attnotnull, col_description(attrelid, attnum)
    FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"""
    found = {name: rest for name, *rest in owner.execute(shape, [FACT]).fetchall()}
    assert found["amount"] == ["numeric(18,4)", False, "0 when absent"]
    assert found["timestamp"][0] == "timestamp with time zone"
    assert found["kafka_offset"] == ["bigint", True, None]
    assert column(owner, "SELECT obj_description(%s::regclass)", FACT) == ["One row for each accepted call"]
    assert column(owner, "SELECT obj_description('serving.usage_by_plan'::regclass)")[0].startswith("How much people call and write")


VISIBLE = """SELECT nspname || '.' || relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind IN ('r', 'v', 'm', 'p') AND nspname NOT IN ('pg_catalog', 'information_schema')
AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(pg_class.oid, 'SELECT')"""


def test_the_reader_sees_gold_and_serving(people: dict[str, psycopg.Connection], served: Project) -> None:
    (model,) = load_models(served, "telecom")
    assert set(column(people[READER], VISIBLE)) == {name.removeprefix("telecom.") for name in model.tables}


def test_the_masked_role_sees_only_what_is_masked(people: dict[str, psycopg.Connection], served: Project) -> None:
    (model,) = load_models(served, "telecom")
    words = {table.word for table in model.tables.values() if table.name in privacy(model).personal}
    assert set(column(people[MASKED_READER], VISIBLE)) == {f"masked.{word}" for word in words}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM gold.fact_calls",
        "SELECT * FROM serving.dim_user",
        "SELECT * FROM serving.usage_by_plan",
        "SELECT * FROM trunkline.reached",
        "SELECT * FROM pg_statistic",
        "SELECT pg_read_file('PG_VERSION')",
        "COPY masked.dim_user TO PROGRAM 'cat'",
        "DELETE FROM masked.dim_user",
        "CREATE TABLE masked.mine (a int)",
        "CREATE TABLE public.mine (a int)",
        "CREATE TEMPORARY TABLE mine (a int)",
        "SET ROLE trunkline_reader",
    ],
)
def test_the_masked_role_may_not(query: str, people: dict[str, psycopg.Connection]) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        people[MASKED_READER].execute(query)


def test_statistics_of_what_is_not_masked_are_hidden(people: dict[str, psycopg.Connection], owner: psycopg.Connection) -> None:
    owner.execute("ANALYZE")
    schemas = "SELECT DISTINCT schemaname FROM pg_stats WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    assert column(people[MASKED_READER], schemas) == ["masked"]


def test_masked_facts_join_masked_dimensions(people: dict[str, psycopg.Connection], owner: psycopg.Connection) -> None:
    joined = "SELECT city, count(*) FROM {}.fact_calls JOIN {}.dim_user ON from_user_sk = user_sk GROUP BY city ORDER BY city"
    masked = people[MASKED_READER].execute(joined.format("masked", "masked")).fetchall()
    assert masked == owner.execute(joined.format("gold", "serving")).fetchall()
    assert sum(calls for _, calls in masked) > 0


def test_nobody_gets_in_without_a_password(served: Project) -> None:
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(
            host="127.0.0.1", port=served.settings.postgres_port, user=postgres.SUPERUSER, dbname="telecom", passfile="/dev/null"
        )
