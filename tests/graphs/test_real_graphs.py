"""Graphs of real sessions: complete, computable in order, under common names."""

from __future__ import annotations

from collections import Counter

import pytest

from compare.contract import GraphStage
from compare.graphs.operations import CommonOperation
from tests.support.real_graphs import FOLDER, stored_graphs

LABELS = [
    (workload, variant.replace("-", "/", 1))
    for path in sorted(FOLDER.glob("*.json"))
    for workload, _, variant in [path.stem.partition("-")]
]
BOTH = ("torch/eager", "tf/eager")
each_file = pytest.mark.parametrize(("workload", "variant"), LABELS)


def the_graph(workload, variant, *, title):
    (found,) = [g for g in stored_graphs(workload, variant) if g.title == title]
    return found


def count(graph, *names):
    counts = Counter(node.common for node in graph.nodes)
    return [counts[name] for name in names]


@each_file
def test_nodes_come_after_their_inputs_and_after_the_owner_of_their_body(
    workload, variant
):
    for graph in stored_graphs(workload, variant):
        seen = set()
        for node in graph.nodes:
            assert node.name not in seen
            assert set(node.inputs) <= seen, node
            assert not node.region or node.region in seen, node
            seen.add(node.name)


@each_file
def test_a_graph_is_shown_or_has_a_reason(workload, variant):
    graphs = stored_graphs(workload, variant)
    assert graphs
    assert all(bool(graph.nodes) != bool(graph.reason) for graph in graphs)


@each_file
def test_at_least_nine_of_ten_nodes_have_a_common_name(workload, variant):
    known = set(map(str, CommonOperation))
    nodes = [n for graph in stored_graphs(workload, variant) for n in graph.nodes]
    assert {node.common for node in nodes} - {""} <= known
    assert sum(bool(node.common) for node in nodes) >= 0.9 * len(nodes)


@each_file
def test_parts_of_a_fused_node_are_nodes_of_an_earlier_graph(workload, variant):
    earlier = set()
    for graph in stored_graphs(workload, variant):
        parts = {part for node in graph.nodes for part in node.parts}
        assert parts <= earlier
        earlier |= {node.name for node in graph.nodes}


@pytest.mark.parametrize(
    ("variant", "title"),
    [
        ("torch/eager", "step, as executed"),
        ("tf/eager", "step, as executed"),
        ("tf/function", "tf.Graph"),
        ("tf/xla", "HLO, before XLA's passes"),
        ("tf/xla", "HLO, after XLA's passes"),
    ],
)
def test_a_whole_step_has_five_products(variant, title):
    graph = the_graph("two_layer", variant, title=title)
    assert count(graph, CommonOperation.MATRIX_PRODUCT) == [5]  # 2 forward, 3 backward


def test_forward_and_backward_of_torch_compile_share_the_five_products():
    forward, backward = (
        the_graph("two_layer", "torch/compile", title=f"FX, AOTAutograd, {part}")
        for part in ("forward", "backward")
    )
    products = (CommonOperation.MATRIX_PRODUCT,)
    assert (count(forward, *products), count(backward, *products)) == ([2], [3])


@pytest.mark.parametrize("variant", ["torch/eager", "torch/script", "tf/function"])
def test_nodes_have_the_line_of_the_model(variant):
    framework = variant.partition("/")[0]
    graph = stored_graphs("two_layer", variant)[0]
    (relu,) = [node for node in graph.nodes if node.common == CommonOperation.RELU]
    assert (relu.file, relu.line) == (f"impl_{framework}/models/two_layer.py", 25)


def test_parameters_have_the_same_names_in_both_frameworks():
    found = {
        variant: {
            node.name
            for node in stored_graphs("two_layer", variant)[0].nodes
            if node.common == CommonOperation.PARAMETER
        }
        for variant in (*BOTH, "torch/script", "torch/compile", "tf/function")
    }
    assert set(map(frozenset, found.values())) == {
        frozenset({"hidden.weight", "output.weight"})
    }


@pytest.mark.parametrize("variant", ["torch/script", "tf/function", "tf/xla"])
def test_a_branch_of_the_graph_contains_one_product_on_each_side(variant):
    graph = stored_graphs("control_flow", variant)[0]
    owner = next(n for n in graph.nodes if n.common == CommonOperation.BRANCH)
    bodies = [n.name for n in graph.nodes if n.region == owner.name]
    sides = [
        [n for n in graph.nodes if n.region == body and n.common == "matrix product"]
        for body in bodies
    ]
    assert [len(side) for side in sides] == [1, 1]
    assert sides[0][0].line != sides[1][0].line


def test_fused_kernels_name_the_operations_in_them():
    graph = the_graph("two_layer", "torch/compile", title="kernels, Inductor, forward")
    parts = {node.name: set(node.parts) for node in graph.nodes}
    assert {"sub", "pow_1", "sum_1"} in parts.values()
    fused = [n for n in graph.nodes if n.common == CommonOperation.FUSION]
    assert all(len(node.parts) > 1 for node in fused)


def test_dynamo_breaks_the_step_of_control_flow_into_several_graphs():
    graphs = stored_graphs("control_flow", "torch/compile")
    captured = [g for g in graphs if g.title.startswith("FX, Dynamo")]
    assert len(captured) == 4
    (hidden,) = [graph for graph in graphs if graph.reason]
    assert hidden.stage is GraphStage.OPTIMIZED
