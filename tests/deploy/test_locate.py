"""Which node of an exported graph is named, on graphs with known values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compare.contract import INPUT, NodeValue
from compare.deploy.locate import (
    KnownValue,
    arrange,
    bound_values,
    find_operation,
    locate_difference,
)

TOLERANCE = 1e-6
SHAPE = (2, 3, 4, 5)
rng = np.random.default_rng(5)
# The model: a convolution, a ReLU, a reshape and a product.
CONVOLVED = rng.normal(size=SHAPE)
RECTIFIED = np.maximum(CONVOLVED, 0)
FLAT = RECTIFIED.reshape(2, -1)
PRODUCT = FLAT @ rng.normal(size=(60, 3))
WRONG = "another value"


def known(**values):
    return [
        KnownValue(operation=operation, value=value, tolerance=TOLERANCE)
        for operation, value in values.items()
    ]


MODEL = known(convolution=CONVOLVED, relu=RECTIFIED, view=FLAT, matmul=PRODUCT)


def node(name, value=None, *inputs, operation="Op", place=""):
    """Return a node; `WRONG` becomes a value that the model does not have."""
    if value is WRONG:
        value = rng.normal(size=(2, 3))
    return NodeValue(
        name=name, operation=operation, inputs=inputs, value=value, place=place
    )


X = node("x", rng.normal(size=SHAPE), operation=INPUT)
W = node("w", rng.normal(size=(3, 3)))  # a constant


def locate(*nodes, model=MODEL):
    return locate_difference([X, W, *nodes], model)


def test_a_graph_whose_nodes_compute_what_the_model_does_has_no_difference():
    assert (
        locate(
            node("conv", CONVOLVED, "x", "w"),
            node("relu", RECTIFIED, "conv"),
            node("gemm", PRODUCT, "relu"),
        )
        is None
    )


def test_the_first_wrong_node_is_named_with_what_is_right_before_it():
    found = locate(
        node("conv", CONVOLVED, "x", "w"),
        node("relu", WRONG, "conv", operation="LeakyRelu", place="net.activation"),
        node("gemm", WRONG, "relu"),
    )
    assert (found.node, found.operation) == ("relu", "LeakyRelu")
    assert (found.place, found.after) == ("net.activation", "convolution")
    assert found.candidates == ["relu", "gemm"]


def test_a_difference_within_the_tolerance_is_rounding():
    moved = CONVOLVED + 0.9 * TOLERANCE
    assert locate(node("conv", moved, "x", "w")) is None
    moved = CONVOLVED + 2 * TOLERANCE
    assert locate(node("conv", moved, "x", "w")).node == "conv"


def test_the_inside_of_a_split_operation_is_not_blamed_for_a_later_node():
    found = locate(
        node("conv", CONVOLVED, "x", "w"),
        node("sign", WRONG, "conv"),
        node("half", WRONG, "sign"),
        node("relu", RECTIFIED, "half", "conv"),
        node("gemm", WRONG, "relu"),
    )
    assert found.node == "gemm"
    assert found.candidates == ["gemm"]


def test_a_split_operation_whose_result_is_wrong_is_named_by_its_first_part():
    found = locate(
        node("conv", CONVOLVED, "x", "w"),
        node("sign", WRONG, "conv"),
        node("relu", WRONG, "sign", "conv"),
        node("gemm", WRONG, "relu"),
    )
    assert found.node == "sign"
    assert "relu" in found.candidates


def test_a_wrong_node_behind_which_the_result_is_right_is_no_difference():
    assert (
        locate(
            node("conv", WRONG, "x", "w"),
            node("relu", RECTIFIED, "conv"),
        )
        is None
    )


def test_of_two_wrong_branches_the_earlier_one_is_named():
    found = locate(
        node("left", WRONG, "x"),
        node("right", WRONG, "x", "w"),
        node("sum", WRONG, "right", "left"),
    )
    assert found.node == "left"
    assert found.candidates == ["left", "right", "sum"]


def test_another_order_of_axes_is_the_same_value():
    channels_last = CONVOLVED.transpose(0, 2, 3, 1)
    assert (
        locate(
            node("conv", channels_last, "x", "w"),
            node("relu", np.maximum(channels_last, 0), "conv"),
            node("gemm", PRODUCT, "relu"),
        )
        is None
    )


def test_a_flattening_in_another_order_of_axes_is_named():
    channels_last = RECTIFIED.transpose(0, 2, 3, 1)
    found = locate(
        node("conv", CONVOLVED, "x", "w"),
        node("relu", channels_last, "conv"),
        node("reshape", channels_last.reshape(2, -1), "relu"),
        node("gemm", WRONG, "reshape"),
    )
    assert (found.node, found.after) == ("reshape", "relu")


@pytest.mark.parametrize("shape", [(2, 3), (1, 2, 3), (2, 1, 1, 3)])
def test_axes_of_length_one_are_ignored(shape):
    model = known(matmul=PRODUCT.reshape(shape))
    column = PRODUCT[:, :, np.newaxis, np.newaxis].transpose(2, 1, 0, 3)
    assert locate(node("gemm", column, "x"), model=model) is None


def test_of_several_inputs_the_operation_of_the_last_is_named():
    found = locate(
        node("conv", CONVOLVED, "x", "w"),
        node("relu", RECTIFIED, "conv"),
        node("sum", WRONG, "conv", "relu"),
    )
    assert found.after == "view", "the last operation with the elements of the ReLU"


SCALE = {
    "add": np.array([1.5, 2.0, 3.0]),
    "rsqrt": np.array([1.5, 2.0, 3.0]) ** -0.5,
}
NORMALIZED = CONVOLVED[..., :3] * SCALE["rsqrt"]
NORM = known(**SCALE, mul=NORMALIZED)
VARIANCE, EPSILON = node("variance", np.ones(3)), node("epsilon", np.ones(1))


def normalize(add, rsqrt, mul):
    return locate(
        VARIANCE,
        EPSILON,
        node("add", add, "variance", "epsilon"),
        node("rsqrt", rsqrt, "add"),
        node("mul", mul, "x", "rsqrt"),
        model=NORM,
    )


def test_the_node_that_computes_a_wrong_constant_is_named():
    other = SCALE["add"] + 0.1
    found = normalize(other, other**-0.5, WRONG)
    assert found.node == "add"
    assert found.candidates == ["add", "mul"]


def test_a_constant_that_is_wrong_after_right_ones_is_named():
    assert normalize(SCALE["add"], SCALE["add"] ** -0.4, WRONG).node == "rsqrt"


def test_a_right_constant_is_not_blamed_for_the_node_that_takes_it():
    assert normalize(*SCALE.values(), WRONG).node == "mul"


def test_a_wrong_constant_without_an_effect_is_no_difference():
    other = SCALE["add"] + 0.1
    assert normalize(other, other**-0.5, NORMALIZED) is None


def test_a_result_that_is_no_array_is_as_right_as_its_inputs():
    shape = node("shape", None, "conv", operation="Shape")
    right = locate(
        node("conv", CONVOLVED, "x", "w"),
        shape,
        node("reshape", WRONG, "conv", "shape"),
    )
    assert (right.node, right.after) == ("reshape", "convolution")
    later = node("sizes", None, "conv", "relu")
    relu = node("relu", RECTIFIED, "conv")
    last = node("reshape", WRONG, "sizes")
    found = locate(node("conv", CONVOLVED, "x", "w"), relu, later, last)
    assert found.after == "view"
    wrong = locate(node("conv", WRONG, "x", "w"), shape, node("sum", WRONG, "shape"))
    assert wrong.node == "conv"


def test_a_value_that_is_not_finite_is_wrong():
    found = locate(
        node("conv", CONVOLVED, "x", "w"),
        node("relu", np.full(SHAPE, np.nan), "conv"),
    )
    assert found.node == "relu"


def test_of_several_operations_with_the_same_result_the_last_is_found():
    values = known(convolution=CONVOLVED, dropout=CONVOLVED)
    assert find_operation(CONVOLVED, values) == "dropout"


def test_an_array_is_arranged_in_every_order_of_axes_with_the_wanted_shape():
    square = np.arange(4.0).reshape(2, 2)
    assert [each.tolist() for each in arrange(square, (2, 2))] == [
        [[0, 1], [2, 3]],
        [[0, 1], [2, 3]],
        [[0, 2], [1, 3]],
    ]
    six_axes = np.zeros((2,) * 6)
    assert len(list(arrange(six_axes, six_axes.shape))) == 1


def traced(*values):
    return [node(f"n{n}", value) for n, value in enumerate(values)]


def test_the_tolerance_of_a_value_contains_what_rounding_moved_it_by():
    value = np.array([1.0, -2.0])
    (still,) = bound_values(traced(value), [traced(value)], dtype="float32")
    trials = [traced(value + 1e-3), traced(value - 2e-3)]
    (moved,) = bound_values(traced(value), trials, dtype="float32")
    assert 0 < still.tolerance < 1e-5
    assert moved.tolerance == pytest.approx(4 * 2e-3 + still.tolerance)


def test_a_trial_that_ran_other_operations_does_not_count():
    value = np.ones(2)
    alone = bound_values(traced(value), [], dtype="float32")
    longer = bound_values(traced(value), [traced(value + 1, value)], dtype="float32")
    reshaped = bound_values(
        traced(value), [traced(np.full((2, 2), 3.0))], dtype="float32"
    )
    assert longer[0].tolerance == reshaped[0].tolerance == alone[0].tolerance


def test_results_that_cannot_be_compared_are_left_out():
    nodes = traced(None, np.array([np.inf]), np.ones(1))
    (only,) = bound_values(nodes, [], dtype="float32")
    assert only.value.tolist() == [1.0]


@st.composite
def planted_graphs(draw):
    """Return a graph, the model's values, and where the graph was altered, if anywhere.

    A node adds up its inputs in proportions of its own, so that every later node that
    depends on an altered one differs as well.
    """
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(1, 8))
    altered = draw(st.one_of(st.none(), st.integers(0, count - 1)))
    value = random.normal(size=(3, 4))
    right, found = {"x": value}, {"x": value}
    nodes = [node("x", value, operation=INPUT)]
    for number in range(count):
        chosen = draw(st.sets(st.sampled_from([*right]), min_size=1, max_size=3))
        inputs = sorted(chosen)
        weights = random.uniform(0.5, 1.5, size=len(inputs))
        moved = random.normal(size=(3, 4))
        name = f"n{number}"
        for values in (right, found):
            terms = [w * values[each] for w, each in zip(weights, inputs, strict=True)]
            values[name] = sum(terms) + moved
        if number == altered:
            found[name] = found[name] + random.normal(size=(3, 4))
        shown = found[name].T if draw(st.booleans()) else found[name]
        nodes.append(node(name, shown, *inputs))
    model = known(**{name: each for name, each in right.items() if name != "x"})
    return nodes, model, altered


@settings(deadline=None)
@given(planted_graphs())
def test_the_altered_node_of_any_graph_is_named_and_only_that(planted):
    nodes, model, altered = planted
    found = locate_difference(nodes, model)
    assert (found and found.node) == (None if altered is None else f"n{altered}")
