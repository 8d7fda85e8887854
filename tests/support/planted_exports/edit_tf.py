"""Plant a defect in a file of TensorFlow: ``python edit_tf.py NAME FILE``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

NORM = "net_1/batch_normalization_1"


def find(graph, name):
    return next(node for node in graph.node if node.name == name)


def change(graph, name, alter):
    """Replace a constant by what `alter` makes of it."""
    tensor = find(graph, name).attr["value"].tensor
    altered = np.ascontiguousarray(alter(tf.make_ndarray(tensor)))
    tensor.CopyFrom(tf.make_tensor_proto(altered, dtype=tensor.dtype))


def shifted_same_padding(graph):
    node = find(graph, "net_1/conv2d_1_2/convolution")
    node.attr["padding"].s = b"EXPLICIT"
    node.attr["explicit_paddings"].list.i[:] = [0, 0, 1, 0, 1, 0, 0, 0]


def smaller_epsilon(graph):
    change(graph, f"{NORM}/batchnorm/add/y", lambda epsilon: epsilon / 100)


def other_leaky_slope(graph):
    find(graph, "net_1/LeakyRelu").attr["alpha"].f = 0.2


def flipped_kernel(graph):
    name = "net_1/conv2d_1/convolution/ReadVariableOp/resource"
    change(graph, name, lambda kernel: kernel[::-1, ::-1])


def other_flatten_order(graph):
    reshape = find(graph, "net_1/Reshape")
    order = graph.node.add(name="order", op="Const")
    order.attr["dtype"].type = tf.int32.as_datatype_enum
    order.attr["value"].tensor.CopyFrom(tf.make_tensor_proto([0, 3, 1, 2], tf.int32))
    swap = graph.node.add(name="swap", op="Transpose")
    swap.input.extend([reshape.input[0], "order"])
    swap.attr["T"].type = tf.float32.as_datatype_enum
    swap.attr["Tperm"].type = tf.int32.as_datatype_enum
    reshape.input[0] = "swap"


def swapped_statistics(graph):
    mean, variance = (
        find(graph, f"{NORM}/{name}/ReadVariableOp") for name in ("Cast", "Cast_1")
    )
    mean.input[0], variance.input[0] = variance.input[0], mean.input[0]


if __name__ == "__main__":
    name, path = sys.argv[1], Path(sys.argv[2])
    graph = tf.compat.v1.GraphDef.FromString(path.read_bytes())
    globals()[name](graph)
    path.write_bytes(graph.SerializeToString())
