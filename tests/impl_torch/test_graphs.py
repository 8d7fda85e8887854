"""The graphs of PyTorch's modes on a small network."""

from __future__ import annotations

import pytest

from tests.impl_torch.test_rounding import run_module

pytestmark = pytest.mark.torch

STAGES = {
    "eager": ["recorded", "recorded"],
    "manual": ["recorded", "recorded"],
    "script": ["captured", "optimized", "optimized"],
    "script-step": ["captured", "optimized"],
    "trace": ["captured", "optimized"],
    "compile-step": ["captured", "captured", "optimized"],
}


@pytest.fixture(scope="module")
def found():
    return run_module("tests.impl_torch.graph_checks")


@pytest.mark.parametrize("mode", STAGES)
def test_every_stage_of_a_mode_is_shown(found, mode):
    assert found[mode]["stages"] == STAGES[mode]


@pytest.mark.parametrize("mode", STAGES)
def test_graphs_leave_a_session_as_it_was(found, mode):
    assert found[mode]["unchanged"]
    assert found[mode]["same_loss"]


def test_only_the_step_without_autograd_has_no_autograd_graph(found):
    reasons = {mode: [r for r in each["reasons"] if r] for mode, each in found.items()}
    (reason,) = reasons.pop("manual")
    assert reason.startswith("autograd recorded nothing")
    assert not any(reasons.values())


def test_autograd_recorded_the_two_products_of_the_forward_pass(found):
    graph, executed = found["eager"]["graphs"]
    names = [node["common"] for node in graph["nodes"]]
    assert (names.count("matrix product"), names.count("parameter")) == (2, 2)
    ran = [node["common"] for node in executed["nodes"]]
    assert ran.count("matrix product") == 5


def test_operations_of_the_backward_pass_have_the_line_of_the_forward_one(found):
    _, executed = found["eager"]["graphs"]
    places = {
        node["common"]: (node["file"].rpartition("/")[2], node["line"])
        for node in executed["nodes"]
    }
    assert places["relu gradient"] == places["relu"] == ("two_layer.py", 25)


def test_each_operation_of_a_compiled_step_is_in_a_kernel(found):
    _, before, after = found["compile-step"]["graphs"]
    given = {"placeholder", "output"}
    operations = {n["name"] for n in before["nodes"] if n["operation"] not in given}
    parts = {part for node in after["nodes"] for part in node["parts"]}
    assert operations - parts == set()
