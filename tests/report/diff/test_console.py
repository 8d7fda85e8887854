"""What changed between two runs, in a terminal of 80 columns."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from compare.history.diff import diff
from compare.report.diff.console import terminal
from tests.support.reading import words
from tests.support.synthetic import synthetic, without
from tests.support.two_runs import run

SLOWER = {("cnn", "torch/compile-step"): 1.30, ("cnn", "tf/function"): 0.85}.items()


@pytest.fixture
def printed():
    def show(before, after, *, show_all=False, **options):
        found = diff(before, after, threshold=0.02, **options)
        text = io.StringIO()
        terminal(found, Console(file=text, width=80), show_all=show_all)
        assert max(map(len, text.getvalue().splitlines())) <= 80
        assert "…" not in text.getvalue()
        return words(text.getvalue())

    return show


def test_only_what_changed_is_shown_and_the_rest_counted(printed):
    text = printed(run(seed=1), run(seed=2, scale=SLOWER))
    assert "torch/compile-step on cnn: ratio to torch/eager +2" in text
    assert "two_layer: no step time is known to have changed by more than 2%" in text
    assert "tf/xla" not in text
    assert "Unchanged, and hidden: " in text


def test_everything_is_shown_on_request(printed):
    text = printed(run(seed=1), run(seed=2, scale=SLOWER), show_all=True)
    assert text.count("tf/xla") == 2
    assert text.count("control ") >= 2
    assert "hidden" not in text


def test_the_drift_of_the_baseline_and_the_noise_floor_stand_by(printed):
    text = printed(run(seed=1), run(seed=2, drift=1.1))
    assert "The step time of torch/eager, the baseline, changed by +" in text
    assert "the drift of the machine is in it, and it is not judged" in text
    assert "The control's ratio changed by " in text
    assert "Resolution: " in text


def test_nothing_found_is_said_with_the_threshold(printed):
    assert "Nothing found beyond 2%." in printed(run(seed=1), run(seed=2))


def test_a_forced_comparison_is_marked_on_the_first_line_and_every_table(printed):
    other = synthetic()
    other.record.environment["torch"] = "2.14.0"
    other = without(other, "cnn", "tf/xla", reason="no C++ compiler")
    text = printed(run(seed=1), run(other, seed=2, scale=SLOWER), force=True)
    assert text.startswith("forced: torch differs A ")
    assert "cnn: ratio to torch/eager (forced: torch differs)" in text
    assert "What else changed (forced: torch differs)" in text


def test_a_few_differing_facts_are_named_in_the_mark(printed):
    other = synthetic()
    other.record.request.threads = 2
    other.record.settings["tf"]["oneDNN"] = "off"
    text = printed(run(seed=1), run(other, seed=2), force=True)
    assert text.startswith("forced: threads; oneDNN (tf) differ A ")
    assert "oneDNN (tf): on in A, off in B." in text


def test_many_differing_facts_are_counted_in_the_mark(printed):
    other = synthetic()
    for name in other.record.environment:
        other.record.environment[name] = "another"
    text = printed(run(seed=1), run(other, seed=2), force=True)
    assert text.startswith("forced: 7 facts differ")
    assert "torch: 2.13.0+cpu in A, another in B." in text


def test_an_unproven_run_marks_what_rests_on_it(printed):
    doubtful = run(seed=2, scale=SLOWER)
    control = (doubtful.timing["mode"] == "control").to_numpy()
    doubtful.timing.loc[control, ["ratio_low", "ratio_high"]] = (1.02, 1.04)
    text = printed(run(seed=1), doubtful)
    assert "torch/compile-step on cnn (unproven): ratio" in text
    assert "cnn (unproven): ratio to torch/eager" in text
    assert "Unproven: the control's interval excludes 1 in B" in text


def test_what_else_changed_names_the_cell_and_both_sides(printed):
    reason = "it died of a very long message that does not fit one line of a terminal"
    broken = without(synthetic(), "cnn", "tf/xla", status="failed", reason=reason)
    text = printed(run(seed=1), run(broken, seed=2))
    assert f"tf/xla on cnn: outcome: ok in A, failed: {reason} in B." in text
    assert "outcome: worse" in text


def test_judging_step_times_says_what_is_in_them(printed):
    text = printed(run(seed=1), run(seed=2, drift=1.2), absolute=True)
    assert "measured at different times: whatever the machine did in between" in text
    assert "torch/eager on cnn: step time +" in text


def test_cells_of_one_run_and_runs_that_were_stopped_are_named(printed):
    made = synthetic()
    made.record.cells = [c for c in made.record.cells if c.variant != "tf/xla"]
    made.record.finished = False
    text = printed(run(seed=1), run(made, seed=2))
    assert "Only in A: tf/xla on two_layer and cnn." in text
    assert "B was stopped before it finished" in text
