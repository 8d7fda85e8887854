"""The floating-point formats, including those that NumPy does not have."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare.contract import DTYPES
from compare.numerics.dtypes import (
    CARRIER,
    UNIT_ROUNDOFF,
    largest_finite,
    round_to_dtype,
    unit_in_last_place,
)


@pytest.mark.parametrize("dtype", DTYPES)
def test_unit_roundoff_is_half_the_spacing_at_one(dtype):
    assert UNIT_ROUNDOFF[dtype] == float(ml_dtypes.finfo(dtype).eps) / 2


@pytest.mark.parametrize("dtype", DTYPES)
@given(number=st.floats(-1e4, 1e4))
def test_the_rounding_error_is_at_most_half_a_unit_in_the_last_place(dtype, number):
    array = np.asarray([number])
    moved = abs(float(round_to_dtype(array, dtype)[0]) - number)
    assert moved <= unit_in_last_place(abs(number), dtype) / 2


@pytest.mark.parametrize("dtype", DTYPES)
@given(number=st.floats(-1e4, 1e4))
def test_rounding_a_second_time_changes_nothing(dtype, number):
    once = round_to_dtype(np.asarray([number]), dtype)
    assert once.dtype == CARRIER[dtype]
    np.testing.assert_array_equal(round_to_dtype(once, dtype), once)


def test_integers_are_returned_unchanged():
    labels = np.arange(300)
    assert round_to_dtype(labels, "float16") is labels


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_unit_in_the_last_place_is_the_spacing_of_numpy(dtype):
    for magnitude in (1.0, 1.5, 3.0, 1e-3, 1e20):
        spacing = float(np.spacing(np.asarray(magnitude, dtype)))
        assert unit_in_last_place(magnitude, dtype) == spacing


def test_the_largest_float16_is_65504():
    assert largest_finite("float16") == 65504
