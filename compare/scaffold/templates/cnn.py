"""Four convolutions of stride 2 and a linear head, on random images.

Change the sizes, the data, the loss or the optimizer here; change the layers in
model_torch.py and model_tf.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np

from compare.contract import Optimizer

WIDTHS = (16, 32, 64, 128)  # channels after each convolution, as in the models
BATCHES = 4  # per epoch


@dataclass(frozen=True, kw_only=True)
class Workload:
    """The sizes; each can be changed by ``--set NAME=VALUE``."""

    batch: int = 32
    side: int = 16  # of a square image
    channels: int = 3
    classes: int = 10
    seed: int = 0

    # Or token_cross_entropy, mean_square, squared_error, sum_of_squares.
    loss: ClassVar[str] = "cross_entropy"
    # Or momentum, rmsprop, adam, adamw. Powers of two are exact everywhere.
    optimizer: ClassVar[Optimizer] = Optimizer(
        name="sgd", learning_rate=2.0**-3, weight_decay=2.0**-11
    )

    @property
    def sizes(self) -> dict[str, Any]:
        """The keyword arguments of both models."""
        return {"channels": self.channels, "classes": self.classes}

    def parameters(self, dtype: str) -> dict[str, np.ndarray]:  # noqa: ARG002
        """Return the initial parameters; without this method, those of a model.

        Shape:
            ``convK.weight`` (3, 3, in, out), ``head.weight`` (in, classes), biases
            (out,).
        """
        rng = np.random.default_rng([self.seed, 0])
        found = {}
        for number, (inputs, outputs) in enumerate(
            pairwise((self.channels, *WIDTHS)), start=1
        ):
            kernel = rng.standard_normal((3, 3, inputs, outputs))
            found[f"conv{number}.weight"] = kernel * np.sqrt(2 / (9 * inputs))
            found[f"conv{number}.bias"] = rng.standard_normal(outputs) / 16
        weight = rng.standard_normal((WIDTHS[-1], self.classes))
        found["head.weight"] = weight / np.sqrt(WIDTHS[-1])
        found["head.bias"] = rng.standard_normal(self.classes) / 16
        return found

    def batches(self, dtype: str, *, epoch: int = 0) -> Iterator[dict[str, Any]]:  # noqa: ARG002
        """Yield the batches of an epoch: images in float64, labels as integers.

        Shape:
            ``inputs`` (batch, side, side, channels), ``targets`` (batch,).
        """
        for number in range(BATCHES):
            rng = np.random.default_rng([self.seed, 1, epoch, number])
            shape = (self.batch, self.side, self.side, self.channels)
            yield {
                "inputs": rng.standard_normal(shape),
                "targets": rng.integers(0, self.classes, self.batch),
            }
