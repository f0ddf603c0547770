"""`trunkline verify`: what each check tells, over which snapshots, and as it is typed."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import typer
import yaml
from click.testing import Result as Done
from pyiceberg.types import BooleanType, IntegerType, LongType, StringType
from typer.testing import CliRunner

from flink_jobs import accounting
from flink_jobs.errors import ProjectError, TrunklineError
from flink_jobs.lake import Lake
from flink_jobs.project import Project
from flink_jobs.releases import Deployment, Release, Store
from flink_jobs.snapshots import CHECKPOINT, JOB_ID
from flink_jobs.verifier import Result, verifying
from flink_jobs.verify import verify
from tests.flink_jobs.lakes import make_table

HERE = Path(__file__).parent
SHOP = yaml.safe_load((HERE / "data" / "verify.yaml").read_text())
TYPES = {"string": StringType(), "boolean": BooleanType(), "int": IntegerType(), "long": LongType()}

Tables = dict[str, list[list[Any]]]


class FakeTopics:
    """Kafka with nine records in both partitions of every topic."""

    def bounds(self, topic: str, earliest: bool = False) -> dict[int, int]:
        return dict.fromkeys((0, 1), 0 if earliest else 9)

    def offsets(self, topic: str, partition: int, first: int, last: int) -> Iterator[int]:
        return iter(range(first, last + 1))


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose broker answers; the working directory is in it."""
    shutil.copytree(HERE / "ledger", tmp_path / "ledger")
    monkeypatch.chdir(tmp_path / "ledger")
    monkeypatch.setattr(accounting.Broker, "topics", lambda _: FakeTopics())
    return Project(tmp_path / "ledger")


def commit(project: Project, table: str, rows: list[list[Any]], job: str = "a", checkpoint: int | None = 1) -> None:
    """Adds rows to a table, which is made if need be, as a checkpoint of a Flink job does; without one, as a compaction would."""
    lake, columns = Lake.of(project), SHOP["columns"][table]
    stored = lake.find(table)
    iceberg = stored.iceberg if stored else make_table(lake, table, {name: TYPES[kind] for name, kind in columns.items()})
    records = pa.Table.from_pylist([dict(zip(columns, row, strict=True)) for row in rows], schema=iceberg.schema().as_arrow())
    iceberg.append(records, {JOB_ID: job, CHECKPOINT: str(checkpoint)} if checkpoint else {})


def store(project: Project, **others: list[list[Any]]) -> None:
    """Stores the shop whose tables are right, but for those given."""
    for table, rows in (SHOP["right"] | others).items():
        commit(project, table, rows)


def results(project: Project, only: str = "") -> dict[str, Result]:
    with verifying(project) as found:
        return {check.name: found.result(check) for check in found.checks(only)}


def told(project: Project, only: str = "") -> dict[str, dict[str, Any]]:
    """What did not pass, without what is empty."""
    found = {name: result.model_dump(mode="json") for name, result in results(project, only).items() if result.result != "passed"}
    return {name: {k: v for k, v in result.items() if v and k not in ("check", "proves")} for name, result in found.items()}


def run(*arguments: str) -> Done:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(verify)
    return CliRunner().invoke(app, arguments)


def test_all_that_follows_from_names_and_files_is_checked_and_right_tables_pass(project: Project) -> None:
    store(project)
    found = results(project)
    assert {name: result.result for name, result in found.items() if result.result != "passed"} == {}
    assert set(found) == {name for case in SHOP["cases"] for name in case["told"]} | {
        "shop.bronze.customers once",
        "shop.gold.dim_customer_versions once",
        "shop.silver.customers = shop.bronze.customers",
        "shop.silver.orders once",
        "shop.gold.dim_hour.hour_sk not_null",
        "shop.gold.dim_hour.hour_sk unique",
    }
    assert all(result.proves for result in found.values())


@pytest.mark.parametrize("case", SHOP["cases"], ids=lambda case: case["name"])
def test_what_is_wrong_is_told_by_its_checks_and_by_no_other(project: Project, case: dict[str, Any]) -> None:
    store(project, **case["stored"])
    assert told(project) == case["told"]


def test_bronze_ahead_of_silver_is_read_where_both_are(project: Project) -> None:
    store(project)
    commit(project, "shop.bronze.orders", [[0, 3]], checkpoint=2)
    commit(project, "shop.gold.fact_orders", [["o5", "c-ann", 7, 1, 0, 3]], checkpoint=2)
    assert told(project) == {}


def test_a_table_that_a_checkpoint_brought_nothing_is_passed_by_it(project: Project) -> None:
    """The sink commits nothing for most empty checkpoints: here silver's second is its third in fact."""
    store(project)
    commit(project, "shop.bronze.orders", [[0, 3]], checkpoint=2)
    commit(project, "shop.silver.orders", [["no_amount", True, 0, 3]], checkpoint=2)
    commit(project, "shop.bronze.orders", [], checkpoint=12)
    commit(project, "shop.silver.orders", [], checkpoint=13)
    commit(project, "shop.gold.order_customers", [], checkpoint=11)
    commit(project, "shop.gold.fact_orders", [], checkpoint=11)
    assert told(project) == {}


def test_a_record_that_one_checkpoint_brought_to_one_table_only_is_told(project: Project) -> None:
    store(project)
    commit(project, "shop.bronze.orders", [[0, 3]], checkpoint=2)
    for table in ("shop.silver.orders", "shop.gold.fact_orders", "shop.gold.order_customers"):
        commit(project, table, [], checkpoint=2)
    assert list(told(project)) == ["shop.silver.orders = shop.bronze.orders"]


def test_a_compaction_holds_what_the_snapshot_before_it_holds(project: Project) -> None:
    store(project)
    commit(project, "shop.bronze.orders", [], checkpoint=None)
    assert told(project) == {}


def test_a_job_that_began_anew_counts_its_checkpoints_from_one(project: Project) -> None:
    store(project)
    for table, rows in {
        "shop.bronze.orders": [[0, 3]],
        "shop.silver.orders": [[None, False, 0, 3]],
        "shop.gold.fact_orders": [["o5", None, 7, 1, 0, 3]],
        "shop.gold.order_customers": [],
    }.items():
        commit(project, table, [], checkpoint=40)
        commit(project, table, rows, job="b", checkpoint=2)
    commit(project, "shop.silver.orders", [[None, False, 0, 4]], job="b", checkpoint=3)
    assert told(project) == {}


def test_a_table_that_a_new_job_has_not_reached_counts_where_the_old_one_left_it(project: Project) -> None:
    store(project)
    commit(project, "shop.bronze.orders", [[0, 3]], job="b", checkpoint=1)
    commit(project, "shop.silver.orders", [[None, False, 0, 3]], job="b", checkpoint=1)
    assert told(project) == {}


def test_what_a_new_job_still_reads_back_is_a_warning_and_any_other_difference_a_failure(project: Project) -> None:
    """It was deployed when bronze held offset 5 of partition 0, and silver and gold were behind."""
    store(project, **{"shop.bronze.orders": [[0, offset] for offset in range(6)] + [[1, 0], [1, 1]]})
    release = Release(job="shop-orders", environment="local", batch=False, fingerprint="f", statements=[], tables=[], sources={})
    Store(project).save(Deployment(release=release, job_id="a", reached={"shop.bronze.orders": {0: 5}}))
    lacked = {"kafka_partition": 0, "missing_in": "shop.silver.orders"}
    only = "silver.orders = "
    assert told(project, only) == {
        "shop.silver.orders = shop.bronze.orders": {
            "result": "failed",
            "rows": 1,
            "examples": [lacked | {"kafka_partition": 1, "kafka_offset": 1}],
        },
        "shop.silver.orders = shop.bronze.orders read back": {
            "result": "warning",
            "rows": 3,
            "examples": [lacked | {"kafka_offset": offset} for offset in (3, 4, 5)],
        },
    }
    commit(project, "shop.silver.orders", [[None, False, 0, 4], [None, False, 0, 5], [None, False, 1, 1]])
    assert told(project, only) == {
        "shop.silver.orders = shop.bronze.orders": {"result": "failed", "rows": 1, "examples": [lacked | {"kafka_offset": 3}]}
    }


def test_before_every_table_of_a_job_has_a_commit_only_what_needs_none_is_checked(project: Project) -> None:
    store(project)
    lake = Lake.of(project)
    lake.catalogs["shop"].drop_table(("gold", "order_customers"))
    make_table(lake, "shop.gold.order_customers", {"customer": StringType(), "customer_sk": StringType()})
    reason = "no checkpoint of Flink is committed to shop.gold.order_customers"
    assert told(project) == {
        "shop.silver.orders = shop.bronze.orders": {"result": "skipped", "reason": reason},
        "shop.gold.fact_orders = shop.silver.orders": {"result": "skipped", "reason": reason},
    }


def test_a_set_whose_snapshot_has_expired_is_not_checked(project: Project) -> None:
    store(project)
    commit(project, "shop.bronze.orders", [[0, 3]], checkpoint=2)
    bronze = Lake.of(project).find("shop.bronze.orders").iceberg
    bronze.maintenance.expire_snapshots().by_id(bronze.snapshots()[0].snapshot_id).commit()
    (first, *_) = told(project, only="=").values()
    assert first["result"] == "skipped"
    assert first["reason"].startswith("shop.bronze.orders has no snapshot any more")


def test_snapshots_stay_while_the_lake_goes_on(project: Project) -> None:
    store(project)
    with verifying(project) as found:
        commit(project, "shop.bronze.orders", [[0, 0]], checkpoint=2)
        Path(Lake.of(project).find("shop.bronze.orders").iceberg.metadata.metadata_log[-1].metadata_file.removeprefix("file://")).unlink()
        (once,) = found.checks("bronze.orders once")
        assert found.result(once).result == "passed"


def test_offsets_that_kafka_lacks_itself_are_no_gap(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kafka has forgotten what was before offset 5, and 7 is a transaction's end; of 8 to 10 the table lacks one that Kafka holds."""
    monkeypatch.setattr(FakeTopics, "bounds", lambda *_, earliest=False: {0: 5 if earliest else 12})
    monkeypatch.setattr(FakeTopics, "offsets", lambda _, topic, partition, first, last: (o for o in range(first, last + 1) if o != 7))
    store(project)
    commit(project, "shop.bronze.customers", [[0, 5], [0, 6], [0, 8], [0, 10]])
    assert told(project, only="customers complete") == {
        "shop.bronze.customers complete": {"result": "failed", "rows": 1, "examples": [{"kafka_partition": 0, "kafka_offset": 9}]}
    }
    commit(project, "shop.bronze.customers", [[0, 9]])
    assert told(project, only="customers complete") == {}


def test_kafka_is_not_read_where_nothing_is_missing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(FakeTopics, "offsets")
    store(project)
    assert told(project, only="complete") == {}


def test_a_topic_that_is_gone_cannot_be_compared(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeTopics, "bounds", lambda *_, earliest=False: {})
    store(project)
    assert told(project, only="orders complete") == {
        "shop.bronze.orders complete": {"result": "skipped", "reason": "Kafka has no topic orders"}
    }


def test_without_kafka_all_else_is_checked(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.chdir(project.root)
    store(project)
    down = {"result": "skipped", "reason": "Kafka is down; start it with `trunkline up`"}
    assert told(project) == {"shop.bronze.orders complete": down, "shop.bronze.customers complete": down}


FACTS = "FROM shop.gold.fact_orders;"
WRONG = {
    "a misspelled table": (
        "-- It holds.\nSELECT *\nFROM shop.gold.fact_order;",
        "3:6: there is no table or view shop.gold.fact_order; did you mean shop.gold.fact_orders?",
    ),
    "a misspelled column": (
        f"-- It holds.\nSELECT\n  colour\n{FACTS}",
        '3:3: Binder Error: Referenced column "colour" not',
    ),
    "no SQL": ("-- It holds.\nSELECT FROM WHERE;", '2:13: Parser Error: syntax error at or near "WHERE"'),
    "a value that does not fit": (
        f"-- It holds.\nSELECT CAST(order_sk AS INT) {FACTS}",
        "1:1: Conversion Error: Could not",
    ),
    "a write": ("-- It holds.\nDROP TABLE shop.gold.fact_orders;", "1:1: a check is one SELECT; write one that finds"),
    "two statements": ("-- It holds.\nSELECT 1;\nSELECT 2;", "1:1: a check is one SELECT; write one that finds"),
    "no statement": ("-- It holds.\n", "1:1: a check is one SELECT; write one that finds"),
    "no comment": ("SELECT 1 WHERE false;", "1:1: nothing says what this check proves; say it in a comment"),
}


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_check_is_told_at_its_place_and_stops_no_other(project: Project, text: str, said: str) -> None:
    store(project)
    (project.root / "sql" / "shop" / "checks" / "a_wrong.sql").write_text(text)
    found = told(project)
    assert list(found) == ["shop.checks.a_wrong"]
    assert found["shop.checks.a_wrong"]["result"] == "failed"
    assert found["shop.checks.a_wrong"]["reason"].startswith(f"sql/shop/checks/a_wrong.sql:{said}")


@pytest.mark.parametrize("folder", ["checks", "serving"])
def test_a_file_that_is_no_text_is_told(project: Project, folder: str) -> None:
    store(project)
    (project.root / "sql" / "shop" / folder / "binary.sql").write_bytes(b"-- It holds.\n\xff")
    with pytest.raises(ProjectError, match=f"sql/shop/{folder}/binary.sql:2:1: this is not UTF-8 text"):
        raise run().exception


@pytest.mark.parametrize("name", ["shop.gold.fact_orders", "shop.silver.orders"])
def test_a_check_waits_for_its_tables(project: Project, name: str) -> None:
    commit(project, "shop.gold.dim_hour", [[7]])
    shutil.rmtree(project.root / "sql" / "shop" / "serving")
    (project.root / "sql" / "shop" / "checks" / "amounts.sql").write_text(f"-- It holds.\nFROM {name};")
    assert told(project) == {"shop.checks.amounts": {"result": "skipped", "reason": f"{name} is not stored yet"}}


def test_a_check_is_named_by_its_path_and_says_what_it_proves(project: Project) -> None:
    store(project)
    assert results(project, only="checks")["shop.checks.amounts"].proves == "No order has a negative amount."


def test_a_check_that_says_so_only_warns(project: Project) -> None:
    store(project)
    (project.root / "sql" / "shop" / "checks" / "amounts.sql").write_text("-- Warning: no order is large.\nSELECT 7 AS amount;")
    (result,) = results(project, only="checks").values()
    assert (result.result, result.rows, result.proves) == ("warning", 1, "no order is large.")


@pytest.mark.parametrize(("changed", "exit_code"), [({}, 0), ({"shop.gold.fact_orders": []}, 1), ({"shop.gold.order_customers": []}, 0)])
def test_exit_codes(project: Project, changed: dict[str, list[list[Any]]], exit_code: int) -> None:
    store(project, **changed)
    assert run().exit_code == exit_code


def test_a_warning_is_no_failure(project: Project) -> None:
    (unknown,) = [case for case in SHOP["cases"] if "whom nobody sent" in case["name"]]
    store(project, **unknown["stored"])
    done = run()
    assert done.exit_code == 0
    assert "warning" in done.stdout
    assert "buyer_customer_sk=c-eve kafka_partition=0 kafka_offset=0 customer=Eve" in done.stdout


def test_the_table_and_the_summary(project: Project) -> None:
    store(project, **{"shop.silver.orders": [[None, True, 0, 0]]})
    done = run("shop", "--only", "silver.orders")
    heading, _, *lines = done.stdout.splitlines()
    assert heading.split() == ["check", "result", "rows", "examples"]
    assert lines[0].split() == ["shop.silver.orders", "once", "passed"]
    assert [line.split()[-1] for line in lines if "missing_in" in line][:3] == ["missing_in=shop.silver.orders"] * 3
    assert done.stderr.strip() == "4 checks: 1 passed, 3 failed"


def test_json(project: Project) -> None:
    store(project, **{"shop.gold.dim_hour": [[7], [7], [8]]})
    done = run("--json", "--only", "dim_hour.hour_sk *")
    assert done.exit_code == 1
    assert json.loads(done.stdout) == [
        {
            "check": "shop.gold.dim_hour.hour_sk not_null",
            "proves": "every row of shop.gold.dim_hour has its key",
            "result": "passed",
            "rows": 0,
            "examples": [],
            "reason": None,
        },
        {
            "check": "shop.gold.dim_hour.hour_sk unique",
            "proves": "no two rows of shop.gold.dim_hour have the same key",
            "result": "failed",
            "rows": 1,
            "examples": [{"hour_sk": 7, "repeats": 2}],
            "reason": None,
        },
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ship"], "there is no domain ship; did you mean shop?"),
        (["--only", "colour"], "no check has 'colour' in its name"),
        (["--env", "production"], "no environment 'production'"),
    ],
)
def test_wrong_use(project: Project, arguments: list[str], said: str) -> None:
    store(project)
    done = run(*arguments)
    assert done.exit_code == 1
    assert isinstance(done.exception, TrunklineError)
    assert said in str(done.exception)


def test_a_project_without_tables() -> None:
    with pytest.raises(TrunklineError, match="no table is stored yet; fill them with `trunkline deploy` and `trunkline feed`"):
        raise run().exception
