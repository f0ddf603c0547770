import pytest

from flink_jobs.project import Project
from readers.model import Column, Model, load_models
from tests.conftest import REPOSITORY


@pytest.fixture(scope="module")
def models() -> dict[str, Model]:
    return {model.domain: model for model in load_models(Project(REPOSITORY))}


def test_columns_and_comments_are_those_of_the_contract(models: dict[str, Model]) -> None:
    table = models["telecom"].tables["telecom.gold.fact_calls"]
    columns = {column.name: column for column in table.columns}
    assert table.comment == "One row for each accepted call"
    assert columns["amount"] == Column("amount", "DECIMAL(18,4)", True, "0 when absent")
    assert columns["kafka_offset"] == Column("kafka_offset", "BIGINT", False, "")
    assert columns["timestamp"].type == "TIMESTAMP WITH TIME ZONE"
    assert columns["timestamp"].comment.startswith("when the call began; ")


def test_views_have_the_types_that_duckdb_gives_them_and_the_comments_of_what_they_read(models: dict[str, Model]) -> None:
    view = models["telecom"].tables["telecom.serving.dim_cell_site"]
    assert view.comment.startswith("Cell sites as they are now")
    assert [column for column in view.columns if column.name in ("latitude", "is_inferred")] == [
        Column("latitude", "DOUBLE", True, "degrees north"),
        Column("is_inferred", "BOOLEAN", True, ""),
    ]


@pytest.mark.parametrize(
    ("table", "references"),
    [
        ("books.gold.fact_books", ["author_sk -> books.serving.dim_author.author_sk"]),
        (
            "stocks.gold.fact_stock",
            ["company_id -> stocks.serving.dim_companies.symbol", "date_key -> stocks.serving.dim_date.date_key"],
        ),
        (
            "telecom.gold.fact_support",
            [
                "date_sk -> telecom.gold.dim_date.date_sk",
                "user_sk -> telecom.serving.dim_user.user_sk",
                "agent_sk -> telecom.serving.dim_agent.agent_sk",
                "time_sk -> telecom.gold.dim_time.time_sk",
            ],
        ),
        ("telecom.gold.dim_user_versions", []),
    ],
)
def test_references_are_said_by_comments_or_names(models: dict[str, Model], table: str, references: list[str]) -> None:
    model = models[table.split(".")[0]]
    found = model.references(model.tables[table])
    assert [f"{one.column} -> {one.table}.{one.key}" for one in found] == references


def test_histories_and_questions_have_no_key(models: dict[str, Model]) -> None:
    tables = models["telecom"].tables
    expected = {
        "gold.dim_user_versions": None,
        "serving.usage_by_plan": None,
        "gold.dim_time": "time_sk",
        "gold.fact_sms": "transaction_sk",
    }
    assert {name: tables[f"telecom.{name}"].key for name in expected} == expected
