"""What the command line takes, without a run."""

from pathlib import Path

import pytest
from typer import BadParameter

from bench.cost.__main__ import OF_TARGETS, choose, main, tune
from bench.cost.report import TARGETS
from bench.cost.variants import VARIANTS


def test_variants_are_chosen_in_order_each_once() -> None:
    assert [variant.name for variant in choose("bronze, python,bronze")] == ["bronze", "python"]


def test_an_unknown_variant_is_wrong_use() -> None:
    with pytest.raises(BadParameter, match="no variant 'pyton'; did you mean python"):
        choose("python,pyton")


@pytest.mark.parametrize(("name", "given"), [("bronze", "pipeline.object-reuse"), ("bronze", "a=it's"), ("lower-bound", "a=b")])
def test_what_can_not_be_tuned_is_wrong_use(name: str, given: str) -> None:
    with pytest.raises(BadParameter, match=r"is not written NAME=VALUE|lower-bound is not on Flink"):
        tune(VARIANTS[name], [], [given])


@pytest.mark.parametrize("name", ["naive", "prototype"])
def test_what_a_program_says_itself_is_not_tuned(name: str) -> None:
    plain = VARIANTS[name]
    with pytest.raises(BadParameter, match=f"would change nothing: {name} or the settings of this machine say what it is"):
        tune(plain, [], ["write.parquet.compression-level=3"])
    with pytest.raises(BadParameter, match=f"the program of {name} says how often it commits"):
        main(f"python-stateless,{name}", commit_seconds=5)
    assert [variant.name for variant in tune(plain, ["taskmanager.memory.managed.size=512m"], [])] == [
        "taskmanager.memory.managed.size=512m"
    ]
    (tuned,) = tune(VARIANTS["prototype-shipped"], ["execution.checkpointing.interval=5 s"], [])
    assert tuned.name == "execution.checkpointing.interval=5 s"


def test_the_prototype_sets_its_interval() -> None:
    with pytest.raises(BadParameter, match="would change nothing: prototype or"):
        tune(VARIANTS["prototype"], ["execution.checkpointing.interval=2 s"], [])


@pytest.mark.parametrize("option", ["taskmanager.memory.process.size=3g", "table.exec.state.ttl=1 h", "table.local-time-zone=UTC"])
def test_what_the_job_or_this_machine_says_is_not_tuned(option: str) -> None:
    with pytest.raises(BadParameter, match="would change nothing: python or the settings of this machine say what it is"):
        tune(VARIANTS["python"], [option], [])


def test_how_often_to_commit_is_said_once() -> None:
    with pytest.raises(BadParameter, match="it and --option both say how often a variant commits"):
        main("python", commit_seconds=2, options=["execution.checkpointing.interval=3 s"])


def test_a_place_for_results_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match=f"there is no folder {tmp_path / 'none'}"):
        main("python", json_file=tmp_path / "none" / "results.json")


@pytest.mark.parametrize("given", ["ten", "0", "10,,-5", "nan", "120"])
def test_a_share_that_is_none_is_wrong_use(given: str) -> None:
    with pytest.raises(BadParameter, match=f"'{given}' is not written as 10,50,90"):
        main("bronze", fresh=given)


def test_a_warm_up_of_all_events_is_wrong_use() -> None:
    with pytest.raises(BadParameter, match="less than --events"):
        main("bronze", events=1000, warm_up=1000)


def test_the_targets_variants_are_there_and_run_by_default() -> None:
    assert set(OF_TARGETS) == {name for target in TARGETS for name in (target.of, target.to)}


def test_the_list_has_every_variant_with_its_intent(capsys: pytest.CaptureFixture[str]) -> None:
    main(list_them=True)
    listed = capsys.readouterr().out
    assert all(name in listed and variant.intent.split()[0] in listed for name, variant in VARIANTS.items())
