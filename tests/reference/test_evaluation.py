"""The ways of evaluating a reference, on products small enough to compute by hand."""

from __future__ import annotations

import numpy as np
import pytest

from compare.contract import DTYPES
from compare.numerics.einsum import matmul_einsum, sequential_einsum
from compare.reference.evaluation import as_float64, make_evaluations

UNITS = {
    "float64": 2.0**-53,
    "float32": 2.0**-24,
    "float16": 2.0**-11,
    "bfloat16": 2.0**-8,
}
NARROW = ["float32", "float16", "bfloat16"]
ONES = np.ones((50, 40))


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_reference_comes_first_then_four_trials_then_the_floor(dtype):
    evaluations = make_evaluations(dtype)
    assert len(evaluations) == 6
    assert [each.is_float64 for each in evaluations] == [True] * 5 + [False]
    assert [each.memory for each in evaluations] == [{}] * 6


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_reference_is_neither_perturbed_nor_rounded(dtype):
    plain = make_evaluations(dtype)[0]
    assert plain.einsum is matmul_einsum
    array = np.array([1 / 3, 1e300])
    assert plain.store(array) is array


@pytest.mark.parametrize("dtype", NARROW)
def test_a_trial_moves_every_sum_by_the_rounding_of_the_dtype(dtype):
    for trial in make_evaluations(dtype)[1:5]:
        moved = trial.einsum("ij->i", ONES) - 40
        bound = UNITS[dtype] * np.sqrt(40) * 40
        np.testing.assert_allclose(np.abs(moved), bound, rtol=1e-5)
        assert set(np.sign(moved)) == {-1.0, 1.0}


@pytest.mark.parametrize("dtype", NARROW)
def test_a_trial_moves_every_stored_parameter_by_one_roundoff(dtype):
    for trial in make_evaluations(dtype)[1:5]:
        moved = trial.store(3 * ONES) / 3 - 1
        np.testing.assert_allclose(np.abs(moved), UNITS[dtype], rtol=1e-5)
        assert abs((moved > 0).mean() - 0.5) < 5 * 0.5 / np.sqrt(ONES.size)


def test_trials_draw_different_signs_and_the_same_ones_again():
    trials, again = (
        [each.store(ONES) for each in make_evaluations("float32")[1:5]]
        for _ in range(2)
    )
    for number, array in enumerate(trials):
        np.testing.assert_array_equal(array, again[number])
        assert all((array != other).any() for other in trials[number + 1 :])


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_trial_moves_tiny_sums_by_the_error_of_underflow(dtype):
    underflow = {"float64": 2.0**-1022, "float16": 2.0**-25}.get(dtype, 2.0**-126)
    for trial in make_evaluations(dtype)[1:5]:
        tiny = np.full(3, underflow * 2.0**-20)
        moved = np.abs(trial.einsum("i->i", tiny) - tiny)
        np.testing.assert_allclose(moved, underflow, rtol=1e-3)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_floor_sums_in_another_order_than_the_reference(dtype):
    floor = make_evaluations(dtype)[-1]
    assert floor.einsum is sequential_einsum


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_the_floor_of_16_bits_rounds_each_sum_once(dtype):
    floor = make_evaluations(dtype)[-1]
    third = np.full(3, 1 / 3, "float32")
    found = floor.einsum("i->", third)
    assert found == 1.0
    assert floor.einsum("i->i", third)[0] == pytest.approx(1 / 3, rel=UNITS[dtype])
    assert float(floor.einsum("i->i", third)[0]) != float(third[0])


@pytest.mark.parametrize("dtype", NARROW)
def test_the_floor_stores_parameters_in_the_dtype(dtype):
    stored = make_evaluations(dtype)[-1].store(np.array([1 / 3]))
    assert float(stored[0]) != 1 / 3
    assert stored[0] == pytest.approx(1 / 3, rel=UNITS[dtype])


def test_numbers_become_float64_and_labels_stay():
    labels = np.array([1, 2])
    found = as_float64({"inputs": np.array([0.5], "float32"), "targets": labels})
    assert found["inputs"].dtype == "float64"
    assert found["inputs"] == [0.5]
    assert found["targets"] is labels
    assert list(found) == ["inputs", "targets"]
