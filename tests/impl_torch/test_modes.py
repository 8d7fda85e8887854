"""What PyTorch's modes capture, beyond what every mode is checked for."""

from __future__ import annotations

import pytest

from tests.impl_torch.test_rounding import run_module
from tests.support.long import long_test

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def found():
    return run_module("tests.impl_torch.mode_checks")


@long_test
def test_one_dynamic_graph_serves_every_size_of_batches():
    found = run_module("tests.impl_torch.mode_checks", "compile", "compile-dynamic")
    assert found["captures"]["compile-dynamic"] == 1
    assert found["captures"]["compile"] > 1


@pytest.mark.parametrize("mode", ["manual", "script-step"])
def test_gradients_by_hand_use_no_autograd(found, mode):
    assert found["without"][mode]


@pytest.mark.parametrize("mode", ["manual", "script-step"])
def test_gradients_by_hand_are_refused_for_other_workloads(found, mode):
    assert found["refused"][mode] == "gradients by hand exist for two_layer only"
