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
from compare.workloads import probing
from compare.workloads.random_data import draw_batches, draw_small_bias
from compare.workloads.requirements import (
    require_at_least,
    require_each_at_least,
    require_positive,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compare.contract import Array, Arrays, Batch, Dtype, Einsum, Reference

PROBE_SIDE = 24  # pixels; a deeper chain sees smaller images in its last layers


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Channels from images to outputs, and the scale of the data."""

    batch: int = 4
    side: int = 8  # of the images
    columns: int | None = None  # of the images; None: as many as rows
    widths: tuple[int, ...] = (3, 8, 6)
    kernel: int = 3
    stride: int = 2
    learning_rate: float = 2.0**-8
    scale: float = 1.0  # multiplies inputs, targets and initial biases
    is_probe: bool = False  # inputs chosen to expose errors, see `probing`
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
            rows * columns * area * inputs * outputs
            for (rows, columns), (inputs, outputs) in zip(
                self._shapes[1:], pairwise(self.widths), strict=True
            )
        )
        return 2.0 * self.batch * (2 * first + 3 * sum(others))

    def probe(self) -> Stack:
        """Return the same layers on images that are not square.

        Every layer's images are larger than the kernel, unless that takes more than
        `PROBE_SIDE` pixels.
        """
        side = (self.kernel + 1) * self.stride ** (len(self._layers) - 1)
        side = min(side, PROBE_SIDE)
        return Stack(
            batch=probing.BATCH,
            side=side,
            columns=side + self.stride + 1,
            widths=self.widths,
            kernel=self.kernel,
            stride=self.stride,
            learning_rate=probing.RATE / 256,
            is_probe=True,
        )

    @property
    def respelled(self) -> Mapping[str, Reference]:
        """Empty: mistakes are planted into its layers, one by one."""
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
            bias = draw_small_bias(
                rng, outputs, is_probe=self.is_probe, scale=self.scale
            )
            kernel = deviation * rng.standard_normal(shape)
            arrays[f"{name}.weight"] = round_to_dtype(kernel, dtype)
            arrays[f"{name}.bias"] = round_to_dtype(bias, dtype)
        return arrays

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[Batch]:  # noqa: ARG002
        """Return one batch, the same in every epoch; in a probe, an uneven one as well.

        Shape:
            ``inputs`` (batch, rows, columns, first width), ``targets`` (batch, last
            rows, last columns, last width).
        """
        return draw_batches(
            self,
            inputs=(self.batch, *self._shapes[0], self.widths[0]),
            targets=(self.batch, *self._shapes[-1], self.widths[-1]),
            dtype=dtype,
        )

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
        loss = einsum("nhwo,nhwo->", error, error) / len(error)
        d_outputs = 2 * error / len(error)
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
    def _shapes(self) -> list[tuple[int, int]]:
        """Return the rows and columns of the images, then of each layer's outputs."""
        shapes = [(self.side, self.side if self.columns is None else self.columns)]
        for _ in self._layers:
            rows, columns = (self._shrink(length) for length in shapes[-1])
            shapes.append((rows, columns))
        return shapes

    def _shrink(self, length: int) -> int:
        padded = length + 2 * (self.kernel // 2)
        return (padded - self.kernel) // self.stride + 1
