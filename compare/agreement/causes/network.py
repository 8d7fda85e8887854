"""A network as a chain of layers whose parts can be replaced by mistaken ones.

The networks of all workloads but those of quirks are chains of convolutions and dense
layers with a ReLU between two layers. `Network` computes loss and gradients of such a
chain in NumPy. A mistake in a layer or in the loss is a network with one other part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from autograd import numpy as traced
from autograd.extend import defvjp, primitive

from compare.contract import Snapshot
from compare.numerics.convolution import pad_half_kernel
from compare.numerics.differentiation import (
    affine,
    make_differentiable,
    to_arrays,
    value_and_gradients,
)
from compare.numerics.dtypes import round_to_dtype
from compare.numerics.einsum import matmul_einsum
from compare.quirks.operations import extract_padded_windows, log_softmax, one_hot

if TYPE_CHECKING:
    from compare.contract import Array, Arrays, Batch, Dtype, ReferencedWorkload
    from compare.numerics.convolution import Padding

STRIDE = 2  # of the convolutions of a workload that does not define one
Loss = Callable[[Any, "Array"], Any]  # outputs, targets -> the loss
Part = Callable[[str, Any], Any]  # the name of a layer, an array -> an array
product = make_differentiable(matmul_einsum)


def keep(name: str, array: Any) -> Any:  # noqa: ARG001, ANN401
    """Return the array unchanged."""
    return array


def relu(name: str, z: Any) -> Any:  # noqa: ARG001, ANN401
    """Return the ReLU, whose derivative at 0 is 0."""
    return traced.where(z > 0, z, 0)


def pool_mean(x: Any) -> Any:  # noqa: ANN401
    """Return the mean of each channel over all pixels."""
    return product("nhwc->nc", x) / (x.shape[1] * x.shape[2])


def sum_of_squares(outputs: Any, targets: Array) -> Any:  # noqa: ANN401
    """Return the squared error, summed over all elements."""
    error = outputs - targets
    axes = "nabc"[: error.ndim]
    return product(f"{axes},{axes}->", error, error)


def squared_error(outputs: Any, targets: Array) -> Any:  # noqa: ANN401
    """Return the squared error, averaged over the batch."""
    return sum_of_squares(outputs, targets) / len(targets)


def cross_entropy(logits: Any, labels: Array) -> Any:  # noqa: ANN401
    """Return the cross-entropy of logits, averaged over the batch."""
    logarithm = log_softmax(logits, einsum=product)
    return mean_of_labels(logarithm, labels)


def mean_of_labels(logarithm: Any, labels: Array) -> Any:  # noqa: ANN401
    """Return the mean negative logarithm of the labels' probabilities."""
    target = one_hot(labels, like=logarithm)
    return -product("nk,nk->", logarithm, target) / len(labels)


LOSSES: dict[str, Loss] = {
    "sum_of_squares": sum_of_squares,
    "squared_error": squared_error,
    "cross_entropy": cross_entropy,
}


@dataclass(frozen=True, kw_only=True)
class Network:
    """Layers in forward order, and the parts that a mistake may replace."""

    layers: tuple[str, ...]
    stride: int
    loss: Loss
    padding: Callable[[str], Padding] = lambda _: pad_half_kernel
    operand: Part = keep  # inputs and parameters of a layer
    output: Part = keep  # outputs of a layer, before the activation
    activation: Part = relu  # of every layer but the last one
    last: Part = keep  # of the last layer
    pool: Callable[[Any], Any] = pool_mean

    def differentiate(self, parameters: Arrays, batch: Batch) -> Snapshot:
        """Return loss, gradients and activations; the parameters are not updated."""
        activations: dict[str, Any] = {}
        loss, gradients = value_and_gradients(
            lambda state: self.evaluate(state, batch, activations), parameters
        )
        return Snapshot(
            loss=loss,
            gradients=gradients,
            parameters={},
            activations=to_arrays(activations),
        )

    def evaluate(
        self, parameters: Arrays, batch: Batch, activations: dict[str, Any]
    ) -> Any:  # noqa: ANN401 - a value of autograd
        """Return the loss, and store the output of each layer."""
        x: Any = batch["inputs"]
        for name in self.layers:
            activations[name] = self.output(name, self._apply(name, x, parameters))
            is_last = name == self.layers[-1]
            x = (self.last if is_last else self.activation)(name, activations[name])
        return self.loss(x, batch["targets"])

    def _apply(self, name: str, x: Any, parameters: Arrays) -> Any:  # noqa: ANN401
        own = {
            key.rpartition(".")[-1]: self.operand(name, array)
            for key, array in parameters.items()
            if key.startswith(f"{name}.")
        }
        weight, bias = own["weight"], own.get("bias")
        if weight.ndim == 4:  # noqa: PLR2004 - the kernel of a convolution
            z = self._convolve(name, self.operand(name, x), weight)
            return z if bias is None else z + _repeat(bias, like=z)
        x = self.operand(name, self.pool(x) if x.ndim == 4 else x)  # noqa: PLR2004
        if bias is None:
            return product("ni,io->no", x, weight)
        return affine(x, weight, bias, einsum=product)

    def _convolve(self, name: str, x: Any, kernel: Any) -> Any:  # noqa: ANN401
        rows, columns = (
            self.padding(name)(side, size, self.stride)
            for side, size in zip(x.shape[1:3], kernel.shape[:2], strict=True)
        )
        padded = traced.pad(x, ((0, 0), rows, columns, (0, 0)), "constant")
        windows = extract_padded_windows(
            padded, size=kernel.shape[0], stride=self.stride, padding=(0, 0)
        )
        return product("nhwijc,ijco->nhwo", windows, kernel)


def network_of(workload: ReferencedWorkload) -> Network | None:
    """Return the network of a workload; ``None`` if it is not such a chain."""
    if workload.loss not in LOSSES or workload.model == "quirk":
        return None
    names = workload.parameters("float64")
    if not all(name.rpartition(".")[-1] in ("weight", "bias") for name in names):
        return None
    return Network(
        layers=tuple(dict.fromkeys(name.rpartition(".")[0] for name in names)),
        stride=workload.sizes.get("stride", STRIDE),
        loss=LOSSES[workload.loss],
    )


def rounding(dtype: Dtype) -> Callable[[Any], Any]:
    """Return a cast to a dtype and back; it rounds gradients as well."""
    return lambda array: _rounded(array, dtype)


@primitive  # type: ignore[untyped-decorator]
def _rounded(array: Array, dtype: Dtype) -> Array:
    return round_to_dtype(np.asarray(array), dtype).astype("float64")


defvjp(_rounded, lambda _, __, dtype: lambda g: _rounded(g, dtype), None)


def _repeat(bias: Any, *, like: Any) -> Any:  # noqa: ANN401
    ones = np.ones(like.shape[:-1])
    return product("nhw,z->nhwz", ones, bias)
