"""A small U-Net that removes noise from images, trained with RMSprop.

Two convolutions of stride 2 shrink the images, two transposed convolutions enlarge them
again. Skip connections pass earlier images to the layers that enlarge. The loss is the
squared error of every pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from compare.contract import Optimizer
from compare.errors import UsageError
from compare.numerics.dtypes import round_to_dtype
from compare.workloads.random_data import draw_kernel
from compare.workloads.requirements import require_at_least, require_positive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compare.contract import Array, Arrays, Batch, Dtype

BATCHES = 4  # different ones, in each epoch
SHRINKS = 4  # factor between the largest and the smallest images


@dataclass(frozen=True, kw_only=True)
class Unet:
    """Images and channels."""

    batch: int = 4
    side: int = 16  # of the images
    channels: int = 1  # of the images
    width: int = 8  # channels of the largest layers
    learning_rate: float = 2.0**-10
    seed: int = 0

    model: ClassVar[str] = "unet"
    loss: ClassVar[str] = "squared_error"

    def __post_init__(self) -> None:
        """Reject configurations that cannot run."""
        require_at_least(self, batch=1, side=SHRINKS, channels=1, width=1, seed=0)
        require_positive(self, "learning_rate")
        if self.side % SHRINKS:
            raise UsageError(
                f"workload unet: side: expected a multiple of {SHRINKS}; "
                f"received {self.side}"
            )

    @property
    def optimizer(self) -> Optimizer:
        """RMSprop."""
        return Optimizer(name="rmsprop", learning_rate=self.learning_rate)

    @property
    def sizes(self) -> Mapping[str, int]:
        """Return the keyword arguments of the model."""
        return {"channels": self.channels, "width": self.width}

    @property
    def flops_per_step(self) -> float:
        """Count three products per layer; the first layer needs no input gradient."""
        products = [
            self.side**2 // shrink**2 * 9 * inputs * outputs
            for (inputs, outputs), shrink in zip(
                self._layers.values(), (1, 2, 4, 4, 2, 1), strict=True
            )
        ]
        return 2.0 * self.batch * (3 * sum(products) - products[0])

    @property
    def _layers(self) -> Mapping[str, tuple[int, int]]:
        """Return the input and output channels of each layer."""
        width = self.width
        return {
            "first": (self.channels, width),
            "down1": (width, 2 * width),
            "down2": (2 * width, 4 * width),
            # Inputs and outputs in the order of the kernel of a convolution that
            # shrinks: a transposed convolution is its gradient.
            "up1": (2 * width, 4 * width),
            "up2": (width, 4 * width),
            "last": (2 * width, self.channels),
        }

    def parameters(self, dtype: Dtype) -> Arrays:
        """Return He-normal kernels and small biases.

        Shape:
            ``….weight`` (3, 3, in, out) of a convolution, (3, 3, out, in) of a
            transposed one; ``….bias`` (out,).
        """
        rng = np.random.default_rng([self.seed, 0])
        arrays: dict[str, Array] = {}
        for name, (inputs, outputs) in self._layers.items():
            kernel = draw_kernel(rng, 3, 3, inputs, outputs)
            bias = inputs if name.startswith("up") else outputs
            arrays[f"{name}.weight"] = kernel
            arrays[f"{name}.bias"] = rng.standard_normal(bias) / 8
        return {name: round_to_dtype(array, dtype) for name, array in arrays.items()}

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[Batch]:  # noqa: ARG002
        """Return four batches, the same in every epoch.

        Shape:
            ``inputs`` and ``targets`` (batch, side, side, channels).
        """
        rng = np.random.default_rng([self.seed, 1])
        shape = (self.batch, self.side, self.side, self.channels)
        place = np.arange(self.side) / self.side
        for _ in range(BATCHES):
            waves = rng.standard_normal((2, self.batch, 1, self.channels))
            rows = np.sin(np.pi * (waves[0] + place[:, np.newaxis]))
            columns = np.cos(np.pi * (waves[1] + place[:, np.newaxis]))
            clean = rows[:, :, np.newaxis] * columns[:, np.newaxis]
            noisy = clean + rng.standard_normal(shape) / 4
            yield {
                "inputs": round_to_dtype(noisy, dtype),
                "targets": round_to_dtype(clean, dtype),
            }
