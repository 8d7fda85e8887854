"""The graphs of TensorFlow's modes on a small network."""

from __future__ import annotations

import pytest

from tests.impl_torch.test_rounding import run_module

pytestmark = pytest.mark.tf

STAGES = {
    "eager": ["recorded"],
    "manual": ["recorded"],
    "function": ["captured", "optimized"],
    "graph": ["captured", "optimized"],
    "keras": ["captured", "optimized"],
    "keras-eager": ["recorded"],
    "xla": ["captured", "captured", "optimized"],
}


@pytest.fixture(scope="module")
def found():
    return run_module("tests.impl_tf.graph_checks")


@pytest.mark.parametrize("mode", STAGES)
def test_every_stage_of_a_mode_is_shown(found, mode):
    assert found[mode]["stages"] == STAGES[mode]
    assert set(found[mode]["reasons"]) == {""}


@pytest.mark.parametrize("mode", STAGES)
def test_graphs_leave_a_session_as_it_was(found, mode):
    assert found[mode]["unchanged"]
    assert found[mode]["same_loss"]


@pytest.mark.parametrize("mode", STAGES)
def test_the_first_graph_has_every_product_and_every_update(found, mode):
    names = [node["common"] for node in found[mode]["graphs"][0]["nodes"]]
    assert names.count("matrix product") == 5
    assert names.count("update") >= 2


def test_grappler_removes_nodes_and_keeps_the_products(found):
    before, after = (
        [node["common"] for node in graph["nodes"]]
        for graph in found["function"]["graphs"]
    )
    assert len(after) < len(before)
    assert after.count("matrix product") == before.count("matrix product")
