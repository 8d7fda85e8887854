"""Plant a defect in a file of PyTorch: ``python edit_torch.py NAME FILE``."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper


def find(graph, operation, number=0):
    return [node for node in graph.node if node.op_type == operation][number]


def set_attribute(node, name, value):
    for attribute in node.attribute:
        if attribute.name == name:
            node.attribute.remove(attribute)
            break
    node.attribute.append(helper.make_attribute(name, value))


def change(graph, name, alter):
    """Replace a stored tensor by what `alter` makes of it."""
    for tensor in graph.initializer:
        if tensor.name == name:
            altered = np.ascontiguousarray(alter(numpy_helper.to_array(tensor)))
            tensor.CopyFrom(numpy_helper.from_array(altered, name))
            return
    raise LookupError(name)


def transposed_weight(graph):
    change(graph, "square.weight", np.transpose)


def larger_epsilon(graph):
    set_attribute(find(graph, "BatchNormalization"), "epsilon", 1e-3)


def shifted_padding(graph):
    set_attribute(find(graph, "Conv"), "pads", [2, 2, 0, 0])


def training_mode(graph):
    node = find(graph, "BatchNormalization")
    set_attribute(node, "training_mode", 1)
    node.output.extend(["new_mean", "new_variance"])


def approximate_gelu(graph):
    set_attribute(find(graph, "Gelu"), "approximate", "tanh")


def other_slope(graph):
    set_attribute(find(graph, "LeakyRelu"), "alpha", 0.02)


def other_softmax_axis(graph):
    set_attribute(find(graph, "Softmax"), "axis", 1)


def padding_not_counted(graph):
    set_attribute(find(graph, "AveragePool"), "count_include_pad", 0)


def larger_layer_epsilon(graph):
    set_attribute(find(graph, "LayerNormalization"), "epsilon", 1e-3)


def other_scale(graph):
    change(graph, find(graph, "Div").input[1], lambda scale: scale**2)


def missing_bias(graph):
    change(graph, "head.bias", np.zeros_like)


def half_precision_weight(graph):
    change(graph, "square.weight", lambda w: w.astype("float16").astype("float32"))


def swapped_concatenation(graph):
    node = find(graph, "Concat")
    node.input[:] = node.input[::-1]


def frozen_size(graph):
    shape = find(graph, "Reshape").input[1]
    change(graph, shape, lambda sizes: np.where(sizes == -1, 8, sizes))


def rounded_constant(graph):
    node = next(node for node in graph.nodes if node.name == "mul")
    node.args = (node.args[0], 2.001)


def batch_statistics(graph):
    node = next(node for node in graph.nodes if node.name == "batch_norm")
    node.args = (*node.args[:5], True, *node.args[6:])


def edit_onnx(edit: Callable, path: str) -> None:
    model = onnx.load(path)
    edit(model.graph)
    onnx.save(model, path)


def edit_program(edit: Callable, path: str) -> None:
    program = torch.export.load(path)
    edit(program.graph)
    program.graph_module.recompile()
    torch.export.save(program, path)


if __name__ == "__main__":
    name, path = sys.argv[1:]
    apply = edit_onnx if path.endswith(".onnx") else edit_program
    apply(globals()[name], path)
