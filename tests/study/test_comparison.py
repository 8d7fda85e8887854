"""Comparison of the arrays of two programs: which agree, which do not, and why."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from compare.study.comparison import compare_pairs, relative_difference

ORDINARY = st.floats(0.5, 2.0) | st.floats(-2.0, -0.5)
SCALES = st.floats(1e-100, 1e100)
some_arrays = arrays(
    np.float64, array_shapes(max_dims=3, max_side=4), elements=ORDINARY
)


def compare(left, right, *, own=()):
    """Return why two arrays disagree; empty if they agree."""
    sides = {"torch": {"x": np.asarray(left)}, "tf": {"x": np.asarray(right)}}
    found = compare_pairs(sides, own=own)
    return found[0].reason if found else "not compared"


@given(some_arrays, SCALES, st.randoms(use_true_random=False))
def test_rounding_of_any_tensor_agrees(x, scale, random):
    x = x * scale
    rounded = x * (1 + random.choice([-1, 1]) * 1e-14)
    assert not compare(x, rounded)


@given(some_arrays, SCALES, st.randoms(use_true_random=False))
def test_one_wrong_element_of_any_tensor_disagrees(x, scale, random):
    wrong = x * scale
    place = tuple(random.randrange(size) for size in x.shape)
    wrong[place] *= 1 + 1e-10
    assert "allowed" in compare(x * scale, wrong)


@given(some_arrays)
def test_a_difference_is_relative_to_the_largest_magnitude(x):
    largest = np.abs(x).max()
    assert relative_difference(x, x + 0.25 * largest) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("left", "right", "reason"),
    [
        ([1.0, 2.0], [[1.0, 2.0]], "shapes (2,) and (1, 2) differ"),
        ([1.0], np.float32([1.0]), "dtypes float64 and float32 differ"),
        ([1.0], [1], "dtypes float64 and int64 differ"),
        ([1, 2], [1, 3], "not equal"),
        ([True], [False], "not equal"),
        (["a"], ["b"], "not equal"),
        ([1.0, np.nan], [1.0, 2.0], "relative difference inf"),
        ([np.inf], [-np.inf], "relative difference inf"),
        (0.0, 1e-9, "relative difference 1e-09"),
    ],
)
def test_arrays_that_disagree_have_a_reason(left, right, reason):
    assert reason in compare(left, right)


@pytest.mark.parametrize(
    "value", [[1.0, np.nan], [np.inf, -1.0], [0.0], ["a", "long"], [3], [True], []]
)
def test_equal_arrays_agree(value):
    assert not compare(value, value)


def test_texts_of_different_lengths_are_not_equal():
    assert compare(["a"], ["abc"]) == "not equal"


def test_an_array_of_only_one_program_is_reported():
    sides = {"torch": {"x": np.ones(2)}, "tf": {"y": np.ones(2)}}
    assert [each.reason for each in compare_pairs(sides, own=())] == [
        "missing in tf",
        "missing in torch",
    ]


def test_arrays_that_differ_by_framework_are_not_compared():
    assert compare([1.0], [2.0], own={"x"}) == "not compared"
