"""The card of a user's model states what the tables show."""

from __future__ import annotations

import pandas as pd
import pytest

from compare.results.card import (
    GradientVerdict,
    compare_errors,
    judge_gradient,
    name_layer,
    name_wrong_gradient,
)
from compare.runs.record import DerivativeFacts


def derivative(computed, differences, uncertainty=1e-9):
    return DerivativeFacts(
        computed=computed, differences=differences, uncertainty=uncertainty
    )


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        ([], GradientVerdict.NOT_CHECKED),
        ([derivative(1.0, 1.0)], GradientVerdict.CORRECT),
        ([derivative(1.0, 1.0), derivative(1.0, 1.1)], GradientVerdict.DIFFERS),
        ([derivative(1.0, 1.1, uncertainty=0.1)], GradientVerdict.UNDECIDED),
        ([derivative(1.0, 1.0, uncertainty=0.5)], GradientVerdict.UNDECIDED),
        ([derivative(float("nan"), 1.0)], GradientVerdict.UNDECIDED),
        ([derivative(1.0, 1.0, uncertainty=float("nan"))], GradientVerdict.UNDECIDED),
    ],
)
def test_a_gradient_is_judged_by_the_uncertainty_of_the_differences(found, verdict):
    assert judge_gradient(found) is verdict


@pytest.mark.parametrize(
    ("quantity", "layer"),
    [
        ("activation:encoder.norm", "encoder.norm"),
        ("gradient:encoder.norm.weight", "encoder.norm"),
        ("parameter:scale", "scale"),
        ("loss", "loss"),
    ],
)
def test_the_layer_of_a_tensor_is_that_of_its_parameter(quantity, layer):
    assert name_layer(quantity) == layer


def test_a_wrong_gradient_is_named_by_the_first_parameter_that_shows_it():
    along_all = derivative(1.0, 1.1)
    head, first = derivative(1.0, 1.0), derivative(1.0, 1.1)
    head.tensor, first.tensor = "head.bias", "first.weight"
    assert name_wrong_gradient([along_all, head, first]) == "first.weight"
    assert judge_gradient([along_all, head, first]) is GradientVerdict.DIFFERS
    assert name_wrong_gradient([along_all]) == ""


def test_errors_are_compared_where_eager_has_some():
    columns = ["step", "quantity", "max_abs_error", "floors"]
    eager = pd.DataFrame(
        [
            (0, "loss", 4e-8, 3.0),
            (0, "gradient:a", 2e-8, 2.0),
            (0, "gradient:b", 0.0, 0.0),
        ],
        columns=columns,
    )
    own = eager.assign(max_abs_error=[1e-8, 1e-8, 9.0])
    assert compare_errors(own, eager) == pytest.approx(0.375)
