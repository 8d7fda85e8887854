"""Operations that are exact, that update variables, or that hide others."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.framework import ops

from impl_tf.executed import Executed, run_unrecorded

STEP = 2.0**-26  # of difference quotients: the root of float64's unit

# They copy, select, compare or draw; or they hold what others computed.
EXACT = frozenset(
    """
    Abs ArgMax ArgMin AssignVariableOp BatchToSpace BatchToSpaceND Bitcast
    BroadcastArgs BroadcastGradientArgs BroadcastTo Bucketize Cast Ceil
    CheckNumerics ClipByValue Concat ConcatV2 Conj ConjugateTranspose Copy
    CopyHost DeepCopy DepthToSpace DestroyResourceOp Diag DiagPart
    DynamicPartition DynamicStitch EagerPyFunc Empty EnsureShape Equal
    ExpandDims ExtractImagePatches Fill Floor Gather GatherNd GatherV2
    Greater GreaterEqual Identity IdentityN Imag InTopKV2 IsFinite IsInf
    IsNan Less LessEqual LookupTableFindV2 MatrixBandPart MatrixDiag
    MatrixDiagPart MatrixDiagPartV2 MatrixDiagPartV3 MatrixDiagV2
    MatrixDiagV3 MatrixSetDiag MatrixSetDiagV2 MatrixSetDiagV3 Max MaxPool
    MaxPool3D MaxPoolGradGrad MaxPoolGradGradWithArgmax MaxPoolV2
    MaxPoolWithArgmax Maximum Min Minimum MirrorPad Multinomial Neg NotEqual
    OneHot OnesLike Pack Pad PadV2 ParallelDynamicStitch
    ParameterizedTruncatedNormal PlaceholderWithDefault PreventGradient
    PyFunc RandomGamma RandomPoissonV2 RandomShuffle Rank ReadVariableOp
    Real RefIdentity Relu Relu6 Relu6Grad ReluGrad Reshape
    ResizeNearestNeighbor ResourceGather ResourceGatherNd ResourceScatterMax
    ResourceScatterMin ResourceScatterNdUpdate ResourceScatterUpdate Reverse
    ReverseSequence ReverseV2 Rint Roll Round Select SelectV2 Shape ShapeN
    Sign Size Slice Snapshot SpaceToBatch SpaceToBatchND SpaceToDepth Split
    SplitV Squeeze StatelessMultinomial
    StatelessParameterizedTruncatedNormal StatelessRandomBinomial
    StatelessRandomGammaV2 StatelessRandomGammaV3 StatelessRandomPoisson
    StopGradient StridedSlice StridedSliceGrad TensorArrayGatherV3
    TensorArrayReadV3 TensorArrayScatterV3 TensorArraySplitV3
    TensorArrayWriteV3 TensorScatterMax TensorScatterMin TensorScatterUpdate
    TensorStridedSliceUpdate Tile TopK TopKV2 Transpose Unique UniqueV2
    Unpack UnsortedSegmentMax UnsortedSegmentMin VarHandleOp Where ZerosLike
    """.split()  # noqa: SIM905 - a list of literals would fill a page
)

# They round what they store in a variable.
UPDATES = frozenset(
    """
    AssignAddVariableOp AssignSubVariableOp
    ResourceApplyAdaMax ResourceApplyAdadelta ResourceApplyAdagrad
    ResourceApplyAdagradV2 ResourceApplyAdam ResourceApplyAdamWithAmsgrad
    ResourceApplyCenteredRMSProp ResourceApplyFtrl ResourceApplyFtrlV2
    ResourceApplyGradientDescent ResourceApplyKerasMomentum
    ResourceApplyMomentum ResourceApplyRMSProp
    ResourceScatterAdd ResourceScatterDiv ResourceScatterMul
    ResourceScatterNdAdd ResourceScatterNdSub ResourceScatterSub
    ResourceSparseApplyAdadelta ResourceSparseApplyAdagrad
    ResourceSparseApplyAdagradV2 ResourceSparseApplyCenteredRMSProp
    ResourceSparseApplyFtrl ResourceSparseApplyFtrlV2
    ResourceSparseApplyKerasMomentum ResourceSparseApplyMomentum
    ResourceSparseApplyRMSProp
    """.split()  # noqa: SIM905 - a list of literals would fill a page
)


def _shifted(logits: Any) -> Any:
    """Return the distance of each logit from the largest of its row."""
    return logits.max(axis=-1, keepdims=True, initial=-np.inf) - logits


def _softmax_errors(logits: Any) -> Any:
    """Return softmax and its errors: of exp's argument, sum and quotient."""
    distance = _shifted(logits)
    each = np.exp(-distance)
    value = each / each.sum(axis=-1, keepdims=True)
    return value, value * (np.sqrt(logits.shape[-1]) + 3 + distance)


def _softmax(op: Executed, logits: Any) -> list[Any]:
    return [_softmax_errors(logits)[1]]


def _log_softmax(op: Executed, logits: Any) -> list[Any]:
    distance = _shifted(logits)
    result = -op.outputs[0].numpy()
    # The logarithm of a sum has the sum's relative error as absolute error.
    return [result + distance + np.sqrt(logits.shape[-1])]


def _sparse_cross_entropy(op: Executed, logits: Any, labels: Any) -> list[Any]:
    probability, error = _softmax_errors(logits)
    loss, gradient = (output.numpy() for output in op.outputs)
    distance = _shifted(logits)
    chosen = np.take_along_axis(distance, labels[:, None], axis=-1)[:, 0]
    of_sum = np.sqrt(logits.shape[-1]) + (probability * distance).sum(axis=-1)
    return [np.abs(loss) + chosen + of_sum, error + np.abs(gradient)]


def _cross_entropy(op: Executed, logits: Any, labels: Any) -> list[Any]:
    probability, error = _softmax_errors(logits)
    loss, gradient = (output.numpy() for output in op.outputs)
    distance, weights = _shifted(logits), np.abs(labels)
    of_sum = np.sqrt(logits.shape[-1]) + (probability * distance).sum(axis=-1)
    terms = (weights * distance).sum(axis=-1) + weights.sum(axis=-1) * of_sum
    return [np.abs(loss) + terms, error + np.abs(gradient)]


def _tanh_gradient(op: Executed, output: Any, gradient: Any) -> list[Any]:
    """1 - y * y cancels where the function is saturated."""
    result = op.outputs[0].numpy()
    return [np.abs(gradient) * output**2 + 2 * np.abs(result)]


def _product(op: Executed, array: Any, axes: Any) -> list[Any]:
    result = np.abs(op.outputs[0].numpy())
    return [result * np.sqrt(array.size / max(1, result.size))]


def _factorization(op: Executed, *arrays: Any) -> list[Any]:
    """A stable algorithm computes the exact result of moved inputs.

    Their error is ``sqrt(n)`` units; a difference quotient is the result's.
    """
    signs = np.random.default_rng(0)
    inputs = [
        tf.constant(a * (1 + STEP * signs.choice((-1, 1), a.shape)), a.dtype)
        for a in arrays
    ]
    moved = run_unrecorded(
        op.kind, inputs, op.attributes, outputs=len(op.outputs)
    )
    n = np.sqrt(arrays[0].shape[-1])
    return [
        np.abs(new.numpy() - old.numpy()) * (2 * n / STEP) + abs(old.numpy())
        for new, old in zip(moved, op.outputs, strict=True)
    ]


# The errors of every output, in units. The one-unit rule misses inner sums.
# The fused batch normalization has no kernel for float64.
KERNELS: dict[str, Callable[..., list[Any]]] = {
    "Softmax": _softmax,
    "LogSoftmax": _log_softmax,
    "SparseSoftmaxCrossEntropyWithLogits": _sparse_cross_entropy,
    "SoftmaxCrossEntropyWithLogits": _cross_entropy,
    "TanhGrad": _tanh_gradient,
    "Prod": _product,
    **dict.fromkeys(
        (
            *("Cholesky", "MatrixDeterminant", "MatrixInverse"),
            *("LogMatrixDeterminant", "MatrixSolve", "Qr", "Svd"),
            *("MatrixTriangularSolve", "SelfAdjointEigV2"),
        ),
        _factorization,
    ),
}


def is_scaling(op: Executed) -> bool:
    """Return whether an operation scales by a power of two, which is exact."""
    factors = op.inputs[-1:] if op.kind == "RealDiv" else op.inputs
    return op.kind in {"Mul", "RealDiv"} and any(
        each.shape.rank == 0 and abs(np.frexp(each.numpy())[0]) == 1 / 2
        for each in factors
    )


def is_whole_number(op: Executed) -> bool:
    """Return whether a whole number is the difference of two, which is exact.

    An example is the exponent of a gradient, ``2 - 1``: a negative number to
    the power of a moved one would be NaN.
    """
    values = [*op.inputs, *op.outputs]
    return op.kind == "Sub" and all(
        each.shape.rank == 0 and float(each.numpy()).is_integer()
        for each in values
    )


def updated_rows(op: Executed) -> Any:
    """Return an index of the rows of a variable that an operation updates."""
    if not op.kind.startswith(("ResourceScatter", "ResourceSparse")):
        return ...
    indices = next(x for x in op.inputs if x.dtype.is_integer).numpy()
    if "Nd" not in op.kind:
        return np.unique(indices)
    rows = np.unique(indices.reshape(-1, indices.shape[-1]), axis=0)
    return tuple(rows.T)


@contextmanager
def grouped_convolutions() -> Iterator[None]:
    """Let grouped convolutions have gradients in eager mode on a CPU.

    TensorFlow has no kernel for them, so Keras compiles such a layer with
    XLA, which does not run here. A gradient is computed group by group.
    """
    registered = ops.gradient_registry._registry["Conv2D"]
    gradient = registered["type"]

    def by_group(op: Any, upstream: Any) -> Any:
        inputs, kernel = op.inputs
        groups = inputs.shape[-1] // kernel.shape[-2]
        if groups == 1:
            return gradient(op, upstream)
        parts = zip(
            *(tf.split(x, groups, -1) for x in (inputs, kernel, upstream)),
            strict=True,
        )
        found = [
            gradient(SimpleNamespace(inputs=(x, k), get_attr=op.get_attr), up)
            for x, k, up in parts
        ]
        return [tf.concat(each, -1) for each in zip(*found, strict=True)]

    registered["type"] = by_group
    try:
        yield
    finally:
        registered["type"] = gradient
