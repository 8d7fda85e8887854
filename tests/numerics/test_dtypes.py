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
    ITEM_BYTES,
    UNDERFLOW,
    UNIT_ROUNDOFF,
    is_16_bit,
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


@given(
    bits=st.lists(st.integers(0, 2**32 - 1), min_size=1).map(
        lambda found: np.asarray(found, "uint32")
    )
)
def test_bfloat16_has_the_numbers_of_ml_dtypes(bits):
    numbers = bits.view("float32")
    with np.errstate(invalid="ignore"):  # some of the bits are signalling NaNs
        expected = numbers.astype(ml_dtypes.bfloat16).astype("float32")
        received = round_to_dtype(numbers, "bfloat16")
    assert received.dtype == "float32"
    np.testing.assert_array_equal(received, expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_largest_number_is_that_of_the_format(dtype):
    assert largest_finite(dtype) == float(ml_dtypes.finfo(dtype).max)


def test_integers_are_returned_unchanged():
    labels = np.arange(300)
    assert round_to_dtype(labels, "float16") is labels


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_unit_in_the_last_place_is_the_spacing_of_numpy(dtype):
    for magnitude in (1.0, 1.5, 3.0, 1e-3, 1e20):
        spacing = float(np.spacing(np.asarray(magnitude, dtype)))
        found = unit_in_last_place(magnitude, dtype)
        assert found == spacing
        assert type(found) is float


def test_the_largest_float16_is_65504():
    assert largest_finite("float16") == 65504


def test_the_largest_finite_numbers_are_those_of_numpy():
    assert largest_finite("float32") == float(np.finfo("float32").max)
    assert largest_finite("float64") == float(np.finfo("float64").max)
    assert type(largest_finite("float32")) is float


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_formats_have_the_constants_of_their_definition(dtype):
    info = ml_dtypes.finfo(dtype)
    assert ITEM_BYTES[dtype] == info.bits // 8
    assert CARRIER[dtype] == ("float64" if dtype == "float64" else "float32")
    assert is_16_bit(dtype) is (info.bits == 16)
    if dtype == "float16":  # its denormals are kept: half their spacing
        assert UNDERFLOW[dtype] == float(info.smallest_subnormal) / 2
    else:  # denormals may be flushed to zero
        assert UNDERFLOW[dtype] == float(info.smallest_normal)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_distance_below_the_smallest_normal_number_is_the_one_at_it(dtype):
    info = ml_dtypes.finfo(dtype)
    smallest = float(info.smallest_normal)
    expected = smallest * float(info.eps)
    for magnitude in (0.0, smallest / 4, smallest, 1.5 * smallest):
        assert unit_in_last_place(magnitude, dtype) == expected
    assert unit_in_last_place(2 * smallest, dtype) == 2 * expected


def test_a_number_between_two_neighbours_becomes_the_nearest():
    third = np.asarray([1 / 3, -1 / 3])
    for dtype in ("float16", "bfloat16"):
        expected = third.astype(ml_dtypes.finfo(dtype).dtype).astype("float64")
        np.testing.assert_array_equal(round_to_dtype(third, dtype), expected)
    np.testing.assert_array_equal(round_to_dtype(third, "float32"), third.astype("f4"))
    np.testing.assert_array_equal(round_to_dtype(third, "float64"), third)
