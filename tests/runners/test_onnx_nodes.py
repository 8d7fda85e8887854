"""ONNX files, evaluated node by node and run by ONNX Runtime."""

from __future__ import annotations

import os
import sys

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from compare.contract import INPUT
from compare.machine import available_cores
from compare.runners.onnx_nodes import (
    LAYER,
    as_float,
    find_layer,
    number_outputs,
    trace_onnx,
)
from compare.runners.process import RunnerProcess

FACTOR = np.float32([2.0, -1.0])
X = np.float32([[1, 2], [3, 4], [5, 6]])


def write(path, *nodes, outputs=("y",), opset=18):
    """Write a model of an input ``x`` (N, 2) and a constant ``factor``."""
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 2])],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in outputs],
        [numpy_helper.from_array(FACTOR, "factor")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 9
    onnx.save(model, path)
    return path


PRODUCT = helper.make_node("Mul", ["x", "factor"], ["product"], name="scaling")
RELU = helper.make_node("Relu", ["product"], ["y"])
SHAPE = helper.make_node("Shape", ["product"], ["sizes"])


def test_every_node_has_its_operation_inputs_and_result(tmp_path):
    path = write(tmp_path / "model.onnx", PRODUCT, SHAPE, RELU)
    found = {node.name: node for node in trace_onnx(path, [X])}
    assert list(found) == ["x", "product", "sizes", "y"]
    assert (found["x"].operation, found["x"].inputs) == (INPUT, ())
    assert found["product"].operation == "Mul"
    assert found["product"].inputs == ("x", "factor")
    assert np.array_equal(found["product"].value, X * FACTOR)
    assert np.array_equal(found["y"].value, np.maximum(X * FACTOR, 0))
    assert found["sizes"].value is None, "integers are not compared"


def test_every_output_of_a_node_is_a_node(tmp_path):
    split = helper.make_node("Split", ["x"], ["a", "b"], axis=1, num_outputs=2)
    path = write(tmp_path / "model.onnx", split, outputs=("a", "b"))
    found = {node.name: node.value for node in trace_onnx(path, [X])}
    assert np.array_equal(found["a"], X[:, :1])
    assert np.array_equal(found["b"], X[:, 1:])


def test_a_node_that_computes_outputs_has_their_numbers(tmp_path):
    split = helper.make_node("Split", ["x"], ["a", "b"], axis=1, num_outputs=2)
    relu = helper.make_node("Relu", ["a"], ["c"])
    path = write(tmp_path / "model.onnx", split, relu, outputs=("c", "a", "x"))
    found = {node.name: node.outputs for node in trace_onnx(path, [X])}
    assert found == {"x": (2,), "a": (1,), "b": (), "c": (0,)}
    assert number_outputs("a", ["a", "b", "a"]) == (0, 2)


def test_a_result_that_is_left_out_is_no_node(tmp_path):
    clip = helper.make_node("Clip", ["x", "", "factor_max"], ["y"])
    limit = helper.make_node("ReduceMax", ["factor"], ["factor_max"], keepdims=0)
    path = write(tmp_path / "model.onnx", limit, clip)
    found = {node.name: node for node in trace_onnx(path, [X])}
    assert found["y"].inputs == ("x", "factor_max")
    assert found["y"].value.max() == 2


def test_a_node_has_the_place_that_it_was_exported_from(tmp_path):
    layered = helper.make_node("Relu", ["product"], ["y"], name="relu_3")
    layered.metadata_props.add(key=LAYER, value="['', 'net', 'net.relu', 'relu_3']")
    path = write(tmp_path / "model.onnx", PRODUCT, layered)
    places = {node.name: node.place for node in trace_onnx(path, [X])}
    assert places == {"x": "", "product": "scaling", "y": "net.relu"}


@pytest.mark.parametrize(
    ("value", "layer"),
    [
        ("['', 'relu']", ""),
        ("['', 'head', '']", "head"),
        ('["", "head", "linear"]', "head"),
        ("[]", ""),
    ],
)
def test_the_layer_is_the_last_one_before_the_node_itself(value, layer):
    node = helper.make_node("Relu", ["x"], ["y"])
    node.metadata_props.add(key="another", value="['', 'wrong', 'relu']")
    node.metadata_props.add(key=LAYER, value=value)
    assert find_layer(node) == layer


def test_a_file_that_the_evaluator_refuses_has_the_reason(tmp_path):
    unknown = helper.make_node("Unheard", ["x"], ["y"], domain="other")
    path = write(tmp_path / "model.onnx", unknown)
    with pytest.raises(NotImplementedError, match="ONNX's evaluator: "):
        trace_onnx(path, [X])


@pytest.mark.parametrize("value", [np.arange(3), np.array([True]), 1.5, [1.5], None])
def test_only_floating_point_arrays_are_compared(value):
    assert as_float(value) is None
    assert as_float(X) is X


@pytest.fixture
def run_onnx(tmp_path):
    """Return a function that runs a file with ONNX Runtime, on two cases."""

    def run(path, *, inputs="", outputs=""):
        cases = [tmp_path / "whole", tmp_path / "half"]
        for case, rows in zip(cases, (3, 1), strict=True):
            case.mkdir()
            np.save(case / "input_0.npy", X[:rows])
        command = [sys.executable, "-m", "compare.runners.onnx_runtime"]
        with RunnerProcess(
            [*command, str(path), inputs, outputs, *map(str, cases)],
            environment=os.environ,
            cores=available_cores()[:1],
            log=tmp_path / "log",
        ) as runner:
            assert runner.time_calls(2) > 0
        return [
            [np.load(file) for file in sorted(case.glob("output_*.npy"))]
            for case in cases
        ]

    return run


def test_onnx_runtime_runs_a_file_on_batches_of_any_size(run_onnx, tmp_path):
    path = write(tmp_path / "model.onnx", PRODUCT, RELU, outputs=("y", "product"))
    for (rectified, product), rows in zip(run_onnx(path), (3, 1), strict=True):
        assert np.array_equal(product, X[:rows] * FACTOR)
        assert np.array_equal(rectified, np.maximum(product, 0))


def test_onnx_runtime_returns_the_named_floating_point_outputs(run_onnx, tmp_path):
    path = write(tmp_path / "model.onnx", PRODUCT, SHAPE, RELU, outputs=("y",))
    model = onnx.load(path)
    sizes = helper.make_tensor_value_info("sizes", TensorProto.INT64, [2])
    product = helper.make_tensor_value_info("product", TensorProto.FLOAT, None)
    model.graph.output.extend([sizes, product])
    onnx.save(model, path)
    whole, _ = run_onnx(path, inputs="x", outputs="product,sizes,y")
    assert len(whole) == 2
    assert np.array_equal(whole[0], X * FACTOR)
    assert np.array_equal(whole[1], np.maximum(X * FACTOR, 0))
