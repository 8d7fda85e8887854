"""Files that TensorFlow exports: names, order, and what their nodes compute."""

from __future__ import annotations

import pytest

from tests.impl_torch.test_rounding import run_module

pytestmark = pytest.mark.tf

COUNT = 12


@pytest.fixture(scope="module")
def found():
    return run_module("tests.impl_tf.export_checks")


def test_a_saved_model_names_its_inputs_and_outputs_by_number(found):
    inputs, outputs = found["order"]["names"]["saved-model"]
    assert inputs == [f"serving_default_input_{n}:0" for n in range(COUNT)]
    # The call has an output per key, and its keys are sorted as texts.
    keys = sorted(f"output_{n}" for n in range(COUNT))
    assert outputs == [
        f"StatefulPartitionedCall:{keys.index(f'output_{n}')}" for n in range(COUNT)
    ]


def test_a_frozen_graph_names_its_inputs_by_number(found):
    inputs, outputs = found["order"]["names"]["frozen"]
    assert inputs == [f"input_{n}:0" for n in range(COUNT)]
    assert len(set(outputs)) == COUNT


def test_litert_returns_outputs_in_the_order_of_the_model(found):
    assert found["order"]["litert"]


def test_litert_takes_batches_of_another_size(found):
    assert found["order"]["half"]


def test_the_operators_of_litert_that_compute_outputs_have_their_numbers(found):
    assert found["order"]["outputs of nodes"]


@pytest.mark.parametrize("form", ["saved-model", "frozen", "litert"])
def test_every_node_of_a_file_is_shown_with_its_result(found, form):
    assert found["order"]["products"][form]


def test_every_eager_operation_is_recorded_with_its_result(found):
    layers = found["layers"]
    assert "MatMul" in layers["eager"]
    assert layers["eager"][-1] == "Relu"
    assert layers["last"]
    assert layers["repeated"], "the recorder was removed"


def test_a_variable_of_a_keras_model_is_stored_once(found):
    assert sorted(found["layers"]["variables"]) == [[1, 3], [3]]


def test_sizes_vary_unless_the_code_reads_them(found):
    assert found["sizes"] == {"Several": [None, 1], "NeedsSizes": [4, 1]}
