"""A chain of convolutions of any depth and kernel size, with a ReLU between layers.

Padding is half the kernel on every side. The loss is the squared error averaged over
the batch, the optimizer plain gradient descent, the images are random. No suite
contains it: tests draw random configurations. `cnn` remains a typical network.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from compare.contract import Optimizer, Snapshot
from compare.numerics.convolution import ConvolutionChain
from compare.numerics.dtypes import round_to_dtype
from compare.numerics.einsum import matmul_einsum, sgd_step
from compare.workloads.requirements import (
    require_at_least,
    require_each_at_least,
    require_positive,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compare.contract import Array, Arrays, Batch, Dtype, Einsum, Reference


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Channels from images to outputs, and the scale of the data."""

    batch: int = 4
    side: int = 8  # of the images
    widths: tuple[int, ...] = (3, 8, 6)
    kernel: int = 3
    stride: int = 2
    learning_rate: float = 2.0**-8
    scale: float = 1.0  # multiplies inputs, targets and initial biases
    seed: int = 0

    model: ClassVar[str] = "stack"
    loss: ClassVar[str] = "squared_error"

    def __post_init__(self) -> None:
        """Reject configurations that cannot run."""
        require_at_least(self, batch=1, side=1, kernel=1, stride=1, seed=0)
        require_each_at_least(self, "widths", bound=1, length=2)
        require_positive(self, "learning_rate")
        require_positive(self, "scale")

    @property
    def optimizer(self) -> Optimizer:
        """Gradient descent at this learning rate."""
        return Optimizer(name="gradient_descent", learning_rate=self.learning_rate)

    @property
    def sizes(self) -> Mapping[str, Any]:
        """Return the keyword arguments of the model."""
        return {"widths": self.widths, "kernel": self.kernel, "stride": self.stride}

    @property
    def flops_per_step(self) -> float:
        """Count three products per layer; the first layer needs no input gradient."""
        area = self.kernel * self.kernel
        first, *others = (
            side * side * area * inputs * outputs
            for side, (inputs, outputs) in zip(
                self._sides[1:], pairwise(self.widths), strict=True
            )
        )
        return 2.0 * self.batch * (2 * first + 3 * sum(others))

    @property
    def respelled(self) -> Mapping[str, Reference]:
        """Empty: likely causes are not searched for this workload."""
        return {}

    def parameters(self, dtype: Dtype) -> Arrays:
        """Return He-normal kernels and small biases.

        Shape:
            ``convK.weight`` (kernel, kernel, in, out), ``convK.bias`` (out,).
        """
        rng = np.random.default_rng([self.seed, 0])
        arrays: dict[str, Array] = {}
        for name, (inputs, outputs) in zip(
            self._layers, pairwise(self.widths), strict=True
        ):
            shape = (self.kernel, self.kernel, inputs, outputs)
            deviation = np.sqrt(2 / (self.kernel * self.kernel * inputs))
            bias = 0.25 * self.scale * rng.standard_normal(outputs)
            kernel = deviation * rng.standard_normal(shape)
            arrays[f"{name}.weight"] = round_to_dtype(kernel, dtype)
            arrays[f"{name}.bias"] = round_to_dtype(bias, dtype)
        return arrays

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[Batch]:  # noqa: ARG002
        """Return one batch, the same in every epoch.

        Shape:
            ``inputs`` (batch, side, side, first width), ``targets`` (batch, last side,
            last side, last width).
        """
        rng = np.random.default_rng([self.seed, 1])
        first, last = self._sides[0], self._sides[-1]
        inputs = rng.standard_normal((self.batch, first, first, self.widths[0]))
        targets = rng.standard_normal((self.batch, last, last, self.widths[-1]))
        yield {
            "inputs": round_to_dtype(self.scale * inputs, dtype),
            "targets": round_to_dtype(self.scale * targets, dtype),
        }

    def reference(
        self,
        parameters: Arrays,
        batch: Batch,
        *,
        einsum: Einsum = matmul_einsum,
        memory: Mapping[str, Array] = {},  # noqa: ARG002 - the optimizer has no state
    ) -> Snapshot:
        """Compute one training step, with gradients derived by hand."""
        chain = ConvolutionChain(names=self._layers, stride=self.stride)
        layers = chain.forward(batch["inputs"], parameters, einsum=einsum)
        error = layers[-1].outputs - batch["targets"]
        loss = einsum("nhwo,nhwo->", error, error) / self.batch
        d_outputs = 2 * error / self.batch
        found = chain.backward(layers, d_outputs, parameters, einsum=einsum)
        gradients = {name: found[name] for name in parameters}
        return Snapshot(
            loss=np.asarray(loss),
            gradients=gradients,
            parameters=sgd_step(parameters, gradients, optimizer=self.optimizer),
            activations=chain.outputs(layers),
        )

    @property
    def _layers(self) -> tuple[str, ...]:
        return tuple(f"conv{number}" for number in range(1, len(self.widths)))

    @property
    def _sides(self) -> list[int]:
        """Return the side length of the images, then of each layer's outputs."""
        sides = [self.side]
        for _ in self._layers:
            padded = sides[-1] + 2 * (self.kernel // 2)
            sides.append((padded - self.kernel) // self.stride + 1)
        return sides
