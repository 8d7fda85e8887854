"""Compare two runs with known changes, and reject runs that are not comparable."""

from __future__ import annotations

import gc
from dataclasses import replace
from functools import partial
from itertools import pairwise
from math import isnan

import pytest

from compare.errors import UsageError
from compare.history.diff import compare_runs
from compare.runs.record import WorkloadRequest
from tests.support.long import long_test
from tests.support.synthetic import (
    agreement_only,
    cell_of,
    synthetic,
    with_difference,
    without,
)
from tests.support.two_runs import few_cells, run

compare = partial(compare_runs, threshold=0.02)


def row_of(found, workload, variant):
    return next(
        row
        for row in found.rows
        if (row.after.cell.workload, row.after.variant) == (workload, variant)
    )


def changes_of(found, workload, variant):
    row = row_of(found, workload, variant)
    return {each.what: (each.before, each.after) for each in row.changes}


def with_timing(measured, variant, **values):
    """Return the run with other figures of a ``cnn`` variant in ``timing.csv``."""
    timing = measured.timing.copy()
    mine = timing["framework"] + "/" + timing["mode"] == variant
    for name, value in values.items():
        timing.loc[mine & (timing["workload"] == "cnn"), name] = value
    return replace(measured, timing=timing)


def test_a_slower_variant_is_a_regression_with_its_size_and_interval():
    after = run(seed=2, scale={("cnn", "tf/function"): 1.05}.items())
    found = compare(run(seed=1), after)
    row = row_of(found, "cnn", "tf/function")
    assert row.verdict == "slower"
    assert row.is_regression
    assert row.ratio.factor.low < 1.05 < row.ratio.factor.high
    assert [r.after.variant for r in found.rows if r.is_regression] == ["tf/function"]


def test_a_faster_variant_is_a_change_but_not_a_regression():
    after = run(seed=2, scale={("cnn", "tf/function"): 0.93}.items())
    found = compare(run(seed=1), after)
    assert row_of(found, "cnn", "tf/function").verdict == "faster"
    assert not found.has_regression


def test_a_disturbed_run_gives_no_verdict_on_step_times():
    slower = {("cnn", "tf/function"): 1.3}.items()
    quiet, busy = run(seed=1), run(seed=2, scale=slower, slowdown=2.0)
    for found in (compare(quiet, busy), compare(busy, quiet)):
        assert row_of(found, "cnn", "tf/function").verdict == "cannot tell"
        assert not found.has_regression
    assert compare(quiet, run(seed=2, scale=slower)).has_regression


def test_a_disturbed_run_gives_verdicts_on_everything_else():
    after = run(without(synthetic(), "cnn", "tf/xla", status="failed"), slowdown=2.0)
    found = compare(run(seed=1), after)
    assert found.has_regression


@pytest.fixture
def little_garbage():
    """Exempt existing objects from garbage collection: statsmodels runs it per call."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@long_test
@pytest.mark.usefixtures("little_garbage")
def test_runs_of_the_same_code_give_few_false_regressions():
    made = few_cells()
    runs = (run(made, seed=n, drift=1 + n % 7 / 50) for n in range(101))
    # With a threshold of 0, every significant change counts.
    found = [compare_runs(*pair, threshold=0.0).rows for pair in pairwise(runs)]
    regressed = sum(any(row.is_regression for row in rows) for rows in found)
    changed = sum(any(row.is_changed for row in rows) for rows in found)
    assert regressed / len(found) <= 0.05
    assert changed / len(found) <= 0.09  # 5%, and two standard errors of 100 trials


@long_test
@pytest.mark.usefixtures("little_garbage")
def test_an_increase_of_five_per_cent_is_found_in_nine_of_ten_trials():
    made, trials, planted = few_cells(), 40, {("cnn", "torch/compile"): 1.05}.items()
    hits = 0
    for seed in range(trials):
        before = run(made, seed=2 * seed)
        after = run(made, seed=2 * seed + 1, scale=planted, drift=1.1)
        hits += row_of(compare(before, after), "cnn", "torch/compile").is_regression
    assert hits / trials >= 0.9


def test_a_slower_machine_changes_step_times_but_not_ratios():
    runs = (run(seed=1), run(seed=2, drift=1.2))
    assert not any(row.is_changed for row in compare(*runs).rows)
    found = compare(*runs, absolute=True)
    assert {row.verdict for row in found.rows} == {"slower"}
    assert found.has_regression


def test_the_baseline_is_judged_only_by_its_step_time():
    runs = (run(seed=1), run(seed=2, drift=1.1))
    row = row_of(compare(*runs), "cnn", "torch/eager")
    assert row.verdict == "baseline"
    assert row.step.factor.estimate == pytest.approx(1.1, abs=0.02)
    assert isnan(row.ratio.factor.estimate)
    absolute = compare(*runs, absolute=True)
    assert row_of(absolute, "cnn", "torch/eager").verdict == "slower"


def test_a_change_below_the_threshold_is_not_a_regression():
    after = run(seed=2, scale={("cnn", "tf/function"): 1.08}.items())
    found = compare_runs(run(seed=1), after, threshold=0.2)
    assert row_of(found, "cnn", "tf/function").verdict == "equivalent"
    assert not found.has_regression


def test_one_launch_is_inconclusive_even_for_a_large_change():
    after = run(launches=1, seed=2, scale={("cnn", "tf/function"): 3.0}.items())
    found = compare(run(seed=1), after)
    row = row_of(found, "cnn", "tf/function")
    assert row.verdict == "inconclusive"
    assert row.ratio.factor.estimate == pytest.approx(3.0, rel=0.1)
    assert not found.has_regression


def test_a_cell_that_fails_is_a_regression_but_not_one_that_works_again():
    broken = without(synthetic(), "cnn", "tf/xla", status="failed", reason="it crashed")
    found = compare(run(seed=1), run(broken, seed=2))
    assert changes_of(found, "cnn", "tf/xla") == {
        "outcome": ("ok", "failed: it crashed")
    }
    assert row_of(found, "cnn", "tf/xla").is_regression
    back = compare(run(broken, seed=1), run(seed=2))
    assert changes_of(back, "cnn", "tf/xla") == {
        "outcome": ("failed: it crashed", "ok")
    }
    assert not back.has_regression


def test_a_new_disagreement_is_a_regression():
    wrong = with_difference(synthetic(), "cnn", "tf/xla")
    found = compare(run(seed=1), run(wrong, seed=2))
    assert changes_of(found, "cnn", "tf/xla") == {"agreement": ("agrees", "disagrees")}
    assert found.has_regression
    assert not compare(run(wrong, seed=1), run(seed=2)).has_regression


def test_a_mode_that_no_longer_captures_a_graph_is_a_regression():
    eager = synthetic()
    cell_of(eager, "cnn", "torch/compile").captures = "none"
    found = compare(run(seed=1), run(eager, seed=2))
    expected = ("forward+backward", "not captured")
    assert changes_of(found, "cnn", "torch/compile") == {"captures": expected}
    assert found.has_regression


@pytest.mark.parametrize(("name", "what"), [
    ("recaptures", "recaptures"), ("graph_breaks", "graph breaks")
])  # fmt: skip
def test_more_recaptures_and_graph_breaks_are_regressions_but_fewer_are_not(name, what):
    more = with_timing(run(seed=2), "torch/compile", **{name: 3})
    found = compare(run(seed=1), more)
    assert changes_of(found, "cnn", "torch/compile") == {what: ("0", "3")}
    assert found.has_regression
    assert not compare(more, run(seed=1)).has_regression


def test_notable_costs_are_reported_but_are_not_a_regression():
    costs = {"first_call_cold_s": 43.0, "peak_rss_bytes": 2**30, "captures_count": 2}
    found = compare(run(seed=1), with_timing(run(seed=2), "torch/compile", **costs))
    assert changes_of(found, "cnn", "torch/compile").keys() == {
        "first call, cold", "peak memory", "number of captures"
    }  # fmt: skip
    assert not found.has_regression


def test_small_changes_of_costs_are_not_reported():
    # 9% of 21.7 s, and 80% of a first call of 10 ms
    found = compare(
        with_timing(run(seed=1), "torch/eager", first_call_cold_s=0.010),
        with_timing(
            with_timing(run(seed=2), "torch/compile", first_call_cold_s=23.6),
            "torch/eager",
            first_call_cold_s=0.018,
        ),
    )
    assert not any(row.changes for row in found.rows)


def test_cells_that_only_one_run_has_are_listed():
    made = synthetic()
    made.record.cells = [c for c in made.record.cells if c.variant != "tf/xla"]
    found = compare(run(seed=1), run(made, seed=2))
    assert [line.variant for line in found.only_before] == ["tf/xla", "tf/xla"]
    assert found.only_after == ()


def test_the_load_of_the_machine_does_not_prevent_a_comparison():
    busy = synthetic()
    busy.record.environment["load average at start"] = "7.20"
    found = compare(run(synthetic(), seed=1), run(busy, seed=2))
    assert found.differing == ()


def on_system(name, *, memory):
    made = synthetic()
    made.record.environment |= {"operating system": name, "memory": memory}
    return made


def test_an_update_of_the_operating_system_does_not_prevent_a_comparison():
    before = on_system("Linux-6.12.1-x86_64-with-glibc2.36", memory="23.5 GiB")
    after = on_system("Linux-6.18.44-fc-v669-x86_64-with-glibc2.41", memory="23.4 GiB")
    assert compare(run(before, seed=1), run(after, seed=2)).differing == ()


@pytest.mark.parametrize(
    "other",
    ["Linux-6.12.1-aarch64-with-glibc2.36", "macOS-14.4.1-x86_64-i386-64bit"],
)
def test_another_operating_system_or_architecture_is_rejected(other):
    before = on_system("Linux-6.12.1-x86_64-with-glibc2.36", memory="23.5 GiB")
    runs = (run(before, seed=1), run(on_system(other, memory="23.5 GiB"), seed=2))
    with pytest.raises(UsageError, match="operating system: Linux x86_64 in A"):
        compare(*runs)


def change_version(record):
    record.environment["torch"] = "2.14.0"


def change_setting(record):
    record.settings["tf"]["oneDNN"] = "off"


def change_threads(record):
    record.request.threads = 2


def change_block(record):
    record.request.block_s = 0.05


def change_size(record):
    record.request.workloads[0] = WorkloadRequest(
        label="two_layer", name="two_layer", config={"hidden": 200}
    )


def remove_fact(record):
    del record.environment["processor"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (change_version, "torch: 2.13.0+cpu in A, 2.14.0 in B"),
        (change_setting, "oneDNN (tf): on in A, off in B"),
        (change_threads, "threads: 1 in A, 2 in B"),
        (change_block, "length of a block: 25 ms in A, 50 ms in B"),
        (change_size, "hidden (two_layer): not recorded in A, 200 in B"),
        (remove_fact, "processor: Intel(R) Xeon(R) Platinum 8481C @ 2.70 GHz"),
    ],
)
def test_differing_facts_are_listed_and_rejected_unless_forced(change, text):
    other = synthetic()
    change(other.record)
    runs = (run(seed=1), run(other, seed=2))
    with pytest.raises(UsageError, match="--force") as caught:
        compare(*runs)
    assert text in str(caught.value)
    assert len(compare(*runs, force=True).differing) == 1


def test_a_framework_in_only_one_run_does_not_prevent_a_comparison():
    alone = synthetic()
    alone.record.cells = [c for c in alone.record.cells if c.framework == "torch"]
    del alone.record.settings["tf"], alone.record.environment["tensorflow"]
    found = compare(run(seed=1), run(alone, seed=2))
    assert found.differing == ()
    assert len(found.only_before) == 6


def test_more_rounds_or_launches_are_not_a_differing_fact():
    other = synthetic()
    other.record.request.rounds = 99
    assert compare(run(seed=1), run(other, seed=2, launches=9)).differing == ()


def test_ratios_to_different_baselines_are_rejected_but_step_times_are_not():
    other = synthetic()
    other.record.baseline = "tf/eager"
    runs = (run(seed=1), run(other, seed=2))
    with pytest.raises(UsageError, match=r"one baseline.*torch/eager.*tf/eager"):
        compare(*runs, force=True)
    found = compare(*runs, absolute=True)
    assert all(isnan(row.ratio.factor.estimate) for row in found.rows)
    assert {row.verdict for row in found.rows} <= {"equivalent", "inconclusive"}


def test_a_run_without_ratios_is_rejected_but_its_step_times_are_not():
    runs = (run(few_cells(variants=1), seed=1), run(few_cells(variants=1), seed=2))
    with pytest.raises(UsageError, match=r"ratio to the baseline.*--absolute"):
        compare(*runs)
    assert len(compare(*runs, absolute=True).rows) == 1


def test_a_run_without_step_times_is_rejected():
    untimed = replace(run(seed=2), record=agreement_only(synthetic()).record)
    with pytest.raises(UsageError, match="checked agreement only"):
        compare(run(seed=1), untimed)


def test_a_run_cannot_be_compared_with_itself():
    one = run(seed=1)
    with pytest.raises(UsageError, match="the same one twice"):
        compare(one, one)


def test_runs_without_a_common_cell_are_rejected():
    runs = (run(few_cells("cnn"), seed=1), run(few_cells("two_layer"), seed=2))
    with pytest.raises(UsageError, match="a cell in common"):
        compare(*runs)
