"""Where a cell first differs: told in short on top, and as a walk below."""

from __future__ import annotations

import re
from dataclasses import replace
from math import inf, nan

import pytest

from compare.report.agreement.differing import why
from compare.report.agreement.walk import difference_passages
from compare.results.joining import group_cells
from compare.runs.folder import load_run
from tests.support.reading import words
from tests.support.synthetic import (
    agreement_only,
    rows_of,
    synthetic,
    with_difference,
    with_error,
)

TORCH = ("torch/eager", "torch/script")


@pytest.fixture
def walked(tmp_path):
    """Write a run and give its walks."""
    return lambda made: difference_passages(
        group_cells(load_run(made.write(tmp_path / "run")))
    )


def names(passage):
    return [row[0].text for row in passage.table.rows]


def verdicts(passage):
    return {row[0].text: row[1].text for row in passage.table.rows}


def test_the_first_screen_says_what_differs_first_and_why(made, answered):
    cause = {"cause": "frozen_parameter", "explanation": "nothing moves it"}
    agree, _, _ = answered(with_difference(made, "cnn", "tf/xla", **cause))
    assert (
        "tf/xla on cnn: first out of tolerance is gradient:conv4.weight at step 0, "
        "0.750 where 0.250 was expected, 50,000 times its tolerance. Likely cause: "
        "nothing moves it (frozen_parameter)."
    ) in words(agree)


def test_a_cause_of_the_catalogue_says_where_to_read_on(made, walked):
    cause = {"cause": "same_padding", "explanation": "SAME padding"}
    (passage,) = walked(with_difference(made, "cnn", "tf/xla", **cause))
    assert (
        "Likely cause: SAME padding (graph-compare quirks same_padding)."
        in passage.sentences
    )


def test_where_no_known_mistake_explains_it_that_is_said(made, answered):
    agree, _, _ = answered(with_difference(made, "cnn", "tf/xla"))
    assert agree.endswith("No known mistake explains it.")


def test_where_nobody_looked_for_a_cause_none_is_denied(made, answered):
    agree, _, _ = answered(with_error(made, "cnn", "tf/xla", times=9, step=3))
    assert "mistake" not in agree


@pytest.mark.parametrize(
    ("received", "said"),
    [
        (nan, "nan where 0.250 was expected"),
        (inf, "infinity where 0.250 was expected"),
    ],
)
def test_what_is_no_number_is_told_in_words_of_its_own(made, render, received, said):
    report = render(
        with_difference(made, "cnn", "tf/xla", received=received, max_abs_error=inf)
    )
    for text in (report.html, report.markdown):
        assert said in text
        assert "times its tolerance" not in text
    assert "no finite number" not in report.markdown


def test_variants_that_differ_alike_are_told_in_one_sentence(made, answered):
    for variant in TORCH:
        made = with_difference(made, "cnn", variant)
    agree, _, _ = answered(made)
    assert agree.count("first out of tolerance") == 1
    assert "torch/eager and torch/script on cnn: first out of" in agree


def test_a_difference_in_the_proof_too_is_told_once_with_both_dtypes(made, answered):
    for dtype in ("float32", "float64"):
        made = with_difference(made, "cnn", "tf/xla", dtype=dtype)
    agree, _, _ = answered(made)
    assert agree.count("first out of tolerance") == 1
    assert "tf/xla on cnn in float32 and in float64: first out of" in agree


def test_one_walk_of_each_kind_is_open_and_those_like_it_are_folded(made, walked):
    for variant in TORCH:
        made = with_difference(made, "cnn", variant)
    first, second = walked(made)
    assert first.heading == "torch/eager on cnn, float32"
    assert not first.is_folded
    assert second.is_folded


def test_the_walk_follows_the_order_in_which_a_step_computes(made, walked):
    (passage,) = walked(with_difference(made, "cnn", "tf/xla"))
    assert names(passage) == [
        "3 activations",
        "loss",
        "gradient:conv1.weight",
        "gradient:conv4.bias",
        "gradient:head.weight",
        "gradient:conv4.weight",
        "4 parameters",
    ]
    assert verdicts(passage)["gradient:conv4.weight"] == "disagrees: the first"
    assert verdicts(passage)["3 activations"] == "agree"


def test_the_walk_says_what_comes_before_and_at_which_index(made, walked):
    (passage,) = walked(with_difference(made, "cnn", "tf/xla"))
    said = words(" ".join(passage.sentences))
    assert "at index (1, 0, 2, 3) it is 0.750 where 0.250 was expected" in said
    assert "The error is 0.500, 2,100,000 floors; up to 1.00e-05 would be" in said
    assert "Before it, 3 activations, the loss and 3 gradients agree." in said


def test_layers_of_the_mode_itself_and_of_a_stand_in_are_told_apart(made, walked):
    made = with_difference(made, "cnn", "torch/eager")
    own, other = walked(with_difference(made, "cnn", "torch/script", shown="eager"))
    assert own.sentences[-1] == "The activations are those of torch/eager itself."
    assert other.sentences[-1] == (
        "torch/script hides its layers' outputs: the activations are those of "
        "torch/eager, which stands in for it."
    )


def test_a_difference_of_the_trajectory_alone_says_that_single_steps_agree(
    made, walked
):
    where = {"check": "trajectory", "step": 7, "quantity": "parameter:conv4.bias"}
    (passage,) = walked(with_difference(made, "cnn", "tf/xla", **where))
    said = " ".join(passage.sentences)
    assert "step 7 of the free-running trajectory" in said
    assert "Single steps from the reference's own parameters agree" in said
    assert names(passage)[0] == "loss"


def test_a_difference_of_the_loss_has_nothing_before_it_but_activations(made, walked):
    where = {"quantity": "loss", "worst_index": ""}
    (passage,) = walked(with_difference(made, "cnn", "tf/xla", **where))
    said = " ".join(passage.sentences)
    assert "loss is the first tensor out of tolerance: it is" in said
    assert (
        "Before it, activation:conv1, activation:conv4 and activation:head agree."
        in said
    )


def test_the_section_stands_before_everything_but_the_verdicts(made, render):
    html = render(with_difference(made, "cnn", "tf/xla")).html
    idents = re.findall(r'<section id="([a-z-]+)"', html)
    assert idents[:3] == ["answer", "verdicts", "differences"]


def test_a_run_without_differences_has_no_such_section(ordinary):
    assert 'id="differences"' not in ordinary.html


def test_every_cell_that_disagrees_has_a_walk(made, walked):
    made = with_error(made, "two_layer", "tf/xla", times=9, step=3)
    found = walked(with_difference(made, "cnn", "tf/xla"))
    assert [passage.heading for passage in found] == [
        "tf/xla on two_layer, float32",
        "tf/xla on cnn, float32",
    ]


def test_only_a_few_differences_are_told_on_the_first_screen(made, answered):
    variants = ["torch/eager", "torch/script", "torch/trace", "tf/eager", "tf/xla"]
    for number, variant in enumerate(variants):
        where = {"step": 5 * (number // 2), "received": nan if number % 2 else 0.75}
        made = with_difference(made, "cnn", variant, **where)
    agree, _, _ = answered(made)
    assert agree.count("first out of tolerance") == 4
    assert agree.endswith("Under Where it first differs: 1 more.")


def test_a_cell_that_disagrees_in_a_dtype_nobody_asked_for_disagrees(answered):
    made = agreement_only(synthetic(dtypes=("float32", "bfloat16")))
    made = with_difference(made, "cnn", "tf/xla", dtype="float64")
    agree, _ = answered(made)
    assert "31 of 32 cells agree" in agree
    assert "tf/xla on cnn in float64: first out of tolerance" in agree


def test_the_other_figures_of_a_disagreeing_cell_are_warned_of_once(made, render):
    for variant in TORCH:
        made = with_difference(made, "cnn", variant)
    html = render(made).html
    assert (
        "torch/eager and torch/script on cnn: step times and costs are those of a "
        "different computation." in html
    )


def test_a_walk_whose_own_row_is_lost_is_still_told(made, walked):
    made = with_difference(made, "cnn", "tf/xla")
    of_cell = rows_of(made.agreement, "cnn", "tf/xla")
    lost = of_cell & (made.agreement["quantity"] == "gradient:conv4.weight")
    (passage,) = walked(replace(made, agreement=made.agreement[~lost]))
    assert "disagrees: the first" not in verdicts(passage).values()


def test_why_is_empty_where_nobody_searched(made, tmp_path):
    spoiled = with_error(made, "cnn", "tf/xla", times=9, step=3)
    _, cnn = group_cells(load_run(spoiled.write(tmp_path / "run")))
    (difference,) = cnn.lines[-1].differences
    assert why(difference) == ""
