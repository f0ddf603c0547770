"""A small shop: its orders, customers and hours, as its jobs would have stored them, and what PostgreSQL must then have."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import psycopg

from tests.readers.postgres.compare import assert_equals_gold
from tests.readers.postgres.lakes import NOON, Row, Writer

FILES = Path(__file__).with_name("shop")
CITIES = ("Cairo", "Giza", None)


class Shop(Writer):
    """Writes orders of numbered customers; order i has offset i // 2 of partition i % 2."""

    orders = 0
    customers = 0

    def order(self, count: int, **other: object) -> None:
        """`count` orders more, at one checkpoint; `other` columns of them."""
        numbers = range(self.orders, self.orders + count)
        self.orders += count
        orders = [order(number) | other for number in numbers]
        common = ("customer_sk", "email", "kafka_partition", "kafka_offset", "kafka_timestamp", "kafka_date")
        silver = [
            {name: row[name] for name in common if name != "customer_sk"} | {"is_rejected": row["pieces"] % 10 == 0} for row in orders
        ]
        named = [{name: row[name] for name in common} for row in orders]
        self.commit({"silver.orders": silver, "gold.fact_orders": orders, "gold.order_customers": named})

    def change(self, count: int) -> None:
        """`count` customers more that say where they live, or that they have moved."""
        numbers = range(self.customers, self.customers + count)
        self.customers += count
        self.commit({"gold.dim_customer_versions": [customer(number) for number in numbers]})

    def hours(self, names: Sequence[str]) -> None:
        """Writes the hours anew."""
        table = self.table("gold.dim_hour")
        table.overwrite(self.arrow(table, [{"hour_sk": hour, "name": name} for hour, name in enumerate(names)]))


def order(number: int) -> Row:
    email = f"{number % 37}@example.com"
    at = NOON + timedelta(minutes=number)
    return {
        "order_sk": hashlib.md5(b"order %d" % number).hexdigest(),  # noqa: S324
        "customer_sk": customer_sk(email),
        "email": email,
        "note": ("", None, 'a "quoted", one\nof two lines', "\\N", "zero \0 byte", "ق")[number % 6],
        "hour_sk": number % 24,
        "pieces": number,
        "amount": Decimal(number) / 100,
        "ordered_at": at,
        "kafka_partition": number % 2,
        "kafka_offset": number // 2,
        "kafka_timestamp": at,
        "kafka_date": at.date(),
    }


def customer(number: int) -> Row:
    email = f"{number % 11}@example.com"
    at = NOON + timedelta(minutes=number)
    return {
        "customer_sk": customer_sk(email),
        "email": email,
        "city": CITIES[number % 3],
        "valid_from": at,
        "kafka_partition": number % 2,
        "kafka_offset": number // 2,
        "kafka_timestamp": at,
        "kafka_date": at.date(),
    }


def customer_sk(email: str) -> str:
    return hashlib.md5(email.encode()).hexdigest()  # noqa: S324


def assert_served(connection: psycopg.Connection, shop: Shop) -> None:
    """PostgreSQL has the rows of every gold table, no more and no fewer, and of the dimension what they make together."""
    assert_equals_gold(connection, shop.lake, "shop")
    assert dict(connection.execute("SELECT email, city FROM serving.dim_customer").fetchall()) == customers(shop)


def customers(shop: Shop) -> dict[str, str | None]:
    """Where each customer lives, by the last that was said."""
    named = {row["email"]: None for row in shop.rows("gold.order_customers")}
    versions = sorted(shop.rows("gold.dim_customer_versions"), key=lambda row: (row["valid_from"], row["kafka_offset"]))
    return named | {row["email"]: row["city"] for row in versions}
