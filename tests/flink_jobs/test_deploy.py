from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flink_jobs import deploy, releases
from flink_jobs.cluster import NoSavepointError
from flink_jobs.deploy import Deployer, start_of
from flink_jobs.diagnosis import diagnose
from flink_jobs.domains import load_domains
from flink_jobs.errors import TrunklineError
from flink_jobs.local import flink
from flink_jobs.project import Project
from flink_jobs.releases import Deployment, Release, Store, Table
from flink_jobs.statements import split
from flink_jobs.submit import wired
from flink_jobs.topics import Offsets

REFUSED = """java.lang.IllegalStateException: Failed to rollback to checkpoint/savepoint file:/savepoint-1. Max parallelism mismatch \
between checkpoint/savepoint state and new program. Cannot map operator 1 with max parallelism 128 to new program with max parallelism 64.
\tat org.apache.flink.runtime.checkpoint.Checkpoints.loadAndValidateCheckpoint(Checkpoints.java:143)
"""


class Topics:
    """A topic whose partitions hold the records from `first` to before `end`; those from `recent` on are not older than any state."""

    def __init__(self, first: Offsets, end: Offsets, recent: Offsets | None = None) -> None:
        self.first, self.end, self.recent = first, end, recent

    def since(self, topic: str, moment: datetime) -> Offsets:
        assert timedelta(hours=23.9) < datetime.now(UTC) - moment < timedelta(hours=24.1)
        return self.recent

    def bounds(self, topic: str, earliest: bool = False) -> Offsets:
        return self.first if earliest else self.end


def test_a_job_begins_at_the_first_record_that_a_table_lacks() -> None:
    held = {"bronze": {0: 99, 1: 49}, "silver": {0: 97, 1: 49}, "gold": {0: 90, 1: 48}}
    assert start_of("calls", held, Topics({0: 0, 1: 0}, {0: 100, 1: 50})) == {0: 91, 1: 49}


def test_a_table_that_is_new_is_filled_from_what_kafka_still_has() -> None:
    assert start_of("calls", {"bronze": {0: 99}, "gold": {}}, Topics({0: 30}, {0: 100})) == {0: 30}


def test_every_partition_has_a_start() -> None:
    assert start_of("calls", {"bronze": {0: 5}}, Topics({0: 0, 1: 0}, {0: 6, 1: 7})) == {0: 6, 1: 0}
    assert start_of("calls", {"bronze": {}}, Topics({0: 0, 1: 3}, {0: 6, 1: 7})) == {0: 0, 1: 3}


def test_a_topic_that_was_made_anew_is_noticed() -> None:
    with pytest.raises(TrunklineError, match=r"bronze holds offset 99 of calls, partition 0, which ends at 10: it was made anew; .*"):
        start_of("calls", {"bronze": {0: 99}}, Topics({0: 0}, {0: 10}))


def release() -> Release:
    tables = [
        Table(name="shop.bronze.orders", view="bronze_orders", overwrite=False, topic="orders"),
        Table(name="shop.gold.days", view="days", overwrite=True, topic=None),
    ]
    return Release(job="shop-orders", environment="local", batch=False, fingerprint="f" * 64, statements=[], tables=tables, sources={})


def test_a_table_that_is_ahead_drops_what_it_has() -> None:
    deployment = Deployment(release=release(), job_id="1", reached={"shop.bronze.orders": {1: 7, 0: 5}})
    assert wired(deployment) == (
        "EXECUTE STATEMENT SET BEGIN "
        "INSERT INTO `shop`.`bronze`.`orders` SELECT * FROM `bronze_orders`"
        " WHERE kafka_offset > CASE kafka_partition WHEN 0 THEN 5 WHEN 1 THEN 7 ELSE -1 END; "
        "INSERT OVERWRITE `shop`.`gold`.`days` SELECT * FROM `days`; END"
    )


@pytest.fixture
def deployer(tmp_path: Path) -> Deployer:
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog" / "local.sql").write_text("SET 'table.local-time-zone' = 'UTC';")
    (tmp_path / "sql").mkdir()
    return Deployer(Project(tmp_path))


ORDERS = [Table(name=f"shop.{layer}.orders", view="v", overwrite=False, topic="orders") for layer in ("bronze", "gold", "seen")]


def holding(deployer: Deployer, monkeypatch: pytest.MonkeyPatch, **offsets: Offsets) -> None:
    """Lets the tables of `orders` hold records up to these offsets."""
    monkeypatch.setattr(deployer, "reached", lambda table: offsets[table.split(".")[1]])


def remembering(hours: float) -> Release:
    """A release that keeps state for so long."""
    return release().model_copy(update={"tables": ORDERS, "sources": {"orders": "orders"}, "state_ttl": timedelta(hours=hours)})


def test_a_job_with_state_reads_back_and_drops_what_its_tables_have(deployer: Deployer, monkeypatch: pytest.MonkeyPatch) -> None:
    holding(deployer, monkeypatch, bronze={0: 99, 1: 49}, gold={0: 97, 1: 49}, seen={0: 95, 1: 2})
    fresh = deployer.fresh(remembering(24), Topics({0: 0, 1: 0}, {0: 100, 1: 50}, {0: 40, 1: 50}))
    assert fresh.starts == {"orders": {0: 40, 1: 3}}
    assert fresh.reached == {"shop.bronze.orders": {0: 99, 1: 49}, "shop.gold.orders": {0: 97, 1: 49}, "shop.seen.orders": {0: 95}}


def test_without_state_it_does_not(deployer: Deployer, monkeypatch: pytest.MonkeyPatch) -> None:
    holding(deployer, monkeypatch, bronze={0: 99}, gold={0: 97}, seen={0: 99})
    assert deployer.fresh(remembering(0), Topics({0: 0}, {0: 100})).starts == {"orders": {0: 98}}


def test_tables_of_a_job_that_stopped_cleanly_hold_the_same_records(deployer: Deployer, monkeypatch: pytest.MonkeyPatch) -> None:
    holding(deployer, monkeypatch, bronze={0: 99, 1: 49}, gold={0: 97}, seen={})
    topics = Topics({0: 0, 1: 0}, {0: 100, 1: 50}, {0: 100, 1: 50})
    old = Deployment(release=remembering(24), job_id="a", restore="file:///savepoint", stopped=True)
    assert deployer.fresh(remembering(24), topics, old).starts == {"orders": {0: 100, 1: 50}}
    assert deployer.fresh(remembering(24), topics, old.model_copy(update={"stopped": False})).starts == {"orders": {0: 0, 1: 0}}


def test_a_table_that_is_new_to_a_job_is_filled_from_the_beginning(deployer: Deployer, monkeypatch: pytest.MonkeyPatch) -> None:
    holding(deployer, monkeypatch, bronze={0: 99}, gold={0: 97}, seen={})
    before = remembering(24).model_copy(update={"tables": ORDERS[:2]})
    fresh = deployer.fresh(
        remembering(24),
        Topics({0: 5}, {0: 100}, {0: 40}),
        Deployment(release=before, job_id="a", restore="file:///savepoint", stopped=True),
    )
    assert fresh.starts == {"orders": {0: 5}}
    assert fresh.reached == {"shop.bronze.orders": {0: 99}, "shop.gold.orders": {0: 99}}


def checkpoint(deployer: Deployer, job_id: str, number: int) -> Path:
    folder = deployer.project.flink / "checkpoints" / job_id / f"chk-{number}"
    folder.mkdir(parents=True)
    (folder / "_metadata").touch()
    return folder


def test_a_job_resumes_from_its_newest_complete_checkpoint(deployer: Deployer) -> None:
    checkpoint(deployer, "a", 9)
    newest = checkpoint(deployer, "a", 10)
    (deployer.project.flink / "checkpoints" / "a" / "chk-11").mkdir()
    resumed = deployer.resumed(Deployment(release=release(), job_id="a", starts={"orders": {0: 3}}), Topics({}, {}))
    assert resumed.restore == f"file://{newest}"
    assert resumed.starts == {"orders": {0: 3}}
    assert resumed.job_id != "a"
    assert Store(deployer.project).get("shop-orders") == resumed


def test_without_a_checkpoint_it_resumes_from_what_it_began_from(deployer: Deployer) -> None:
    savepoint = checkpoint(deployer, "before", 1)
    assert (
        deployer.resumed(Deployment(release=release(), job_id="a", restore=savepoint.as_uri()), Topics({}, {})).restore
        == savepoint.as_uri()
    )


def test_without_either_it_begins_where_its_tables_end(deployer: Deployer) -> None:
    gone = Deployment(release=release(), job_id="a", restore="file:///gone", starts={"orders": {0: 3}})
    resumed = deployer.resumed(gone, Topics({}, {}))
    assert resumed.restore is None
    assert resumed.starts == {}


def test_a_stop_that_nobody_saw_end_leaves_no_checkpoint_to_trust(deployer: Deployer) -> None:
    checkpoint(deployer, "a", 9)
    resumed = deployer.resumed(Deployment(release=release(), job_id="a", stopping=True), Topics({}, {}))
    assert resumed.restore is None
    assert not resumed.stopping


@pytest.mark.parametrize(("error", "trusted"), [(NoSavepointError("declined"), True), (TrunklineError("no answer"), False)])
def test_a_checkpoint_counts_only_where_no_savepoint_was_taken(deployer: Deployer, error: TrunklineError, trusted: bool) -> None:
    class Cluster:
        def stop_with_savepoint(self, job_id: str, folder: Path) -> str:
            raise error

        def cancel(self, job_id: str) -> None:
            assert job_id == "a"

    newest = checkpoint(deployer, "a", 9)
    deployer.cluster = Cluster()
    deployer.stop(Deployment(release=release(), job_id="a"))
    resumed = deployer.resumed(Store(deployer.project).get("shop-orders"), Topics({}, {}))
    assert resumed.restore == (newest.as_uri() if trusted else None)


@pytest.mark.parametrize(("stopped", "removed"), [(True, ["s3://lake/savepoints/1"]), (False, [])])
def test_a_savepoint_elsewhere_is_removed_by_the_flink_that_has_it(
    deployer: Deployer, monkeypatch: pytest.MonkeyPatch, stopped: bool, removed: list[str]
) -> None:
    (deployer.project.root / "catalog" / "far.sql").write_text("SET 'rest.address' = 'jobmanager';")
    far, disposed = Deployer(deployer.project, "far"), []
    monkeypatch.setattr(type(far.cluster), "dispose", lambda _, savepoint: disposed.append(savepoint))
    far.store.save(Deployment(release=release(), job_id="new"))
    far.store.python_path(release()).mkdir(parents=True)
    far.forget(Deployment(release=release(), job_id="old", restore="s3://lake/savepoints/1", stopped=stopped))
    assert disposed == removed


@pytest.mark.parametrize(("width", "action"), [("1", deploy.KEEP), ("2", deploy.RESUME)])
def test_a_job_elsewhere_goes_on_with_other_options_of_flink(deployer: Deployer, width: str, action: str) -> None:
    stack = deployer.project.root / "stack"
    stack.mkdir()
    (stack / "containers.yaml").write_text("env.log.level: INFO\n")
    (stack / "flink.yaml").write_text("parallelism.default: 1\n")
    (deployer.project.root / "catalog" / "far.sql").write_text("SET 'rest.address' = 'jobmanager';")
    far = Deployer(deployer.project, "far")
    far.store.save(Deployment(release=release(), job_id="a", options=far.options))
    (stack / "flink.yaml").write_text(f"parallelism.default: {width}  # slots\n")
    assert Deployer(deployer.project, "far").step(release(), {"a"}).action == action


def test_a_deployment_is_recorded_whole_and_forgotten(deployer: Deployer) -> None:
    store = deployer.store
    deployment = Deployment(release=release(), job_id="a", starts={"orders": {0: 3}}, reached={"t": {1: 2}})
    store.save(deployment)
    assert list(store) == [deployment]
    store.remove("shop-orders")
    assert list(store) == []


def test_a_job_whose_python_cannot_be_imported_is_not_submitted(shop: Project) -> None:
    deployer = Deployer(shop)
    new = releases.release(shop, deployer.environment, load_domains(shop)[0].jobs[0])
    deployer.store.keep_python(new)
    prices = deployer.store.python_path(new) / "udfs" / "prices.py"
    prices.write_text(prices.read_text().replace("Decimal(100)", "100 / 0"))
    with pytest.raises(TrunklineError, match=r"^shop-orders was not submitted: .*/udfs/prices.py:3:8: .* ZeroDivisionError"):
        deployer.start([Deployment(release=new, job_id="1")], {})


def test_a_job_whose_state_is_refused_begins_where_its_tables_end(deployer: Deployer, monkeypatch: pytest.MonkeyPatch) -> None:
    holding(deployer, monkeypatch, bronze={0: 99}, gold={0: 97}, seen={})
    monkeypatch.setattr(deploy, "Topics", lambda _: Topics({0: 0}, {0: 100}, {0: 40}))
    monkeypatch.setattr(deploy, "cluster_of", lambda *_: None)
    monkeypatch.setattr(deploy, "Planner", lambda **_: None)
    (statement,) = split("EXECUTE STATEMENT SET BEGIN END;", Path("sql/shop/jobs/orders.sql"))
    submitted: list[Deployment] = []

    def flink(_: Project, deployment: Deployment, __: None) -> None:
        submitted.append(deployment)
        if deployment.restore:
            raise diagnose(statement, Exception(REFUSED), [], object(), is_own_text=False)

    monkeypatch.setattr(deploy, "submit", flink)
    before = Deployment(release=remembering(24), job_id="1", restore="file:/savepoint-1", stopped=True)
    anew = deployer.submit(before.model_copy(update={"job_id": "2", "stopped": False}), before)
    assert submitted[1:] == [anew] == list(deployer.store)
    assert anew.restore is None and anew.job_id not in ("1", "2") and anew.starts == {"orders": {0: 40}}
    assert list(deployer.begun_anew.values()) == [
        "shop-orders begins where its tables end: its state can't be restored: Max parallelism mismatch between "
        "checkpoint/savepoint state and new program"
    ]


def test_checkpoints_are_in_the_projects_folder_whatever_its_name(tmp_path: Path) -> None:
    """For Flink takes each character of a URI as it is: of an escaped one, it makes a folder of another name."""
    project = Project(tmp_path / "ü=x")
    assert flink.of_this_machine(project)["execution.checkpointing.dir"] == f"file://{tmp_path}/ü=x/.trunkline/flink/checkpoints"
