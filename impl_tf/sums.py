"""How many terms each operation sums, and the sum of their magnitudes."""

from collections.abc import Callable, Sequence
from functools import partial
from math import ceil, prod
from typing import Any

import numpy as np
import tensorflow as tf

from impl_tf.executed import Executed, memory, run_unrecorded

_SAMPLE = 2**16  # terms in which equal ones are counted


def count_terms(op: Executed) -> int | None:
    """Return how many terms a sum has; 0 if exact, None if it is no sum."""
    if op.kind in PRODUCTS:
        return PRODUCTS[op.kind](op)
    if op.kind in SUMS:
        n = SUMS[op.kind](op)
        # A sum of one term is that term, in every arithmetic.
        return n if n > 1 else 0
    return None


def sum_magnitudes(op: Executed, *, dtype: tf.DType) -> Any:
    """Return the operation's first output for the magnitudes of its inputs.

    Only an input that is summed counts by its magnitude. The precision of
    float32 is enough for an error bound, and takes half the time.
    """
    if op.kind in _MAXIMA:  # which compare their first inputs: keep them
        *compared, summed = op.inputs
        inputs = [*compared, _magnitude(summed, dtype=summed.dtype)]
        return run_unrecorded(op.kind, inputs, op.attributes)[0]
    inputs = [
        _magnitude(x, dtype=dtype) if x.dtype == tf.float64 else x
        for x in op.inputs
    ]
    changed = {
        name: dtype if name == "T" and value == tf.float64 else value
        for name, value in op.attributes.items()
    }
    return run_unrecorded(op.kind, inputs, changed)[0]


def _magnitude(tensor: Any, *, dtype: tf.DType) -> Any:
    types = {"SrcT": tensor.dtype, "DstT": dtype}
    (cast,) = run_unrecorded("Cast", [tensor], types)
    return run_unrecorded("Abs", [cast], {"T": dtype})[0]


def _reduced(op: Executed) -> int:
    return op.size(0) // max(1, prod(op.outputs[0].shape))


def _in_order(op: Executed) -> int:
    """Return the terms of a sum, times how often each of them occurs.

    Rounding errors of equal terms are equal and do not cancel. TensorFlow
    adds along outer axes one term after another: an error of a mean's
    gradient, the same for each pixel, grows with the number of pixels.
    """
    n = _reduced(op)
    return n * min(n, _count_repeats(memory(op.inputs[0]))) if n > 1 else n


def _count_repeats(array: Any) -> int:
    """Return how often a number other than zero occurs, on average.

    Numbers that differ by a few units of float32 are counted as equal.
    """
    values = array.ravel()[:_SAMPLE]
    rounded = values[values != 0].astype("float32")
    if not rounded.size:
        return 1
    distinct = np.unique(rounded.view("int32") >> 5).size
    return max(1, round(rounded.size / distinct))


def _inner(op: Executed, *, transposed: str) -> int:
    is_transposed = op.attributes.get(transposed)
    return int(op.inputs[0].shape[-2 if is_transposed else -1])


def _einsum(op: Executed) -> int:
    equation = op.attributes["equation"]
    text = equation.decode() if isinstance(equation, bytes) else equation
    operands, output = text.split("->")
    sizes: dict[str, int] = {}
    for indices, array in zip(operands.split(","), op.inputs, strict=True):
        before, _, after = indices.partition("...")
        shape = tuple(array.shape)
        sizes |= dict(zip(before, shape, strict=False))
        sizes |= dict(zip(after[::-1], shape[::-1], strict=False))
    n = prod(n for index, n in sizes.items() if index not in output)
    # One operand without a sum is only transposed.
    return 0 if n == len(op.inputs) == 1 else n


def _windows(op: Executed, *, size: Sequence[int]) -> int:
    """Return how many windows of a size an element is in, at most."""
    strides = op.attributes["strides"]
    middle = strides[1:-1] if len(strides) > len(size) else strides
    return prod(ceil(n / s) for n, s in zip(size, middle, strict=True))


def _to_input(op: Executed, *, axis: int) -> int:
    """Return the terms of a gradient of a convolution's input."""
    kernel = op.inputs[1].shape
    return _windows(op, size=kernel[:-2]) * int(kernel[axis])


def _to_kernel(op: Executed) -> int:
    """Return the terms of a gradient of a kernel: all output positions."""
    return prod(op.inputs[2].shape[:-1])


def _pooled(op: Executed) -> int:
    """Return how many windows of a pooling overlap."""
    return _windows(op, size=op.attributes["ksize"])


def _most_repeated(op: Executed, *, indices: int) -> int:
    """Return how often the most frequent index occurs."""
    rows = op.inputs[indices].numpy()
    if not rows.size:
        return 1
    if rows.ndim > 1:
        rows = rows.reshape(-1, rows.shape[-1])
    return int(np.unique(rows, axis=0, return_counts=True)[1].max())


def _by_index(op: Executed) -> int:
    return _most_repeated(op, indices=1)


# The gradient of a maximum compares its first inputs, which must keep signs.
_MAXIMA = ("MaxPoolGrad", "MaxPool3DGrad")

# Products also round where a sum has a single term.
PRODUCTS: dict[str, Callable[[Executed], int]] = {
    "MatMul": partial(_inner, transposed="transpose_a"),
    **dict.fromkeys(
        ("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3"),
        partial(_inner, transposed="adj_x"),
    ),
    "Einsum": _einsum,
    "SparseTensorDenseMatMul": lambda op: op.inputs[3].shape[0],
    **dict.fromkeys(
        ("Conv2D", "Conv3D"), lambda op: prod(op.inputs[1].shape[:-1])
    ),
    **dict.fromkeys(
        ("Conv2DBackpropInput", "Conv3DBackpropInputV2"),
        partial(_to_input, axis=-1),
    ),
    **dict.fromkeys(
        (
            "Conv2DBackpropFilter",
            "Conv3DBackpropFilterV2",
            "DepthwiseConv2dNativeBackpropFilter",
        ),
        _to_kernel,
    ),
    "DepthwiseConv2dNative": lambda op: prod(op.inputs[1].shape[:-2]),
    "DepthwiseConv2dNativeBackpropInput": partial(_to_input, axis=-1),
    "L2Loss": lambda op: op.size(0),
    "EuclideanNorm": _reduced,
    **dict.fromkeys(("ResizeBilinear", "ResizeBicubic"), lambda _: 16),
    **dict.fromkeys(
        ("ResizeBilinearGrad", "ResizeBicubicGrad"),
        lambda op: 16 * max(1, _reduced(op)),
    ),
}
SUMS: dict[str, Callable[[Executed], int]] = {
    **dict.fromkeys(("Sum", "Mean", "BiasAddGrad"), _in_order),
    "ResizeNearestNeighborGrad": _reduced,
    **dict.fromkeys(("AddN", "AccumulateNV2"), lambda op: len(op.inputs)),
    "Cumsum": lambda op: op.inputs[0].shape[int(op.inputs[1])],
    **dict.fromkeys(
        ("AvgPool", "AvgPool3D"), lambda op: prod(op.attributes["ksize"])
    ),
    **dict.fromkeys(("AvgPoolGrad", "AvgPool3DGrad", *_MAXIMA), _pooled),
    **dict.fromkeys(
        ("UnsortedSegmentSum", "SegmentSum", "SegmentMean"), _by_index
    ),
    **dict.fromkeys(
        ("SparseSegmentSum", "SparseSegmentMean", "SparseSegmentSqrtN"),
        partial(_most_repeated, indices=2),
    ),
    **dict.fromkeys(
        (
            "SparseSegmentSumGrad",
            "SparseSegmentMeanGrad",
            "SparseSegmentSqrtNGrad",
        ),
        _by_index,
    ),
    "ScatterNd": partial(_most_repeated, indices=0),
    **dict.fromkeys(
        ("TensorScatterAdd", "TensorScatterSub"),
        lambda op: 1 + _most_repeated(op, indices=1),
    ),
    **dict.fromkeys(("MirrorPadGrad",), lambda _: 4),
}
