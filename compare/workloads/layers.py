"""Equal dense layers, in order to measure what each of them costs.

It is the network of `mlp`, given by depth and width. The initial weights are close to
the identity, so that values and gradients neither vanish nor overflow in 64 layers.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log2
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from compare.numerics.dtypes import round_to_dtype
from compare.numerics.einsum import matmul_einsum
from compare.workloads import probing
from compare.workloads.mlp import Mlp
from compare.workloads.random_data import draw_small_bias
from compare.workloads.requirements import require_at_least, require_positive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compare.contract import (
        Array,
        Arrays,
        Batch,
        Dtype,
        Einsum,
        Optimizer,
        Reference,
        Snapshot,
    )


@dataclass(frozen=True, kw_only=True)
class Layers:
    """The number of layers, and the width of each."""

    batch: int = 8
    layers: int = 4
    width: int = 64
    # Divided by layers x width, because the curvature grows with both.
    learning_rate: float = 2.0**-4
    is_probe: bool = False  # inputs and biases chosen to expose errors, see `probing`
    seed: int = 0

    model: ClassVar[str] = "mlp"
    loss: ClassVar[str] = "squared_error"

    def __post_init__(self) -> None:
        """Reject configurations that cannot run."""
        require_at_least(self, batch=1, layers=1, width=1, seed=0)
        require_positive(self, "learning_rate")

    @property
    def network(self) -> Mlp:
        """Return the workload of the same network and data, given by its widths.

        Its learning rate is rounded down to a power of two, which float32 represents.
        """
        rate = self.learning_rate / (self.layers * self.width)
        return Mlp(
            batch=self.batch,
            widths=(self.width,) * (self.layers + 1),
            learning_rate=2.0 ** floor(log2(rate)),
            is_probe=self.is_probe,
            seed=self.seed,
        )

    @property
    def optimizer(self) -> Optimizer:
        """Gradient descent."""
        return self.network.optimizer

    @property
    def sizes(self) -> Mapping[str, Any]:
        """Return the keyword arguments of the model."""
        return self.network.sizes

    @property
    def flops_per_step(self) -> float:
        """Count three products per layer; the first layer needs no input gradient."""
        return self.network.flops_per_step

    def probe(self) -> Layers:
        """Return three layers with inputs and biases chosen to expose errors."""
        return Layers(batch=probing.BATCH, layers=3, width=11, is_probe=True)

    @property
    def respelled(self) -> Mapping[str, Reference]:
        """Empty, as of `mlp`."""
        return self.network.respelled

    def parameters(self, dtype: Dtype) -> Arrays:
        """Return weights close to the identity and small biases.

        Weights are ``I + E``. The elements of E are normal with a variance of
        ``1 / (4 * layers * width)``, so that all layers together change the length of a
        vector by a factor of about two at most.

        Shape:
            ``layerK.weight`` (width, width), ``layerK.bias`` (width,).
        """
        rng = np.random.default_rng([self.seed, 0])
        deviation = 0.5 / np.sqrt(self.layers * self.width)
        arrays: dict[str, Array] = {}
        for layer in range(1, self.layers + 1):
            weight = deviation * rng.standard_normal((self.width, self.width))
            weight += np.eye(self.width)
            bias = draw_small_bias(rng, self.width, is_probe=self.is_probe)
            bias /= 1 if self.is_probe else self.layers
            arrays[f"layer{layer}.weight"] = round_to_dtype(weight, dtype)
            arrays[f"layer{layer}.bias"] = round_to_dtype(bias, dtype)
        return arrays

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[Batch]:
        """Return the data of `mlp`.

        Shape:
            ``inputs`` (batch, width), ``targets`` (batch, width).
        """
        return self.network.batches(dtype, epoch=epoch)

    def reference(
        self,
        parameters: Arrays,
        batch: Batch,
        *,
        einsum: Einsum = matmul_einsum,
        memory: Mapping[str, Array] = {},
    ) -> Snapshot:
        """Compute one training step, with gradients from autograd."""
        return self.network.reference(parameters, batch, einsum=einsum, memory=memory)
