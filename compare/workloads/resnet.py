"""A small residual network with batch normalization, trained with momentum SGD.

The images are random patterns, one for each class, with noise. Batch normalization has
running statistics: buffers, which a training step updates without a gradient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from compare.contract import Optimizer
from compare.numerics.dtypes import round_to_dtype
from compare.workloads.random_data import draw_kernel
from compare.workloads.requirements import require_at_least, require_positive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compare.contract import Array, Arrays, Batch, Dtype

BATCHES = 4  # different ones, in each epoch
BLOCKS = 2


@dataclass(frozen=True, kw_only=True)
class Resnet:
    """Images and the sizes of the network."""

    batch: int = 8
    side: int = 16  # of the images
    width: int = 16  # channels
    classes: int = 10
    learning_rate: float = 2.0**-6
    seed: int = 0

    model: ClassVar[str] = "resnet"
    loss: ClassVar[str] = "cross_entropy"

    def __post_init__(self) -> None:
        """Reject configurations that cannot run."""
        # The unbiased variance of one value does not exist.
        require_at_least(self, batch=2, side=2, width=1, classes=2, seed=0)
        require_positive(self, "learning_rate")

    @property
    def optimizer(self) -> Optimizer:
        """SGD with momentum."""
        return Optimizer(name="momentum", learning_rate=self.learning_rate)

    @property
    def sizes(self) -> Mapping[str, int]:
        """Return the keyword arguments of the model."""
        return {"width": self.width, "classes": self.classes}

    @property
    def flops_per_step(self) -> float:
        """Count three products per layer; the first layer needs no input gradient."""
        pixels = self.batch * self.side**2 * 9
        first = 2 * pixels * 3 * self.width
        others = 3 * pixels * 2 * BLOCKS * self.width**2
        head = 3 * self.batch * self.width * self.classes
        return 2.0 * (first + others + head)

    def parameters(self, dtype: Dtype) -> Arrays:
        """Return He-normal kernels, identity normalizations, and running statistics.

        Shape:
            ``….weight`` (3, 3, in, out) of a convolution, (channels,) of a
            normalization; ``….bias``, ``….running_mean``, ``….running_var``
            (channels,); ``head.weight`` (width, classes), ``head.bias`` (classes,).
        """
        rng = np.random.default_rng([self.seed, 0])
        arrays: dict[str, Array] = {}
        layers = [("", 1, 3)]
        for number in range(1, BLOCKS + 1):
            layers += [(f"block{number}.", each, self.width) for each in (1, 2)]
        for block, each, inputs in layers:
            conv, norm = f"{block}conv{each}", f"{block}norm{each}"
            # No bias: the normalization would subtract it again.
            arrays[f"{conv}.weight"] = draw_kernel(rng, 3, 3, inputs, self.width)
            arrays[f"{norm}.weight"] = np.ones(self.width)
            arrays[f"{norm}.bias"] = np.zeros(self.width)
            arrays[f"{norm}.running_mean"] = np.zeros(self.width)
            arrays[f"{norm}.running_var"] = np.ones(self.width)
        arrays["head.weight"] = draw_kernel(rng, self.width, self.classes)
        arrays["head.bias"] = np.zeros(self.classes)
        return {name: round_to_dtype(array, dtype) for name, array in arrays.items()}

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[Batch]:  # noqa: ARG002
        """Return four batches, the same in every epoch.

        Shape:
            ``inputs`` (batch, side, side, 3), ``targets`` (batch,) int64.
        """
        rng = np.random.default_rng([self.seed, 1])
        patterns = rng.standard_normal((self.classes, self.side, self.side, 3))
        for _ in range(BATCHES):
            labels = rng.integers(0, self.classes, size=self.batch)
            noise = rng.standard_normal((self.batch, *patterns.shape[1:]))
            images = patterns[labels] + noise
            yield {"inputs": round_to_dtype(images, dtype), "targets": labels}
