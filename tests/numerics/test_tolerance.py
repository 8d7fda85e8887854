"""The rule that bounds rounding errors, with its constants as literals."""

from __future__ import annotations

import pytest

from compare.contract import DTYPES
from compare.numerics import tolerance
from compare.numerics.tolerance import compute_tolerance

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
