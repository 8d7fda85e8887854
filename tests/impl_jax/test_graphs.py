"""The graph of a captured JAX step has its products, parameters, loops and branches."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.impl_torch.test_rounding import run_module

pytestmark = pytest.mark.jax


@pytest.fixture(scope="module")
def found():
    return run_module("tests.impl_jax.graph_checks")


def count(graph):
    return Counter(common for _, common, *_ in graph["nodes"])


def test_a_step_of_jax_has_its_products_and_parameters(found):
    counted = count(found["two_layer"])
    assert counted["matrix product"] == 5  # 2 forward, 3 backward
    assert counted["parameter"] == 2
    assert "" not in counted, "every operation has a common name"


def test_a_loop_and_a_branch_are_nodes_with_bodies(found):
    assert count(found["tree"])["loop"] == 2  # forward and backward
    assert count(found["control_flow"])["branch"] >= 2
    for name, kind, bodies in (("tree", "loop", 1), ("control_flow", "branch", 2)):
        nodes = found[name]["nodes"]
        first = next(node[0] for node in nodes if node[1] == kind)
        inner = [node for node in nodes if node[3] == first]
        assert [node[1] for node in inner] == ["body"] * bodies


@pytest.mark.parametrize("name", ["two_layer", "control_flow", "tree"])
def test_every_node_of_a_jaxpr_comes_after_its_region_and_has_known_inputs(found, name):
    nodes = found[name]["nodes"]
    names = [node[0] for node in nodes]
    assert len(set(names)) == len(names)
    for place, (_, _, inputs, region, _) in enumerate(nodes):
        assert set(inputs) <= set(names)
        assert not region or region in names[:place]


def test_a_graph_that_is_shown_is_not_counted_as_a_capture(found):
    assert found["two_layer"]["counted"] == 0
    assert found["two_layer"]["stage"] == "captured"


def test_eager_code_has_no_graph_and_a_reason(found):
    assert found["eager"]["nodes"] == []
    assert found["eager"]["reason"] == (
        "JAX keeps no graph of operations that run eagerly"
    )
