"""The precision in which operations accumulate, measured without a framework."""

from __future__ import annotations

import numpy as np
import pytest

from compare.agreement import precision
from compare.numerics.arrays import load_arrays
from compare.numerics.dtypes import is_16_bit, round_to_dtype
from tests.support.reference_worker import ReferenceWorker

OPERATIONS = ["matrix product", "convolution", "sum"]


def round_arrays(dtype):
    """Return a change that rounds every result once."""
    return lambda _, arrays: {n: round_to_dtype(a, dtype) for n, a in arrays.items()}


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_results_that_are_rounded_once_are_all_equal(dtype, tmp_path):
    worker = ReferenceWorker(change=round_arrays(dtype))
    found = precision.measure_rounded_once(worker, dtype=dtype, folder=tmp_path)
    assert found == dict.fromkeys(OPERATIONS, 1.0)
    assert {type(share) for share in found.values()} == {float}


def test_a_sum_that_is_rounded_after_every_addition_is_recognised(tmp_path):
    def add_in_16_bits(_, arrays):
        matrix = load_arrays(tmp_path / "operands.npz")["matrix"]
        total = np.zeros(len(matrix), "float32")
        for column in matrix.T:
            total = round_to_dtype(total + column, "bfloat16")
        rounded = {n: round_to_dtype(a, "bfloat16") for n, a in arrays.items()}
        return {**rounded, "sum": total}

    found = precision.measure_rounded_once(
        ReferenceWorker(change=add_in_16_bits), dtype="bfloat16", folder=tmp_path
    )
    assert found["matrix product"] == found["convolution"] == 1.0
    assert found["sum"] < precision.ROUNDED_ONCE


def test_the_share_is_that_of_the_equal_elements(tmp_path):
    def change_one(_, arrays):
        rounded = {n: round_to_dtype(a, "float16") for n, a in arrays.items()}
        rounded["sum"][:8] += 1.0
        return rounded

    found = precision.measure_rounded_once(
        ReferenceWorker(change=change_one), dtype="float16", folder=tmp_path
    )
    assert found["sum"] == 24 / 32


def test_operands_are_rounded_before_they_are_sent(tmp_path):
    worker = ReferenceWorker(change=round_arrays("bfloat16"))
    precision.measure_rounded_once(worker, dtype="bfloat16", folder=tmp_path)
    assert is_16_bit("bfloat16")
    for name, array in load_arrays(tmp_path / "operands.npz").items():
        drawn = precision.draw_operands()[name]
        np.testing.assert_array_equal(array, round_to_dtype(drawn, "bfloat16"))


def test_a_mode_that_exposes_no_operations_has_no_result(tmp_path):
    worker = ReferenceWorker(exposes=False)
    assert (
        precision.measure_rounded_once(worker, dtype="float16", folder=tmp_path) == {}
    )


def test_operands_are_normal_numbers_of_the_documented_shapes():
    operands = precision.draw_operands()
    again = precision.draw_operands()
    shapes = {"matrix": (32, 512), "images": (4, 8, 8, 64), "kernel": (3, 3, 64, 8)}
    assert {name: array.shape for name, array in operands.items()} == shapes
    rng = np.random.default_rng(0)
    for name, array in operands.items():
        np.testing.assert_array_equal(array, again[name])
        np.testing.assert_array_equal(array, rng.standard_normal(shapes[name]))


def test_the_exact_results_are_those_of_the_operations_in_float64():
    operands = {n: a.astype("float32") for n, a in precision.draw_operands().items()}
    exact = precision.compute_exactly(operands)
    matrix = operands["matrix"].astype("float64")
    assert {name: array.dtype.name for name, array in exact.items()} == dict.fromkeys(
        OPERATIONS, "float64"
    )
    np.testing.assert_allclose(exact["matrix product"], matrix @ matrix.T)
    np.testing.assert_allclose(exact["sum"], matrix.sum(1))
    images, kernel = (operands[n].astype("float64") for n in ("images", "kernel"))
    assert exact["convolution"].shape == (4, 6, 6, 8)
    corner = np.tensordot(images[:, 2:5, 5:8], kernel, axes=3)
    np.testing.assert_allclose(exact["convolution"][:, 2, 5], corner)


def test_an_operation_accumulates_in_more_bits_above_a_share_of_nine_tenths():
    assert precision.ROUNDED_ONCE == 0.9
    assert precision.LENGTH == 512
