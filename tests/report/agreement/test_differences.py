"""First differences: a sentence in the answer, and a passage with a table."""

from __future__ import annotations

import re
from dataclasses import replace
from math import inf, nan

import pytest

from compare.report.agreement.differing import describe_cause
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
def passages_of(tmp_path):
    """Write a run and return the passages on its first differences."""
    return lambda made: difference_passages(
        group_cells(load_run(made.write(tmp_path / "run")))
    )


def names(passage):
    return [row[0].text for row in passage.table.rows]


def verdicts(passage):
    return {row[0].text: row[1].text for row in passage.table.rows}


def test_the_answer_names_the_first_difference_and_its_cause(made, answered):
    cause = {"cause": "frozen_parameter", "explanation": "nothing moves it"}
    agree, _, _ = answered(with_difference(made, "cnn", "tf/xla", **cause))
    assert (
        "tf/xla on cnn: the first tensor out of tolerance is gradient:conv4.weight at "
        "step 0, 0.750 where 0.250 was expected, 50,000 times its tolerance. Likely "
        "cause: nothing moves it (frozen_parameter)."
    ) in words(agree)


def test_a_cause_in_the_catalogue_has_the_command_that_explains_it(made, passages_of):
    cause = {"cause": "same_padding", "explanation": "SAME padding"}
    (passage,) = passages_of(with_difference(made, "cnn", "tf/xla", **cause))
    assert (
        "Likely cause: SAME padding (graph-compare quirks same_padding)."
        in passage.sentences
    )


def test_a_difference_without_a_known_cause_is_reported_as_such(made, answered):
    agree, _, _ = answered(with_difference(made, "cnn", "tf/xla"))
    assert agree.endswith("No known mistake explains it.")


def test_without_a_search_nothing_is_reported_about_the_cause(made, answered):
    agree, _, _ = answered(with_error(made, "cnn", "tf/xla", times=9, step=3))
    assert "mistake" not in agree


@pytest.mark.parametrize(
    ("received", "text"),
    [
        (nan, "nan where 0.250 was expected"),
        (inf, "infinity where 0.250 was expected"),
    ],
)
def test_a_value_that_is_not_finite_is_described_in_words(made, render, received, text):
    report = render(
        with_difference(made, "cnn", "tf/xla", received=received, max_abs_error=inf)
    )
    for page in (report.html, report.markdown):
        assert text in page
        assert "times its tolerance" not in page
    assert "no finite number" not in report.markdown


def test_variants_with_the_same_difference_share_a_sentence(made, answered):
    for variant in TORCH:
        made = with_difference(made, "cnn", variant)
    agree, _, _ = answered(made)
    assert agree.count("first tensor out of tolerance") == 1
    assert "torch/eager and torch/script on cnn: the first tensor out of" in agree


def test_the_same_difference_in_the_proof_shares_a_sentence_with_both_dtypes(
    made, answered
):
    for dtype in ("float32", "float64"):
        made = with_difference(made, "cnn", "tf/xla", dtype=dtype)
    agree, _, _ = answered(made)
    assert agree.count("first tensor out of tolerance") == 1
    assert "tf/xla on cnn in float32 and in float64: the first tensor out of" in agree


def test_the_first_of_equal_passages_is_open_and_the_others_are_folded(
    made, passages_of
):
    for variant in TORCH:
        made = with_difference(made, "cnn", variant)
    first, second = passages_of(made)
    assert first.heading == "torch/eager on cnn, float32"
    assert not first.is_folded
    assert second.is_folded


def test_the_table_follows_the_order_in_which_a_step_computes(made, passages_of):
    (passage,) = passages_of(with_difference(made, "cnn", "tf/xla"))
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


def test_the_passage_reports_the_index_and_the_tensors_before_it(made, passages_of):
    (passage,) = passages_of(with_difference(made, "cnn", "tf/xla"))
    text = words(" ".join(passage.sentences))
    assert "at index (1, 0, 2, 3) it is 0.750 where 0.250 was expected" in text
    assert "The error is 0.500, 2,100,000 floors; rounding explains up to 1.00e-05" in (
        text
    )
    assert "Before it, 3 activations, the loss and 3 gradients agree." in text


def test_the_passage_names_the_mode_that_the_activations_are_from(made, passages_of):
    made = with_difference(made, "cnn", "torch/eager")
    own, other = passages_of(
        with_difference(made, "cnn", "torch/script", shown="eager")
    )
    assert own.sentences[-1] == (
        "The activations are from a separate forward pass of torch/eager."
    )
    assert other.sentences[-1] == (
        "torch/script does not expose the outputs of its layers: the activations are "
        "from torch/eager, another graph. They are no evidence about the step of "
        "torch/script."
    )


@pytest.mark.parametrize(
    ("quantity", "sentence"),
    [
        ("activation:conv4", "Some of them disagree, but the loss of the step itself"),
        ("loss", "All of them agree, but the loss of the step does not"),
    ],
)
def test_activations_that_contradict_the_loss_of_the_step_are_reported(
    made, passages_of, quantity, sentence
):
    (passage,) = passages_of(
        with_difference(made, "cnn", "torch/eager", quantity=quantity)
    )
    assert sentence in passage.sentences[-1]


def test_several_causes_are_listed_and_none_is_named(made, answered):
    agree, _, _ = answered(
        with_difference(made, "cnn", "tf/xla", candidates="no bias; or no gradient")
    )
    assert agree.endswith("Likely cause, one of: no bias; or no gradient.")
    assert "No known mistake" not in agree


def test_a_difference_only_in_the_trajectory_reports_that_single_steps_agree(
    made, passages_of
):
    where = {"check": "trajectory", "step": 7, "quantity": "parameter:conv4.bias"}
    (passage,) = passages_of(with_difference(made, "cnn", "tf/xla", **where))
    text = " ".join(passage.sentences)
    assert "step 7 of the trajectory" in text
    assert "Single steps from the reference's own parameters agree" in text
    assert "the difference appears at step 7 at once." in text
    assert names(passage)[0] == "loss"


def test_an_error_that_grows_from_step_to_step_accumulates(made, passages_of):
    grown = rows_of(made.agreement, "cnn", "tf/xla")
    grown &= made.agreement["check"] == "trajectory"
    grown &= (made.agreement["step"] == 6) & (made.agreement["dtype"] == "float32")
    made.agreement.loc[grown, "floors"] = 1e6
    where = {"check": "trajectory", "step": 7, "quantity": "parameter:conv4.bias"}
    (passage,) = passages_of(with_difference(made, "cnn", "tf/xla", **where))
    assert "the difference accumulates over steps." in " ".join(passage.sentences)


def test_only_activations_are_before_a_difference_of_the_loss(made, passages_of):
    where = {"quantity": "loss", "worst_index": ""}
    (passage,) = passages_of(with_difference(made, "cnn", "tf/xla", **where))
    text = " ".join(passage.sentences)
    assert "loss is the first tensor out of tolerance: it is" in text
    assert (
        "Before it, activation:conv1, activation:conv4 and activation:head agree."
        in text
    )


def test_the_section_follows_the_verdicts(made, render):
    html = render(with_difference(made, "cnn", "tf/xla")).html
    idents = re.findall(r'<section id="([a-z-]+)"', html)
    assert idents[:3] == ["answer", "verdicts", "differences"]


def test_a_run_without_differences_has_no_such_section(ordinary):
    assert 'id="differences"' not in ordinary.html


def test_every_cell_that_disagrees_has_a_passage(made, passages_of):
    made = with_error(made, "two_layer", "tf/xla", times=9, step=3)
    found = passages_of(with_difference(made, "cnn", "tf/xla"))
    assert [passage.heading for passage in found] == [
        "tf/xla on two_layer, float32",
        "tf/xla on cnn, float32",
    ]


def test_the_answer_lists_only_a_few_differences(made, answered):
    variants = ["torch/eager", "torch/script", "torch/trace", "tf/eager", "tf/xla"]
    for number, variant in enumerate(variants):
        where = {"step": 5 * (number // 2), "received": nan if number % 2 else 0.75}
        made = with_difference(made, "cnn", variant, **where)
    agree, _, _ = answered(made)
    assert agree.count("first tensor out of tolerance") == 4
    assert agree.endswith("1 more is listed under First differences.")


def test_a_cell_that_disagrees_only_in_the_proof_disagrees(answered):
    made = agreement_only(synthetic(dtypes=("float32", "bfloat16")))
    made = with_difference(made, "cnn", "tf/xla", dtype="float64")
    agree, _ = answered(made)
    assert "31 of 32 cells agree" in agree
    assert "tf/xla on cnn in float64: the first tensor out of tolerance" in agree


def test_one_caution_covers_the_other_figures_of_disagreeing_cells(made, render):
    for variant in TORCH:
        made = with_difference(made, "cnn", variant)
    html = render(made).html
    assert (
        "torch/eager and torch/script on cnn: step times and costs are those of a "
        "different computation." in html
    )


def test_a_passage_without_the_row_of_its_tensor_is_still_shown(made, passages_of):
    made = with_difference(made, "cnn", "tf/xla")
    of_cell = rows_of(made.agreement, "cnn", "tf/xla")
    lost = of_cell & (made.agreement["quantity"] == "gradient:conv4.weight")
    (passage,) = passages_of(replace(made, agreement=made.agreement[~lost]))
    assert "disagrees: the first" not in verdicts(passage).values()


def test_the_cause_is_empty_without_a_search(made, tmp_path):
    spoiled = with_error(made, "cnn", "tf/xla", times=9, step=3)
    _, cnn = group_cells(load_run(spoiled.write(tmp_path / "run")))
    (difference,) = cnn.lines[-1].differences
    assert describe_cause(difference) == ""
