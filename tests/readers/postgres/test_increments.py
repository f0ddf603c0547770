"""PostgreSQL follows gold whatever becomes of its tables: after each change it has exactly gold's rows, and was sent only new ones."""

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from flink_jobs.errors import TrunklineError
from flink_jobs.project import Project
from readers.postgres.service import Service
from readers.postgres.serving import Step
from tests.readers.postgres.conftest import connect
from tests.readers.postgres.shop import Shop, assert_served


@pytest.fixture(scope="module")
def shop(project: Project) -> Shop:
    shop = Shop(project, "shop")
    shop.create("silver", "gold")
    shop.hours([f"hour {hour}" for hour in range(24)])
    shop.order(100)
    shop.change(20)
    return shop


@pytest.fixture(scope="module")
def service(project: Project, shop: Shop) -> Iterator[Service]:
    with Service(project) as service:
        (first,) = service.step()
        assert first.warnings == []
        yield service


@pytest.fixture
def database(project: Project, service: Service) -> Iterator[psycopg.Connection]:
    with closing(connect(project, "shop")) as connection:
        yield connection


def step(service: Service) -> Step:
    (found,) = service.step()
    return found


def orders_sent(service: Service) -> int:
    return step(service).rows.get("shop.gold.fact_orders", 0)


def test_the_first_load_has_every_row(database: psycopg.Connection, shop: Shop) -> None:
    assert_served(database, shop)


def test_nothing_new_is_nothing_done(service: Service) -> None:
    assert step(service).rows == {}


def test_only_what_was_appended_is_sent(service: Service, shop: Shop, database: psycopg.Connection) -> None:
    shop.order(7)
    shop.order(4)
    shop.change(3)
    found = step(service)
    assert found.rows["shop.gold.fact_orders"] == 11
    assert found.rows["shop.gold.dim_customer_versions"] == 3
    assert found.rows["shop.serving.dim_customer"] <= 3
    assert_served(database, shop)


def test_a_compaction_brings_nothing(service: Service, shop: Shop, database: psycopg.Connection) -> None:
    shop.order(6)
    shop.compact("gold.fact_orders")
    shop.compact("gold.order_customers")
    shop.order(2)
    assert orders_sent(service) == 8
    shop.compact("gold.fact_orders")
    assert orders_sent(service) == 0
    assert_served(database, shop)


def test_after_a_pause_longer_than_expiry_it_goes_on_by_kafka_coordinates(
    service: Service, shop: Shop, database: psycopg.Connection
) -> None:
    shop.order(5)
    shop.compact("gold.fact_orders")
    shop.order(8)
    for name in ("fact_orders", "order_customers"):
        shop.expire(f"gold.{name}")
    assert orders_sent(service) == 13
    assert_served(database, shop)
    shop.order(1)
    assert orders_sent(service) == 1


def test_a_commit_that_rewrites_rows_brings_only_new_ones(service: Service, shop: Shop, database: psycopg.Connection) -> None:
    shop.order(3)
    shop.rewrite("gold.fact_orders")
    assert orders_sent(service) == 3
    assert_served(database, shop)


def test_a_calendar_that_is_written_anew_is_written_anew(service: Service, shop: Shop, database: psycopg.Connection) -> None:
    shop.hours([f"hour {hour}" if hour != 5 else "five" for hour in range(25)])
    assert step(service).rows == {"shop.gold.dim_hour": 2}
    assert_served(database, shop)


def test_who_starts_later_knows_what_is_there(project: Project, service: Service, shop: Shop, database: psycopg.Connection) -> None:
    service.__exit__()
    shop.order(9)
    shop.change(2)
    service.__enter__()
    found = step(service)
    assert found.rows["shop.gold.fact_orders"] == 9
    assert found.rows.keys() - {"shop.gold.fact_orders", "shop.gold.order_customers"} == {
        "shop.gold.dim_customer_versions",
        "shop.serving.dim_customer",
        "shop.serving.dim_customer_history",
        "shop.serving.rejections",
    }
    assert_served(database, shop)


def test_an_added_column_and_a_wider_type_come_with_the_rows_that_have_them(
    project: Project, service: Service, shop: Shop, database: psycopg.Connection
) -> None:
    file = project.root / "sql" / "shop" / "gold" / "fact_orders.sql"
    file.write_text(file.read_text().replace("pieces INT,", "pieces BIGINT,\n  gift STRING COMMENT 'what comes with it',"))
    with shop.table("gold.fact_orders").update_schema() as update:
        update.update_column("pieces", field_type=shop.types["BIGINT"])
        update.add_column("gift", shop.types["STRING"])
        update.move_after("gift", "pieces")
    shop.order(3, gift="ribbon", pieces=2**40)
    assert orders_sent(service) == 3
    assert database.execute(
        "SELECT gift, count(*), max(pieces) >= 2 ^ 40 FROM gold.fact_orders GROUP BY gift ORDER BY gift"
    ).fetchall() == [
        ("ribbon", 3, True),
        (None, shop.orders - 3, False),
    ]
    assert_served(database, shop)


def test_a_column_that_no_file_declares_is_an_error_not_a_loss(service: Service, shop: Shop) -> None:
    with shop.table("gold.order_customers").update_schema() as update:
        update.add_column("channel", shop.types["STRING"])
    shop.order(1)
    with pytest.raises(TrunklineError, match=r"shop\.gold\.order_customers has a column channel that its file does not declare"):
        step(service)
    with shop.table("gold.order_customers").update_schema(allow_incompatible_changes=True) as update:
        update.delete_column("channel")
    assert orders_sent(service) == 1


def test_a_key_that_rows_break_is_given_up_and_the_rows_are_kept(service: Service, shop: Shop, database: psycopg.Connection) -> None:
    shop.order(2, hour_sk=99, order_sk="twice")
    found = step(service)
    assert {warning.partition(" any more:")[0] for warning in found.warnings} == {
        f"{table} has no {table.split('.')[1]}_{key}"
        for table in ("gold.fact_orders", "masked.gold_fact_orders")
        for key in ("pkey", "hour_sk_fkey")
    }
    assert found.rows["shop.gold.fact_orders"] == 2
    assert_served(database, shop)


def test_a_foreign_key_comes_back_with_what_the_calendar_lacked(service: Service, shop: Shop, database: psycopg.Connection) -> None:
    shop.hours([f"hour {hour}" for hour in range(100)])
    assert step(service).rows == {"shop.gold.dim_hour": 76}  # and hour 5 has its name again
    key = "SELECT count(*) FROM pg_constraint WHERE conrelid = 'gold.fact_orders'::regclass AND conname = 'fact_orders_hour_sk_fkey'"
    assert database.execute(key).fetchone() == (1,)


def test_a_table_that_was_made_anew_is_rebuilt(service: Service, shop: Shop, database: psycopg.Connection) -> None:
    shop.lake.catalogs["shop"].drop_table("gold.fact_orders")
    shop.create_one("shop.gold.fact_orders")
    shop.order(4)
    assert orders_sent(service) == 4
    assert_served(database, shop)
    assert database.execute("SELECT sum(orders) FROM serving.revenue_by_city").fetchone() == (4,)
