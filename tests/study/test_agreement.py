"""Arrays of two programs: what agrees, what does not, and why."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from compare.study.agreement import pairwise, relative_difference

ORDINARY = st.floats(0.5, 2.0) | st.floats(-2.0, -0.5)
SCALES = st.floats(1e-100, 1e100)
some_arrays = arrays(
    np.float64, array_shapes(max_dims=3, max_side=4), elements=ORDINARY
)


def reason(left, right, *, own=()):
    sides = {"torch": {"x": np.asarray(left)}, "tf": {"x": np.asarray(right)}}
    found = pairwise(sides, own=own)
    return found[0].reason if found else "not compared"


@given(some_arrays, SCALES, st.randoms(use_true_random=False))
def test_rounding_of_any_tensor_agrees(x, scale, random):
    x = x * scale
    rounded = x * (1 + random.choice([-1, 1]) * 1e-14)
    assert not reason(x, rounded)


@given(some_arrays, SCALES, st.randoms(use_true_random=False))
def test_one_wrong_element_of_any_tensor_disagrees(x, scale, random):
    wrong = x * scale
    place = tuple(random.randrange(size) for size in x.shape)
    wrong[place] *= 1 + 1e-10
    assert "allowed" in reason(x * scale, wrong)


@given(some_arrays)
def test_a_difference_is_relative_to_the_largest_magnitude(x):
    largest = np.abs(x).max()
    assert relative_difference(x, x + 0.25 * largest) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("left", "right", "why"),
    [
        ([1.0, 2.0], [[1.0, 2.0]], "shape (2,) beside (1, 2)"),
        ([1.0], np.float32([1.0]), "dtype float64 beside float32"),
        ([1.0], [1], "dtype float64 beside int64"),
        ([1, 2], [1, 3], "not equal"),
        ([True], [False], "not equal"),
        (["a"], ["b"], "not equal"),
        ([1.0, np.nan], [1.0, 2.0], "inf apart"),
        ([np.inf], [-np.inf], "inf apart"),
        (0.0, 1e-9, "1e-09 apart"),
    ],
)
def test_what_does_not_agree_says_why(left, right, why):
    assert why in reason(left, right)


@pytest.mark.parametrize(
    "value", [[1.0, np.nan], [np.inf, -1.0], [0.0], ["a", "long"], [3], [True], []]
)
def test_the_same_agrees(value):
    assert not reason(value, value)


def test_texts_of_other_lengths_are_told_as_unequal():
    assert reason(["a"], ["abc"]) == "not equal"


def test_an_array_of_one_program_alone_is_told():
    sides = {"torch": {"x": np.ones(2)}, "tf": {"y": np.ones(2)}}
    assert [each.reason for each in pairwise(sides, own=())] == [
        "tf has none",
        "torch has none",
    ]


def test_what_each_has_its_own_of_is_not_compared():
    assert reason([1.0], [2.0], own={"x"}) == "not compared"
