"""What a variant on Flink runs: the shipped files, but for what makes it another."""

from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from bench.cost.broker import Broker
from bench.cost.campaign import Campaign, ended
from bench.cost.oracle import Expectation
from bench.cost.variant import HELD, INSERTS, RECORDING, TOPIC, Edit, FlinkVariant, Run, Variant
from bench.cost.variants import VARIANTS, tuned
from flink_jobs.domains import Job, load_domains
from flink_jobs.environment import load_environment
from flink_jobs.errors import TrunklineError
from flink_jobs.project import Project

REPOSITORY = Path(__file__).parents[3]
ROWS = {"bronze": 1000, "silver": 1000, "gold": 980}


def job(variant: FlinkVariant, folder: Path, **options: object) -> Job:
    """The one job of a variant, laid out in a folder."""
    variant.run = Run("127.0.0.1:1", ROWS, folder, **options)
    variant.lay_out()
    (domain,) = load_domains(Project(folder))
    (found,) = domain.jobs
    return found


@pytest.mark.parametrize("name", ["python", "python-stateless", "bronze"])
def test_its_job_writes_its_layers(tmp_path: Path, name: str) -> None:
    variant = VARIANTS[name]
    found = job(variant, tmp_path)
    assert [f"{insert.table} SELECT * FROM {insert.view}" for insert in found.inserts] == [INSERTS[layer] for layer in variant.layers]
    assert found.sources["calls"].options["topic"].value == TOPIC


def test_only_python_as_shipped_remembers_ids(tmp_path: Path) -> None:
    for name, remembers in (("python", True), ("python-stateless", False)):
        definitions = job(VARIANTS[name], tmp_path / name).definitions
        assert any("OVER (" in statement.text for statement in definitions) == remembers


def test_an_overlay_replaces_and_adds_files(tmp_path: Path) -> None:
    overlay = tmp_path / "overlay"
    (overlay / "udfs").mkdir(parents=True)
    (overlay / "udfs" / "more.py").write_text("MORE = 1\n")
    (overlay / "jars.lock").write_text("{}\n")
    job(FlinkVariant("other", "", overlay=overlay), tmp_path / "run")
    assert (tmp_path / "run/udfs/more.py").exists()
    assert (tmp_path / "run/jars.lock").read_text() == "{}\n"
    assert (tmp_path / "run/udfs/keys.py").read_text() == (REPOSITORY / "udfs/keys.py").read_text()


@pytest.mark.parametrize("text", ["no such text", "kafka_offset"])
def test_an_edit_of_a_text_that_is_not_there_once_is_refused(tmp_path: Path, text: str) -> None:
    variant = FlinkVariant("other", "", edits=[Edit("sql/telecom/silver/calls.sql", text, "1")])
    with pytest.raises(TrunklineError, match=f"silver/calls.sql does not hold '{text}' once"):
        job(variant, tmp_path)


def test_the_configuration_is_the_shipped_one_but_for_what_the_run_asks(tmp_path: Path) -> None:
    job(VARIANTS["python"], tmp_path, commit_seconds=0.5, profile=True)
    shipped, found = (yaml.safe_load((root / "stack/flink.yaml").read_text()) for root in (REPOSITORY, tmp_path))
    changed = {"execution.checkpointing.interval", "execution.checkpointing.min-pause", "env.java.opts.taskmanager", *HELD}
    assert found["execution.checkpointing.interval"] == "500 ms"
    assert f"{tmp_path / RECORDING} {shipped['env.java.opts.taskmanager']}" in found["env.java.opts.taskmanager"]
    assert {key for key in shipped | found if shipped.get(key) != found.get(key)} == changed


def test_a_value_is_taken_as_it_is(tmp_path: Path) -> None:
    variant = FlinkVariant("other", "", options={"env.java.opts.all": r"-Da=\d\g<1>"})
    job(variant, tmp_path)
    assert "\nenv.java.opts.all: -Da=\\d\\g<1>\n" in (tmp_path / "stack/flink.yaml").read_text()


def test_a_tuned_variant_has_one_option_or_property_of_its_own(tmp_path: Path) -> None:
    options, properties = ["pipeline.object-reuse=false"], ["write.parquet.compression-level=9", "write.parquet.page-version=v2"]
    tuning = [*tuned(VARIANTS["python"], "options", options), *tuned(VARIANTS["python"], "properties", properties)]
    assert [variant.name for variant in tuning] == [*options, *properties]
    for number, variant in enumerate(tuning):
        job(variant, tmp_path / str(number))
    shipped, *found = (load_environment(Project(root)).catalogs["telecom"] for root in (REPOSITORY, *(tmp_path / n for n in "012")))
    assert "pipeline.object-reuse: false\n" in (tmp_path / "0/stack/flink.yaml").read_text()
    assert [
        dict(catalog.items() - shipped.items() - {("warehouse", catalog["warehouse"]), ("uri", catalog["uri"])}) for catalog in found
    ] == [
        {},
        {"table-default.write.parquet.compression-level": "9"},
        {"table-default.write.parquet.page-version": "v2"},
    ]


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_has_what_the_benchmark_asks_of_it(name: str) -> None:
    wanted = {*Variant.__annotations__, *(method for method in vars(Variant) if not method.startswith("_"))}
    assert wanted <= {*dir(VARIANTS[name]), *(field.name for field in fields(VARIANTS[name]))}


def test_a_run_has_a_folder_that_can_stand_in_a_class_path(tmp_path: Path) -> None:
    campaign = Campaign(Broker("", None), [], Expectation(tmp_path), tmp_path, tmp_path, 0)
    expected = SimpleNamespace(rows=ROWS)
    folder = campaign.run_of(FlinkVariant("env.java.opts.taskmanager=-XX:+UseG1GC", ""), expected).folder
    assert folder.is_dir()
    assert ":" not in folder.name


@pytest.mark.parametrize(("error", "kept"), [(KeyboardInterrupt, False), (TrunklineError, True)])
def test_a_run_that_failed_is_kept_to_be_looked_at(tmp_path: Path, error: type[BaseException], kept: bool) -> None:
    stopped = []
    run = Run("127.0.0.1:1", ROWS, tmp_path / "run")
    run.folder.mkdir()
    with pytest.raises(error), ended(SimpleNamespace(stop=lambda: stopped.append(run.folder.exists())), run):
        raise error("so it is")
    assert stopped == [True]
    assert run.folder.exists() == kept
