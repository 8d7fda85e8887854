"""Automatic differentiation over `einsum`, compared with derivatives by hand."""

from __future__ import annotations

from types import MappingProxyType

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from compare.numerics import differentiation
from compare.numerics.einsum import matmul_einsum

LENGTHS = {"i": 3, "j": 5, "k": 4, "n": 2}
# Each equation with one to three operands, and every kind of index: kept, summed with
# others, and summed in one operand only.
EQUATIONS = ["ij,jk->ik", "ij->i", "ij->", "ij,j->", "nij,jk,k->ni", "ij,k->k"]


def draw(equation):
    rng = np.random.default_rng(0)
    return [
        rng.standard_normal([LENGTHS[index] for index in term])
        for term in equation.split("->")[0].split(",")
    ]


@pytest.mark.parametrize("equation", EQUATIONS)
def test_the_gradient_of_each_operand_is_its_derivative(equation):
    einsum = differentiation.make_differentiable(matmul_einsum)
    operands = draw(equation)
    factor = np.random.default_rng(1).standard_normal(
        matmul_einsum(equation, *operands).shape
    )

    def loss_of(parameters):
        return anp.sum(factor * anp.sin(einsum(equation, *parameters.values())))

    named = {str(number): operand for number, operand in enumerate(operands)}
    _, gradients = differentiation.value_and_gradients(loss_of, named)
    for name, value in named.items():
        assert gradients[name].shape == value.shape
        for place in np.ndindex(value.shape):
            moved = np.zeros_like(value)
            moved[place] = 1e-6
            up, down = (
                loss_of({**named, name: value + sign * moved}) for sign in (1, -1)
            )
            numeric = (up - down) / 2e-6
            assert gradients[name][place] == pytest.approx(numeric, abs=1e-7)


def test_second_derivatives_are_taken_through_the_same_einsum():
    einsum = differentiation.make_differentiable(matmul_einsum)

    def slope(parameters):
        def cube(inner):
            x = inner["x"]
            return einsum("i,i,i->", x, x, x)

        _, gradients = differentiation.value_and_gradients(cube, parameters)
        return gradients["x"]

    x = np.array([2.0, -3.0])
    np.testing.assert_allclose(slope({"x": x}), 3 * x**2)

    def squared_slope(parameters):
        inner = grad(lambda v: einsum("i,i,i->", v, v, v))(parameters["x"])
        return einsum("i->", inner)

    _, second = differentiation.value_and_gradients(squared_slope, {"x": x})
    np.testing.assert_allclose(second["x"], 6 * x)


def test_every_sum_of_the_derivative_is_computed_by_the_einsum_passed_in():
    equations = []

    def recording(subscripts, *operands):
        equations.append((subscripts, [o.dtype.name for o in operands]))
        return matmul_einsum(subscripts, *operands)

    einsum = differentiation.make_differentiable(recording)
    a, b = np.ones((2, 3), "float32"), np.ones((3,), "float32")
    loss, gradients = differentiation.value_and_gradients(
        lambda p: einsum("ij,j->", p["a"], p["b"]), {"a": a, "b": b}
    )
    assert [equation for equation, _ in equations] == [
        "ij,j->",
        ",j,i->ij",
        ",ij->j",
    ]
    assert {name for _, names in equations for name in names} == {"float32"}
    assert isinstance(loss, np.ndarray)
    assert gradients["a"].dtype == gradients["b"].dtype == "float32"


def test_the_loss_is_returned_with_its_gradients():
    loss, gradients = differentiation.value_and_gradients(
        lambda p: anp.sum(p["x"] ** 2), {"x": np.array([1.0, 2.0])}
    )
    assert loss == 5.0
    assert type(loss) is np.ndarray
    np.testing.assert_array_equal(gradients["x"], [2.0, 4.0])


def test_parameters_may_be_any_mapping_and_are_not_changed():
    parameters = MappingProxyType({"x": np.array([1.0, 2.0])})
    _, gradients = differentiation.value_and_gradients(
        lambda p: anp.sum(p["x"] ** 2), parameters
    )
    np.testing.assert_array_equal(gradients["x"], [2.0, 4.0])


def test_a_product_is_an_array_also_if_its_einsum_returns_a_number():
    einsum = differentiation.make_differentiable(lambda *_: 3.0)
    assert type(einsum("i->", np.ones(3))) is np.ndarray


@pytest.mark.parametrize("shape", [(4,), (2, 4), (2, 3, 4), (2, 3, 1, 4)])
def test_a_broadcast_vector_is_repeated_along_the_last_axis(shape):
    vector = np.arange(4, dtype="float32")
    like = np.zeros(shape)
    found = differentiation.broadcast_vector(vector, like=like, einsum=matmul_einsum)
    assert found.dtype == "float32"
    np.testing.assert_array_equal(found, np.broadcast_to(vector, shape))


@pytest.mark.parametrize("shape", [(5,), (2, 5), (2, 3, 5)])
def test_a_dense_layer_is_a_product_plus_a_bias(shape):
    rng = np.random.default_rng(0)
    x, weight = rng.standard_normal(shape), rng.standard_normal((5, 4))
    bias = rng.standard_normal(4)
    found = differentiation.affine(x, weight, bias, einsum=matmul_einsum)
    np.testing.assert_allclose(found, x @ weight + bias, rtol=1e-12)


def test_no_gradient_flows_through_a_stopped_array():
    def loss_of(parameters):
        x = parameters["x"]
        return anp.sum(x * differentiation.stop_gradient(x))

    x = np.array([3.0, -2.0])
    loss, gradients = differentiation.value_and_gradients(loss_of, {"x": x})
    assert loss == 13.0
    np.testing.assert_array_equal(gradients["x"], x)


def test_traced_arrays_become_plain_arrays():
    seen = {}

    def loss_of(parameters):
        seen.update(differentiation.to_arrays({"x": parameters["x"] * 2}))
        return anp.sum(parameters["x"])

    differentiation.value_and_gradients(loss_of, {"x": np.array([1.5])})
    assert type(seen["x"]) is np.ndarray
    assert seen["x"].dtype == "float64"
    np.testing.assert_array_equal(seen["x"], [3.0])


def test_a_number_becomes_an_array():
    assert type(differentiation.to_arrays({"x": 2.0})["x"]) is np.ndarray


def test_the_gradient_of_a_bias_is_a_sum_by_the_einsum_passed_in():
    equations = []

    def recording(subscripts, *operands):
        equations.append(subscripts)
        return matmul_einsum(subscripts, *operands)

    einsum = differentiation.make_differentiable(recording)
    x, weight = np.ones((2, 3)), np.ones((3, 4))
    differentiation.value_and_gradients(
        lambda p: anp.sum(differentiation.affine(x, weight, p["b"], einsum=einsum)),
        {"b": np.zeros(4)},
    )
    assert equations == ["ay,yz->az", "a,z->az", "az,a->z"]


def test_second_derivatives_are_computed_in_the_dtype_of_the_operands():
    dtypes = []

    def recording(subscripts, *operands):
        dtypes.extend(operand.dtype.name for operand in operands)
        return matmul_einsum(subscripts, *operands)

    einsum = differentiation.make_differentiable(recording)
    x = np.array([[2.0, -3.0]], "float32")
    slope = grad(lambda v: einsum("ij->", v**3))
    _, second = differentiation.value_and_gradients(
        lambda p: anp.sum(slope(p["x"])), {"x": x}
    )
    np.testing.assert_allclose(second["x"], 6 * x)
    assert set(dtypes) == {"float32"}
