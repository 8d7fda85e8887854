"""Undecided and diverged tensors are reported, and are not disagreements."""

from __future__ import annotations

import pytest

from compare.report.agreement.undecided import describe_undecided
from compare.results.joining import group_cells
from compare.runs.folder import load_run
from tests.support.reading import words
from tests.support.synthetic import rows_of, with_rows


@pytest.fixture
def of_cnn(made):
    """Select rows of cnn's float32 trajectories from a step on, by tensor."""

    def rows(step, *names):
        table = made.agreement
        found = (
            (table["workload"] == "cnn")
            & (table["check"] == "trajectory")
            & (table["dtype"] == "float32")
            & (table["step"] >= step)
        )
        return found & table["quantity"].isin(names) if names else found

    return rows


def test_a_cell_with_undecided_steps_agrees_in_part(made, of_cnn, answered):
    agree, *_ = answered(with_rows(made, of_cnn(7), verdict="undecided"))
    assert "8 of 16 cells agree with the reference. " in agree
    assert "8 more agree only in part: trajectory undecided from step 7 on." in agree
    assert (
        "Undecided, because rounding alone may have changed every digit: cnn "
        "(trajectory: every tensor from step 7 on)."
    ) in agree


def test_a_cell_that_is_undecided_in_part_is_not_shown_as_good(made, of_cnn, render):
    html = render(with_rows(made, of_cnn(7), verdict="undecided")).html
    part = "agrees; trajectory undecided from step 7 on"
    assert html.count(f'<td class="prose">{part}</td>') == 2 * 8
    assert f'good">{part}' not in html


def test_a_cell_undecided_in_its_own_dtype_does_not_count_as_agreeing(made, answered):
    rows = made.agreement["dtype"].eq("float32") & made.agreement["workload"].eq("cnn")
    compared = rows & made.agreement["check"].ne("determinism")
    agree, *_ = answered(with_rows(made, compared, verdict="undecided"))
    assert "8 of 16 cells agree with the reference. " in agree
    assert "8 more agree only in part: undecided in float32." in agree


def test_the_tensor_that_is_undecided_first_is_named(made, of_cnn, answered):
    some = with_rows(made, of_cnn(2, "loss"), verdict="undecided")
    agree, *_ = answered(with_rows(some, of_cnn(9), verdict="undecided"))
    assert "cnn (trajectory: loss from step 2 on, every tensor from step 9 on)" in agree


def test_many_tensors_are_counted(made, of_cnn, answered):
    names = [f"parameter:{name}" for name in ("conv1.weight", "conv4.weight")]
    some = with_rows(made, of_cnn(0, "loss", *names), verdict="undecided")
    agree, *_ = answered(some)
    assert "cnn (trajectory: 3 of 5 tensors from step 0 on)" in agree


def test_decided_checks_have_no_description(made):
    trajectory = made.agreement[made.agreement["check"] == "trajectory"]
    assert describe_undecided(trajectory) == ""


def test_an_undecided_error_is_not_the_largest(made, of_cnn, answered):
    open_ = with_rows(made, of_cnn(7), verdict="undecided", max_abs_error=1e9)
    agree, *_ = answered(open_)
    assert "times its tolerance" not in agree


def test_diverging_with_the_reference_agrees_and_is_reported(made, of_cnn, answered):
    diverged = {"verdict": "both diverged", "max_abs_error": float("inf")}
    agree, *_ = answered(with_rows(made, of_cnn(12), **diverged))
    assert "All 16 cells agree" in agree
    assert (
        "cnn: both diverged. The variants and the reference left the range of float32, "
        "first at loss at step 12 of the trajectory."
    ) in words(agree)


def test_the_table_counts_undecided_comparisons(made, of_cnn, render):
    markdown = render(with_rows(made, of_cnn(7), verdict="undecided")).markdown
    assert "| verdict | undecided |" in markdown
    assert (
        "| agrees; trajectory undecided from step 7 on | 65 |" in markdown
    )  # 5 tensors, 13 steps
    assert (
        "Undecided in float32 (trajectory: every tensor from step 7 on), because"
        in markdown
    )


def test_an_undecided_step_does_not_hide_a_disagreement(made, of_cnn, tmp_path):
    open_ = with_rows(made, of_cnn(7), verdict="undecided")
    wrong = rows_of(made.agreement, "cnn", "tf/xla") & of_cnn(3, "loss")
    spoiled = with_rows(open_, wrong & ~of_cnn(7), verdict="disagrees")
    _, cnn = group_cells(load_run(spoiled.write(tmp_path / "run")))
    assert [line.disagrees for line in cnn.lines] == [False] * 7 + [True]
