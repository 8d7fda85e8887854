"""Reports of runs with very many workloads or steps: limited, and they state it."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pandas as pd
import pytest

from compare.report.agreement import selection, sentences, walk
from compare.report.agreement.growth import growth_per_step
from compare.report.agreement.trajectory import Trajectory
from compare.report.agreement.trajectory_chart import trajectory_chart
from compare.report.agreement.trajectory_tables import MAX_STEPS, tabulate_errors
from compare.results.joining import group_cells
from tests.support.synthetic import agreement_only, with_error, with_rows

MAX_GROUPS, MAX_OPEN = 2, 2  # instead of larger limits, to save time
WORKLOADS = MAX_GROUPS + 3
STEPS, PEAK, LEFT = 500, 333, 401


def with_workloads(made, count):
    """Return the agreement checks of cnn in float64 and float32, under many names."""
    names = [f"w{number}" for number in range(count)]
    cnn = made.agreement[made.agreement["workload"] == "cnn"]
    made.record.cells = [
        msgspec.structs.replace(cell, workload=name)
        for name in names
        for cell in made.record.cells
        if cell.workload == "cnn"
    ]
    (asked,) = (w for w in made.record.request.workloads if w.label == "cnn")
    made.record.request.workloads = [
        msgspec.structs.replace(asked, label=name) for name in names
    ]
    copies = [cnn.assign(workload=name) for name in names]
    return replace(agreement_only(made), agreement=pd.concat(copies, ignore_index=True))


@pytest.fixture(autouse=True)
def lower_limits(monkeypatch):
    monkeypatch.setattr(selection, "MAX_GROUPS", MAX_GROUPS)
    monkeypatch.setattr(sentences, "MAX_OPEN", MAX_OPEN)


def section_of(outline, ident):
    (found,) = (each for each in outline.sections if each.ident == ident)
    return found


@pytest.fixture
def long_trajectory():
    """500 steps, with a single large error and a variant out of tolerance."""
    errors = dict.fromkeys(range(STEPS), 1e-06)
    return Trajectory(
        dtype="float32",
        heading="cnn, float32",
        errors={"torch/eager": errors, "tf/xla": errors | {PEAK: 1e-3}},
        floor=dict.fromkeys(range(STEPS), 1e-7),
        tolerance=dict.fromkeys(range(STEPS), 1e-4),
        left={"tf/xla": LEFT},
        decided={"torch/eager": 1.0, "tf/xla": 1.0},
    )


def test_many_workloads_have_all_verdicts_and_details_of_some(made, outlined):
    outline = outlined(with_workloads(made, WORKLOADS))
    assert len(section_of(outline, "verdicts").tables) == WORKLOADS
    for ident in ("agreement", "determinism"):
        section = section_of(outline, ident)
        assert len(section.tables) == MAX_GROUPS
        assert "3 more are in agreement.csv" in section.intro
    assert len(section_of(outline, "trajectory").figures) == 2 * MAX_GROUPS


def test_details_are_those_of_workloads_that_disagree(made, outlined):
    last = f"w{WORKLOADS - 1}"
    many = with_workloads(made, WORKLOADS)
    outline = outlined(with_error(many, last, "tf/xla", times=2.0, step=3))
    captions = [table.caption for table in section_of(outline, "agreement").tables]
    assert any(caption.startswith(f"{last}:") for caption in captions)


def test_a_few_workloads_have_all_details(made, outlined):
    outline = outlined(with_workloads(made, MAX_GROUPS))
    assert len(section_of(outline, "agreement").tables) == MAX_GROUPS
    assert "more" not in section_of(outline, "determinism").intro


def test_the_number_of_first_differences_is_limited(made, outlined, monkeypatch):
    many = with_workloads(made, 5)
    for number in range(5):
        many = with_error(many, f"w{number}", "tf/xla", times=2.0, step=number)
    monkeypatch.setattr(walk, "MAX_PASSAGES", 3)
    section = section_of(outlined(many), "differences")
    assert len(section.passages) == 3
    assert "2 more are in differences.csv and agreement.csv." in section.intro


def test_equal_differences_are_left_out_before_others(made, outlined, monkeypatch):
    wrong = made
    for variant in ("tf/eager", "tf/function", "tf/xla"):
        wrong = with_error(wrong, "cnn", variant, times=2.0, step=3)
    wrong = with_error(wrong, "two_layer", "tf/xla", times=2.0, step=3)
    monkeypatch.setattr(walk, "MAX_PASSAGES", 3)
    passages = section_of(outlined(wrong), "differences").passages
    assert [each.is_folded for each in passages].count(False) == 2


def test_a_sentence_names_some_undecided_workloads_and_counts_the_others(
    made, outlined
):
    many = with_workloads(made, MAX_OPEN + 3)
    rows = many.agreement["dtype"].eq("float32") & many.agreement["check"].eq(
        "trajectory"
    )
    outline = outlined(with_rows(many, rows, verdict="undecided"))
    (sentence,) = (
        each for each in outline.answers[0].sentences if each.startswith("Undecided,")
    )
    assert f"w{MAX_OPEN - 1} (trajectory" in sentence
    assert f"w{MAX_OPEN} (trajectory" not in sentence
    assert sentence.endswith("and 3 more.")


def test_a_long_trajectory_keeps_its_peaks_and_its_ends(long_trajectory):
    picked = long_trajectory.pick_steps(MAX_STEPS)
    assert {0, PEAK, LEFT, STEPS - 1} <= set(picked)
    assert len(picked) <= MAX_STEPS + 3
    assert picked == sorted(picked)


def test_the_table_of_a_long_trajectory_states_how_many_steps_are_left_out(
    long_trajectory,
):
    table = tabulate_errors(long_trajectory)
    left_out = STEPS - len(table.rows)
    assert left_out > 400
    assert table.note.startswith(f"{left_out} of 500 steps are left out; agreement.csv")


def test_the_chart_of_a_long_trajectory_has_few_points_and_its_peak(
    long_trajectory, ordinary
):
    spec = trajectory_chart(long_trajectory, comparison=group_cells(ordinary.run)[1])
    rows = spec["datasets"]["rows"]
    assert len(rows) < 300
    assert {"variant": "tf/xla", "step": PEAK, "error": 1e-3} in rows


def test_a_short_trajectory_has_every_step(long_trajectory):
    short = long_trajectory.thin(most=10)
    assert short.pick_steps(MAX_STEPS) == short.steps
    assert tabulate_errors(short).note == ""


def test_the_growth_over_very_many_steps_is_that_of_few():
    assert growth_per_step({step: 1e-6 * 1.01**step for step in range(3000)}) == (
        pytest.approx(1.01)
    )
