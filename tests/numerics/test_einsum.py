"""Products and sums: exact results, perturbations, and plain gradient descent."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare.contract import Optimizer
from compare.numerics.einsum import (
    count_products,
    matmul_einsum,
    perturbed_einsum,
    rounding_einsum,
    sequential_einsum,
    sgd_step,
)

UNIT = 2.0**-24
EQUATIONS = ["ij,jk->ik", "ij->i", "ij,ij->", "ij->ji", "nij,jk,k->ni"]
LENGTHS = {"i": 3, "j": 5, "k": 4, "n": 2}


def draw(equation, *, seed=0, scale=1.0):
    """Return random operands of an einsum, of different lengths along each axis."""
    rng = np.random.default_rng(seed)
    return [
        scale * rng.standard_normal([LENGTHS[index] for index in term])
        for term in equation.split("->")[0].split(",")
    ]


def perturbed(equation, operands, *, unit=UNIT, underflow=0.0, seed=0):
    rng = np.random.default_rng(seed)
    return perturbed_einsum(unit=unit, underflow=underflow, rng=rng)(
        equation, *operands
    )


@pytest.mark.parametrize("einsum", [matmul_einsum, sequential_einsum])
@pytest.mark.parametrize("equation", EQUATIONS)
def test_an_einsum_is_the_sum_of_products(einsum, equation):
    operands = draw(equation)
    inputs, output = equation.split("->")
    indices = sorted(set(inputs) - {","})
    expected = np.zeros([LENGTHS[index] for index in output])
    for place in np.ndindex(*(LENGTHS[index] for index in indices)):
        at = dict(zip(indices, place, strict=True))
        terms = zip(inputs.split(","), operands, strict=True)
        expected[tuple(at[index] for index in output)] += prod(
            operand[tuple(at[index] for index in term)] for term, operand in terms
        )
    np.testing.assert_allclose(einsum(equation, *operands), expected, rtol=1e-12)


@pytest.mark.parametrize("einsum", [matmul_einsum, sequential_einsum])
def test_an_einsum_keeps_the_dtype_of_its_operands(einsum):
    one = np.ones((2, 2), "float32")
    assert einsum("ij,jk->ik", one, one).dtype == "float32"


def test_the_two_einsums_sum_in_different_orders():
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((40, 40)).astype("float32") for _ in range(2))
    # Not required of every machine's library, but without a difference the floor
    # would share its rounding errors with the reference.
    assert (
        matmul_einsum("ij,jk->ik", a, b) != sequential_einsum("ij,jk->ik", a, b)
    ).any()


@pytest.mark.parametrize("equation", EQUATIONS)
@pytest.mark.parametrize("scale", [2.0**-300, 1.0, 2.0**300])
def test_every_element_moves_by_exactly_the_probabilistic_bound(equation, scale):
    operands = draw(equation, scale=scale if equation.count(",") < 2 else 1.0)
    length = count_products(equation, *operands)
    magnitude = matmul_einsum(equation, *(np.abs(a) for a in operands))
    exact = matmul_einsum(equation, *operands)
    # A unit so large that the perturbation itself is not rounded away.
    moved = np.abs(perturbed(equation, operands, unit=2.0**-10) - exact)
    bound = 2.0**-10 * np.sqrt(length) * magnitude
    np.testing.assert_allclose(moved, bound, rtol=1e-5)


def test_signs_are_drawn_for_each_element_and_are_both_used_equally():
    ones = np.ones((40, 50))
    moved = perturbed("ij->ij", [ones]) - ones
    assert set(np.sign(moved).ravel()) == {-1.0, 1.0}
    # 2000 fair signs: the share of positive ones is within 5 standard errors.
    assert abs((moved > 0).mean() - 0.5) < 5 * 0.5 / np.sqrt(2000)


def test_another_seed_draws_other_signs():
    ones = [np.ones((4, 50))]
    one, again, other = (perturbed("ij->ij", ones, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()


def test_underflow_moves_every_sum_that_is_not_exactly_zero():
    a = np.array([[0.0, 0.0], [1.0, -1.0], [0.5, 0.25]])
    exact = a.sum(1)
    moved = np.abs(perturbed("ij->i", [a], unit=0.0, underflow=0.125) - exact)
    np.testing.assert_array_equal(moved, [0.0, 0.125, 0.125])


def test_unit_and_underflow_add_up():
    moved = perturbed("i->i", [np.ones(3)], unit=0.25, underflow=0.5) - 1
    np.testing.assert_array_equal(np.abs(moved), 0.75)


def test_the_perturbation_of_an_empty_sum_is_empty():
    assert perturbed("ij,jk->ik", [np.ones((0, 3)), np.ones((3, 2))]).shape == (0, 2)


def test_a_scale_far_outside_float32_does_not_change_the_perturbation():
    small, large = np.full((1, 2), 2.0**-600), np.full((2, 1), 2.0**600)
    moved = perturbed("ij,jk->ik", [small, large], unit=0.5) - 2.0
    assert abs(moved.item()) == pytest.approx(0.5 * np.sqrt(2) * 2)


def test_the_scale_of_negative_numbers_is_that_of_their_magnitude():
    numbers = np.array([[-(2.0**600), 2.0**-600]])
    moved = perturbed("ij->i", [numbers], unit=0.5) + 2.0**600
    assert abs(moved.item()) == pytest.approx(0.5 * np.sqrt(2) * 2.0**600)


def test_a_product_of_three_factors_is_scaled_by_each_of_them():
    factors = [np.full(1, 2.0**-500), np.full(1, 2.0**300), np.full(1, 2.0**190)]
    moved = perturbed("i,i,i->i", factors, unit=0.5) - 2.0**-10
    assert abs(moved.item()) == pytest.approx(2.0**-11)


@given(st.lists(st.integers(1, 5), min_size=3, max_size=3))
def test_the_products_of_an_element_are_those_of_the_summed_indices(lengths):
    i, j, k = lengths
    a, b = np.ones((i, j)), np.ones((j, k))
    assert count_products("ij,jk->ik", a, b) == j
    assert count_products("ij,jk->k", a, b) == i * j
    assert count_products("ij,jk->", a, b) == i * j * k
    assert count_products("ij,jk->kij", a, b) == 1


def test_operands_and_terms_of_different_number_are_an_error():
    with pytest.raises(ValueError, match="zip"):
        count_products("ij,jk->ik", np.ones((2, 3)))


def test_a_rounding_einsum_rounds_the_result_but_not_the_sum():
    einsum = rounding_einsum(matmul_einsum, dtype="bfloat16")
    # In bfloat16, 256 + 1 is 256 again: 128 additions of 1 would all be lost.
    found = einsum("i->", np.array([256.0, *([1.0] * 131)]))
    assert found == 388.0  # 387, to the nearest multiple of 2 with an even mantissa
    assert found.dtype == "float32"


def test_gradient_descent_subtracts_the_rate_times_gradient_and_decay():
    optimizer = Optimizer(name="sgd", learning_rate=0.5, weight_decay=0.25)
    parameters = {"a": np.array([2.0, -4.0]), "b": np.array([8.0])}
    gradients = {"b": np.array([1.0]), "a": np.array([3.0, 1.0])}
    after = sgd_step(parameters, gradients, optimizer=optimizer)
    assert list(after) == ["a", "b"]
    np.testing.assert_array_equal(after["a"], [2 - 0.5 * 3.5, -4 - 0.5 * 0.0])
    np.testing.assert_array_equal(after["b"], [8 - 0.5 * 3.0])
