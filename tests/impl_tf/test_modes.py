"""What TensorFlow's modes capture, beyond what every mode is checked for."""

from __future__ import annotations

import pytest

from tests.impl_torch.test_rounding import run_module

pytestmark = pytest.mark.tf


@pytest.fixture(scope="module")
def found():
    return run_module("tests.impl_tf.mode_checks")


def test_a_relaxed_function_is_traced_for_two_sizes_only(found):
    assert found["captures"]["function-relaxed"] == 2
    assert found["captures"]["function"] == 4


def test_gradients_by_hand_use_no_tape(found):
    assert found["without"]["manual"]


def test_gradients_by_hand_are_refused_for_other_workloads(found):
    reason = "gradients by hand exist for two_layer only"
    assert found["refused"]["manual"] == reason
