"""The rule that bounds rounding errors, with its constants as literals."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from compare.contract import DTYPES
from compare.numerics import tolerance
from compare.numerics.tolerance import compute_tolerance, is_clearly_wrong

UNITS = {"float64": 2.0**-53, "float32": 2.0**-24, "float16": 2.0**-11}


@pytest.mark.parametrize("check", ["step", "trajectory"])
@pytest.mark.parametrize("dtype", UNITS)
def test_a_tolerance_is_several_times_the_largest_deviation_and_one_roundoff(
    dtype, check
):
    found = compute_tolerance([1e-3, 3e-3, 2e-3], largest=5.0, dtype=dtype, check=check)
    factor = {"step": 4.0, "trajectory": 8.0}[check]
    expected = factor * (3e-3 + UNITS[dtype] * 5.0)
    assert found == pytest.approx(expected, rel=1e-4)


def test_a_tolerance_of_a_large_exact_tensor_is_its_roundoff():
    found = compute_tolerance([0.0], largest=2.0**24, dtype="float32", check="step")
    assert found == pytest.approx(4.0)


def test_a_tolerance_of_zeros_is_the_error_of_underflow():
    smallest = {"float64": 2.0**-1022, "float32": 2.0**-126, "float16": 2.0**-25}
    smallest["bfloat16"] = 2.0**-126
    assert set(smallest) == set(DTYPES)
    for dtype, underflow in smallest.items():
        found = compute_tolerance([0.0], largest=0.0, dtype=dtype, check="step")
        assert found == 4 * underflow


def test_an_overflow_in_any_trial_gives_an_infinite_tolerance():
    found = compute_tolerance(
        [0.0, float("inf")], largest=1.0, dtype="float16", check="trajectory"
    )
    assert found == float("inf")


def test_four_trials_are_drawn_with_different_seeds():
    assert list(tolerance.TRIALS) == [0, 1, 2, 3]


def test_lessons_are_compared_to_eight_roundoffs_in_float32():
    assert tolerance.LESSON_TOLERANCES == {"float64": 1e-12, "float32": 2.0**-21}


@dataclass(frozen=True)
class Derivative:
    computed: float
    differences: float
    uncertainty: float


@pytest.mark.parametrize(
    ("computed", "differences", "uncertainty", "wrong"),
    [
        pytest.param(1.0, 1.0, 0.0, False, id="equal"),
        pytest.param(2.0, 1.0, 0.0, True, id="twice as large"),
        pytest.param(-1.0, 1.0, 0.0, True, id="of the other sign"),
        pytest.param(0.0, 0.0, 0.0, False, id="both zero"),
        pytest.param(100.0, 99.5, 0.0, False, id="half a percent apart"),
        pytest.param(-1.0, -0.99005, 0.0, False, id="a percent of the computed one"),
        pytest.param(-0.99005, -1.0, 0.0, False, id="a percent of the differences"),
        pytest.param(1.0, 0.985, 0.0, True, id="one and a half percent apart"),
        pytest.param(0.985, 1.0, 0.0, True, id="the differences are larger"),
        pytest.param(2.0, 1.0, 0.101, False, id="less than ten uncertainties apart"),
        pytest.param(2.0, 1.0, 0.098, True, id="more than ten uncertainties apart"),
    ],
)
def test_a_derivative_is_clearly_wrong_beyond_a_percent_and_ten_uncertainties(
    computed, differences, uncertainty, wrong
):
    assert is_clearly_wrong(Derivative(computed, differences, uncertainty)) is wrong
