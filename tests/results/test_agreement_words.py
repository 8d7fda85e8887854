"""The verdict on agreement states what agrees and what is undecided."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compare.results.agreement_words import (
    describe_agreement,
    describe_checks,
    describe_undecided_part,
)
from compare.results.findings import judge_checks
from compare.results.joining import group_cells
from compare.runs.folder import load_run
from tests.support.synthetic import agreement_only, rows_of, synthetic, with_rows

VARIANT = "tf/xla"


@pytest.fixture
def made():
    """A run that checks agreement in bfloat16, and float64 as the proof."""
    return agreement_only(synthetic(dtypes=("bfloat16",)))


@pytest.fixture
def agreement_of(tmp_path):
    """Write a run and return the agreement of one variant on cnn."""

    def find(made):
        _, cnn = group_cells(load_run(made.write(tmp_path / "run")))
        return next(line.agreement for line in cnn.lines if line.variant == VARIANT)

    return find


def select(made, *, dtype="bfloat16", check=None, start=0):
    """Select rows of the variant on cnn from a step on."""
    table = made.agreement
    rows = rows_of(table, "cnn", VARIANT) & (table["step"] >= start)
    rows &= (table["dtype"] == dtype) & (table["check"] != "determinism")
    return rows & (table["check"] == check) if check else rows


def test_a_cell_that_is_decided_everywhere_agrees(made, agreement_of):
    agreement = agreement_of(made)
    assert agreement.undecided_from is None
    assert describe_agreement(agreement) == "agrees"
    assert describe_undecided_part(agreement) == ""


def test_a_trajectory_that_is_undecided_from_step_1_on_is_part_of_the_verdict(
    made, agreement_of
):
    late = select(made, check="trajectory", start=1)
    agreement = agreement_of(with_rows(made, late, verdict="undecided"))
    assert agreement.agrees is True
    assert agreement.undecided_from == 1
    text = "agrees; trajectory undecided from step 1 on"
    assert describe_agreement(agreement) == text
    assert describe_checks(agreement.compared("bfloat16")) == text
    assert describe_checks(agreement.compared("float64")) == "agrees"


def test_one_decided_tensor_at_every_step_leaves_no_part_undecided(made, agreement_of):
    some = select(made, check="trajectory") & (made.agreement["quantity"] != "loss")
    agreement = agreement_of(with_rows(made, some, verdict="undecided"))
    assert agreement.undecided_from is None
    assert describe_agreement(agreement) == "agrees"


def test_a_decided_last_step_ends_the_undecided_part(made, agreement_of):
    middle = select(made, check="trajectory", start=5) & (made.agreement["step"] < 19)
    agreement = agreement_of(with_rows(made, middle, verdict="undecided"))
    assert agreement.undecided_from is None


def test_a_trajectory_without_a_decided_step_is_undecided(made, agreement_of):
    whole = select(made, check="trajectory")
    agreement = agreement_of(with_rows(made, whole, verdict="undecided"))
    assert agreement.undecided_from == 0
    assert describe_agreement(agreement) == "agrees; trajectory undecided"


def test_a_dtype_without_a_decided_tensor_is_named_next_to_the_proof(
    made, agreement_of
):
    agreement = agreement_of(with_rows(made, select(made), verdict="undecided"))
    assert agreement.undecided_dtypes == ("bfloat16",)
    assert describe_agreement(agreement) == "agrees in float64; undecided in bfloat16"
    assert describe_checks(agreement.compared("bfloat16")) == "undecided"


def test_a_cell_without_a_decided_tensor_is_undecided(made, agreement_of):
    every = select(made) | select(made, dtype="float64")
    agreement = agreement_of(with_rows(made, every, verdict="undecided"))
    assert agreement.agrees is None
    assert describe_agreement(agreement) == "undecided"


def test_a_disagreement_comes_before_an_undecided_part(made, agreement_of):
    late = select(made, check="trajectory", start=1)
    wrong = select(made, check="step") & (made.agreement["quantity"] == "loss")
    spoiled = with_rows(made, late, verdict="undecided")
    agreement = agreement_of(with_rows(spoiled, wrong, verdict="disagrees"))
    assert describe_agreement(agreement) == "disagrees"
    assert agreement.undecided_from == 1


def test_a_cell_that_was_not_compared_has_no_verdict(made, agreement_of):
    compared = select(made) | select(made, dtype="float64")
    agreement = agreement_of(replace(made, agreement=made.agreement[~compared]))
    assert describe_agreement(agreement) == ""
    assert describe_agreement(None) == ""
    assert describe_checks(agreement.compared("bfloat16")) == ""


def test_timed_steps_alone_do_not_decide_that_a_cell_agrees(made, agreement_of):
    timed = select(made)
    made = with_rows(made, timed, verdict="undecided")
    first = made.agreement[timed].index[:1]
    made.agreement.loc[first, ["check", "against", "verdict"]] = [
        *("timed", "the same steps one by one", "agrees"),
    ]
    rows = select(made, dtype="float64")
    agreement = agreement_of(with_rows(made, rows, verdict="undecided"))
    assert agreement.agrees is None
    made.agreement.loc[first, "verdict"] = "disagrees"
    assert judge_checks(made.agreement[timed]) is False
