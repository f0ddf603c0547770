"""What several runs say together."""

import pytest

from bench.cost.chart import chart
from bench.cost.freshness import Fresh
from bench.cost.measure import BROKER, JVM, PYTHON, Figures
from bench.cost.report import CPU, FIGURES, RATE, Drained, Results


def run(variant: str, number: int, cpu: float, rate: float) -> Drained:
    """A run of a variant in a round."""
    by_group = {BROKER: 1.0, JVM: cpu - 11, PYTHON: 10.0}
    found = Figures(
        events=1000, seconds=1, events_per_second=rate, cpu_seconds_per_million=by_group, memory_bytes=2**30, written_bytes_per_event=50
    )
    stored = {"bronze": 500, "gold": 500}
    return Drained(variant=variant, round=number, figures=found, start_seconds=1, start_cpu_seconds=1, stored_bytes=stored)


def results(*runs: Drained) -> Results:
    """Of some runs on some machine."""
    return Results(machine={}, commit="", events=2000, warm_up=1000, seed=1, runs=runs)


FOUND = results(
    run("python-stateless", 1, 40, 20_000),
    run("naive", 1, 160, 5_000),
    run("builtins", 1, 30, 40_000),
    run("python-stateless", 2, 80, 10_000),
    run("naive", 2, 160, 5_000),
    run("builtins", 2, 60, 15_000),
    run("python-stateless", 3, 50, 30_000),
    run("naive", 3, 130, 5_000),
    run("builtins", 3, 40, 30_000),
)


def test_a_ratio_is_that_of_each_round() -> None:
    assert FOUND.ratios("naive", "python-stateless", FIGURES[CPU]) == pytest.approx([4, 2, 2.6])
    assert FOUND.spread("naive", FIGURES[RATE]).median == 5_000


def test_the_targets_whose_variants_have_run_are_judged_by_the_median() -> None:
    assert {(finding.target.of, finding.target.to, finding.holds) for finding in FOUND.findings()} == {
        ("naive", "python-stateless", False),
        ("python-stateless", "builtins", True),
    }


def test_rows_are_as_old_at_each_share_of_the_drain_rate() -> None:
    fresh = [
        Fresh(variant=variant, percent=percent, events_per_second=1, p50=age, p99=9, cpu_seconds_per_million=1)
        for variant, ages in (("python-stateless", (1, 1, 1)), ("spark-python", (1.3, 1, 1)))
        for percent, age in zip((10, 50, 90), ages, strict=True)
    ]
    (finding,) = FOUND.model_copy(update={"runs": (), "fresh": tuple(fresh)}).findings()
    assert not finding.holds


@pytest.mark.parametrize(("p50", "holds"), [(1.1, False), (1.3, True), (1.7, True), (1.9, False)])
def test_rows_are_as_old_within_a_fifth_either_way(p50: float, holds: bool) -> None:
    fresh = [
        Fresh(variant=variant, percent=percent, events_per_second=1, p50=age, p99=9, cpu_seconds_per_million=1)
        for variant, percent, age in (("python-stateless", 10, 1.5), ("spark-python", 10, p50), ("spark-python", 50, 9))
    ]
    (finding,) = FOUND.model_copy(update={"runs": (), "fresh": tuple(fresh)}).findings()
    assert finding.ratio.median == pytest.approx(p50 / 1.5)
    assert finding.holds == holds
    assert str(finding).startswith("holds: Spark's rows" if holds else "FAILS: Spark's rows")


def test_results_are_the_same_after_a_file() -> None:
    assert Results.model_validate_json(FOUND.model_dump_json()) == FOUND


def test_the_picture_has_a_bar_for_each_group_of_each_variant() -> None:
    bars, texts = chart(FOUND).to_dict()["layer"]
    shown = {(row["variant"], row["group"]): row["cpu"] for row in bars["data"]["values"]}
    assert shown["python-stateless", JVM] == 39
    assert len(shown) == 9
    assert [row["text"] for row in texts["data"]["values"]] == ["50", "160", "40"]
