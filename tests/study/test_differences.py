"""Differences between arrays are described with their place."""

from __future__ import annotations

import numpy as np
import pytest

from compare.study.differences import find_differences


@pytest.mark.parametrize(
    ("expected", "received", "text"),
    [
        (np.array([1.0, 2.0]), np.array([1.0, 2.0 + 1e-15]), ""),
        (np.array([1.0, 2.0]), np.array([1.0, 2.5]), "is 2.5 instead of 2 at [1]"),
        (np.array(1.0), np.array(3.0), "is 3 instead of 1"),
        (np.array([1.0]), np.ones(2), "has the shape (2,) instead of (1,)"),
        (np.array([1.0]), np.array([1]), "has the dtype int64 instead of float64"),
        (np.array([1.0]), np.ones(1, "float32"), "has the dtype float32 instead"),
        (np.array([1, 2], "int64"), np.array([1, 2], "int32"), "has the dtype int32"),
        (np.array(["a"]), np.array([1.0]), "has the dtype float64 instead of <U1"),
        (np.array([]), np.array([], "float32"), "has the dtype float32 instead"),
        (np.array([1.0]), np.array([1.0 + 1e-9]), "is 1.0000000010000001 instead of 1"),
        (np.array(["a", "b"]), np.array(["a", "c"]), "is c instead of b at [1]"),
        (np.array([True]), np.array([False]), "is False instead of True at [0]"),
        (np.array([[1, 2], [3, 4]]), np.array([[1, 2], [0, 4]]), "is 0 instead of 3"),
    ],
)
def test_a_difference_has_its_values_and_its_place(expected, received, text):
    (found,) = find_differences({"a": expected}, {"a": received})
    assert found.text.startswith(text)
    assert bool(found.text) == bool(text)


def test_a_missing_array_is_named_and_another_one_is_ignored():
    (found,) = find_differences({"a": np.ones(1)}, {"b": np.ones(1)})
    assert (found.name, found.text) == ("a", "is missing")


def test_a_number_in_place_of_nan_is_a_difference():
    (found,) = find_differences({"a": np.array([np.nan])}, {"a": np.array([1.0])})
    assert found.text
