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


def test_the_graph_of_a_session_is_built_once_for_every_size_of_batches(found):
    assert found["captures"]["graph"] == 1


def test_a_session_updates_parameters_without_a_tape(found):
    assert found["without"]["graph"]


def test_a_session_runs_dense_and_convolutional_layers_only(found):
    refused = found["refused"]
    assert refused["graph"] == ""
    expected = "graph runs dense and convolutional layers only"
    for name in ("graph, quirk", "graph, batch normalization"):
        assert refused[name].startswith(expected)


def test_a_mask_of_dropout_is_as_large_as_the_inputs_where_no_size_is_stated(found):
    whole, sample, position = [8, 3, 4], [8, 1, 1], [1, 3, 4]
    expected = [whole, sample, position, whole]
    assert found["masks"] == [shape for shape in expected for _ in range(2)]
