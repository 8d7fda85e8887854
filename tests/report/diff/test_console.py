"""The output of diff in a terminal of 80 columns."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from compare.history.diff import compare_runs
from compare.report.diff.console import print_diff
from tests.support.reading import words
from tests.support.synthetic import synthetic, without
from tests.support.two_runs import few_cells, run

SLOWER = {("cnn", "torch/compile-step"): 1.30, ("cnn", "tf/function"): 0.85}.items()


@pytest.fixture
def printed():
    def show(before, after, *, show_all=False, **options):
        found = compare_runs(before, after, threshold=0.02, **options)
        text = io.StringIO()
        print_diff(found, Console(file=text, width=80), show_all=show_all)
        assert max(map(len, text.getvalue().splitlines())) <= 80
        assert "…" not in text.getvalue()
        return words(text.getvalue())

    return show


def test_only_changes_are_shown_and_other_cells_are_counted(printed):
    text = printed(run(seed=1), run(seed=2, scale=SLOWER))
    assert "torch/compile-step on cnn: ratio to torch/eager +2" in text
    assert "two_layer: no change of a step time beyond 2% was found" in text
    assert "tf/xla" not in text
    assert "Hidden, no change found: " in text


def test_all_cells_are_shown_on_request(printed):
    text = printed(run(seed=1), run(seed=2, scale=SLOWER), show_all=True)
    assert text.count("tf/xla") == 2
    assert text.count("control ") >= 2
    assert "hidden" not in text.lower()


def test_the_drift_of_the_baseline_and_the_noise_floor_are_reported(printed):
    text = printed(run(seed=1), run(seed=2, drift=1.1))
    assert "The step time of the baseline torch/eager changed by +" in text
    assert "This includes the drift of the machine and is not judged." in text
    assert (
        "The ratio of the control, a second worker of the baseline, changed by " in text
    )
    assert "Smallest significant change: " in text


def test_a_workload_with_only_the_baseline_in_common_has_the_reason_of_no_interval(
    printed,
):
    """Three launches each: their number is not the reason."""
    broken = without(
        few_cells(variants=2), "cnn", "torch/script", status="failed", reason="killed"
    )
    whole = run(few_cells(variants=2), launches=3, seed=1)
    text = printed(whole, run(broken, launches=3, seed=2))
    assert (
        "Smallest significant change: unknown; no other cell has a ratio to "
        "torch/eager in both runs."
    ) in text
    assert "2 launches" not in text


def test_too_few_launches_are_the_reason_of_no_interval(printed):
    text = printed(run(launches=3, seed=1), run(launches=1, seed=2))
    assert (
        "Smallest significant change: unknown; an interval requires at least 2 "
        "launches in each run; A has 3, B has 1."
    ) in text


def test_with_three_launches_each_every_workload_has_an_interval(printed):
    text = printed(run(launches=3, seed=1), run(launches=3, seed=2))
    assert text.count("Smallest significant change: ") == 2
    assert "unknown" not in text


def test_without_a_regression_the_threshold_is_reported(printed):
    assert "No regression beyond 2% was found." in printed(run(seed=1), run(seed=2))


def test_the_first_line_and_every_table_mark_a_forced_comparison(printed):
    other = synthetic()
    other.record.environment["torch"] = "2.14.0"
    other = without(other, "cnn", "tf/xla", reason="no C++ compiler")
    text = printed(run(seed=1), run(other, seed=2, scale=SLOWER), force=True)
    assert text.startswith("forced: torch differs A ")
    assert "cnn: ratio to torch/eager (forced: torch differs)" in text
    assert "What else changed (forced: torch differs)" in text


def test_the_mark_names_a_few_differing_facts(printed):
    other = synthetic()
    other.record.request.threads = 2
    other.record.settings["tf"]["oneDNN"] = "off"
    text = printed(run(seed=1), run(other, seed=2), force=True)
    assert text.startswith("forced: threads; oneDNN (tf) differ A ")
    assert "oneDNN (tf): on in A, off in B." in text


def test_the_mark_counts_many_differing_facts(printed):
    other = synthetic()
    for name in other.record.environment:
        other.record.environment[name] = "another"
    text = printed(run(seed=1), run(other, seed=2), force=True)
    assert text.startswith("forced: 7 facts differ")
    assert "torch: 2.13.0+cpu in A, another in B." in text


def test_results_of_an_unproven_run_are_marked(printed):
    doubtful = run(seed=2, scale=SLOWER)
    control = (doubtful.timing["mode"] == "control").to_numpy()
    doubtful.timing.loc[control, ["ratio_low", "ratio_high"]] = (1.02, 1.04)
    text = printed(run(seed=1), doubtful)
    assert "torch/compile-step on cnn (unproven): ratio" in text
    assert "cnn (unproven): ratio to torch/eager" in text
    assert "Unproven: the control's interval excludes 1 in B" in text


def test_other_changes_name_the_cell_and_both_outcomes(printed):
    reason = (
        "it crashed with a very long message that does not fit one line of a terminal"
    )
    broken = without(synthetic(), "cnn", "tf/xla", status="failed", reason=reason)
    text = printed(run(seed=1), run(broken, seed=2))
    assert f"tf/xla on cnn: outcome: ok in A, failed: {reason} in B." in text
    assert "outcome: worse" in text


def test_comparing_step_times_warns_of_the_drift_of_the_machine(printed):
    text = printed(run(seed=1), run(seed=2, drift=1.2), absolute=True)
    assert "measured at different times. They include the drift of the machine" in text
    assert "torch/eager on cnn: step time +" in text


def test_unmatched_cells_and_stopped_runs_are_reported(printed):
    made = synthetic()
    made.record.cells = [c for c in made.record.cells if c.variant != "tf/xla"]
    made.record.finished = False
    text = printed(run(seed=1), run(made, seed=2))
    assert "Only in A: tf/xla on two_layer and cnn." in text
    assert "B was stopped before it finished" in text
