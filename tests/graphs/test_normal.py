"""The normal form: what is left out, what stays, and what is refused."""

from __future__ import annotations

import pytest

from compare.contract import CapturedGraph, GraphNode, GraphStage
from compare.errors import DataError
from compare.graphs.normal import get_kind, name_kind, normalize


def node(name, operation="Op", *inputs, **more):
    return GraphNode(name=name, operation=operation, inputs=inputs, **more)


def graph_of(*nodes):
    return CapturedGraph(stage=GraphStage.CAPTURED, view="g", nodes=nodes)


def test_a_node_that_passes_a_value_on_is_bypassed():
    found = normalize(
        graph_of(
            node("x", common="input"),
            node("same", "ReadVariableOp", "x", common="identity"),
            node("again", "aten::detach", "same"),
            node("y", "Tanh", "again"),
        )
    )
    assert list(found.edges) == [("x", "y")]
    assert found.graph["dropped"] == ("same", "again")


def test_a_scalar_constant_becomes_an_attribute_of_its_consumer():
    found = normalize(
        graph_of(
            node("x", common="input"),
            node("two", common="constant", shape=()),
            node("y", "Mul", "x", "two"),
        )
    )
    assert "two" not in found
    assert found.nodes["y"]["constants"] == ("two",)


def test_a_constant_tensor_stays():
    found = normalize(
        graph_of(node("c", common="constant", shape=(3,)), node("y", "Neg", "c"))
    )
    assert list(found.edges) == [("c", "y")]


def test_a_chain_of_attribute_accesses_becomes_one_node():
    found = normalize(
        graph_of(
            node("self", common="input"),
            node("layer", "prim::GetAttr", "self"),
            node("weight", "prim::GetAttr", "layer"),
            node("y", "aten::tanh", "weight"),
        )
    )
    assert list(found.edges) == [("self", "weight"), ("weight", "y")]


def test_an_argument_that_is_used_twice_has_two_positions():
    found = normalize(graph_of(node("x"), node("y", "Mul", "x", "x")))
    assert found.edges["x", "y"]["positions"] == (0, 1)


def test_a_loop_and_its_body_stay():
    found = normalize(
        graph_of(
            node("x"),
            node("loop", "Identity", "x", common="identity"),
            node("body", "Tanh", "x", region="loop"),
        )
    )
    assert set(found) == {"x", "loop", "body"}


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("aten::relu_", "relu"),
        ("aten.relu.default", "relu"),
        ("torch.ops.aten.relu.default", "relu"),
        ("Relu", "relu"),
        ("__", "__"),
    ],
)
def test_an_operation_without_a_common_name_keeps_its_base_name(operation, kind):
    assert name_kind(node("n", operation)) == kind


def test_the_common_name_is_the_kind():
    found = normalize(graph_of(node("n", "aten.mm.default", common="matrix product")))
    assert get_kind(found, "n") == "matrix product"


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ((node("a"), node("a")), ["unique", "'a' is used twice"]),
        ((node("a", "Op", "b"),), ["inputs and regions", "'a' names b"]),
        ((node("a", region="b"),), ["'a' names b"]),
        (
            (node("a", "Op", "b"), node("b", "Op", "a")),
            ["without a cycle", "the cycle"],
        ),
        (
            (
                node("a", "Identity", "b", common="identity"),
                node("b", "Identity", "a", common="identity"),
                node("c", "Op", "a"),
            ),
            ["without a cycle"],
        ),
    ],
)
def test_a_damaged_graph_is_refused_with_the_place(nodes, words):
    with pytest.raises(DataError) as caught:
        normalize(graph_of(*nodes))
    assert all(word in str(caught.value) for word in ["graph g", *words])
