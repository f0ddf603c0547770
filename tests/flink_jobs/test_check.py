"""`trunkline check` on the little project in `shop/`: what it finds, in its very words. One file in `must_fail/` is one mistake."""

import json
import os
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel
from typer.testing import CliRunner

from flink_jobs import cli
from flink_jobs.check import check
from flink_jobs.errors import ProjectError
from flink_jobs.project import Project

MUST_FAIL = sorted((Path(__file__).parent / "must_fail").glob("*.yaml"))


class Mistake(BaseModel, extra="forbid"):
    """By file: what stands there instead, or which text (that is there once) becomes which. Then what is reported."""

    given: dict[str, str | bytes | dict[str, str]]
    environment: dict[str, str] = {}
    expect: str

    def make(self, root: Path) -> None:
        for name, change in self.given.items():
            file = root / name
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(edited(file.read_text(), change) if isinstance(change, dict) else as_bytes(change))


def edited(text: str, changes: dict[str, str]) -> bytes:
    for old, new in changes.items():
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    return text.encode()


def as_bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


@pytest.mark.parametrize("file", MUST_FAIL, ids=lambda file: file.stem)
def test_a_mistake_is_reported_where_it_is(file: Path, shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    mistake = Mistake.model_validate(yaml.safe_load(file.read_text()))
    mistake.make(shop.root)
    for name, value in mistake.environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ProjectError) as error:
        check(shop)
    assert str(error.value).splitlines() == mistake.expect.splitlines()


def test_a_project_without_a_mistake_gives_its_jobs_and_tables(shop: Project) -> None:
    variables = dict(os.environ)
    checked = check(shop)
    assert dict(os.environ) == variables
    assert [job.name for job in checked.jobs] == ["shop-orders"]
    assert {name: [field.name for field in table.schema().fields] for name, table in checked.tables.items()} == {
        "shop.bronze.orders": ["order_id", "customer", "items", "price", "kafka_partition", "kafka_offset"],
        "shop.silver.orders": ["order_id", "rating", "items", "price", "kafka_partition", "kafka_offset"],
    }
    assert not list(shop.lake.rglob("*"))


def test_what_a_view_is_made_of_is_found_in_every_form(shop: Project) -> None:
    file = shop.root / "sql/shop/silver/orders.sql"
    text = file.read_text().replace("rate(price)", "RATE(price)")
    file.write_text(text.replace("FROM orders;", "FROM (WITH few AS (SELECT * FROM `orders`) SELECT * FROM few);"))
    assert check(shop).jobs[0].origins["silver_orders"] == {"silver_orders", "orders", "rate"}


def test_the_command_prints_problems_as_lines_and_as_json(shop: Project) -> None:
    file = shop.root / "sql/shop/silver/orders.sql"
    file.write_text(file.read_text().replace("  price,\n", "  prise,\n"))
    answer = CliRunner().invoke(cli.app, ["check", "--json"])
    assert answer.exit_code == 1
    assert json.loads(answer.stdout) == [
        {
            "file": "sql/shop/silver/orders.sql",
            "line": 7,
            "column": 3,
            "what": "no column is called prise",
            "fix": "did you mean price?",
        }
    ]


def test_python_files_are_read_anew_and_leave_nothing_behind(shop: Project) -> None:
    import udfs.flink

    check(shop)
    prices = shop.root / "udfs/prices.py"
    prices.write_text(prices.read_text().replace("Decimal(100)", "100 / 0"))
    with pytest.raises(ProjectError, match="ZeroDivisionError"):
        check(shop)
    import udfs.flink as again

    assert again is udfs.flink
