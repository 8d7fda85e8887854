"""Files that PyTorch exports: what they compute, and what their nodes compute."""

from __future__ import annotations

import pytest

from compare.contract import INPUT
from tests.impl_torch.test_rounding import run_module

pytestmark = pytest.mark.torch

each_form = pytest.mark.parametrize("form", ["script", "trace", "program"])


@pytest.fixture(scope="module")
def found():
    return run_module("tests.impl_torch.export_checks")


@each_form
def test_a_file_computes_what_the_model_does_in_inference_mode(found, form):
    assert found["whole"][form]
    assert found["training"], "the mode of the model is restored"


@each_form
def test_a_file_takes_batches_of_another_size(found, form):
    assert found["half"][form]


def test_sizes_vary_unless_the_code_reads_them(found):
    assert found["fixed"] == {"Net": [False, False], "NeedsSizes": [True]}


def test_every_eager_operation_is_recorded(found):
    operations = [name.split(".")[1] for name in found["eager"]]
    assert operations[-1] == "mul"
    assert {"relu", "sub"} <= set(operations)
    assert found["repeated"], "the recorder was removed"


def test_every_node_of_a_program_is_shown_with_its_inputs_and_result(found):
    nodes = {name: (operation, inputs) for name, operation, inputs in found["nodes"]}
    assert [name for name, (operation, _) in nodes.items() if operation == INPUT] == [
        "first",
        "second",
    ]
    assert nodes["relu"] == ("aten.relu.default", ["linear"])
    assert nodes["sub"][1][1] == "second"
    assert found["outputs"]
    assert found["numbers"] == [[0], [1]]


def test_a_format_that_does_not_show_its_nodes_is_named(found):
    assert found["hidden"]["program"] == ""
    for form in ("script", "trace"):
        assert found["hidden"][form].startswith(f"a file of {form} does not show")


def test_images_are_exported_with_the_strides_of_arrays(found):
    """AOTInductor reads an input with other strides in the wrong order."""
    assert found["contiguous"] == [False, True]
