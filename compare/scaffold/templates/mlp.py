"""A chain of dense layers with ReLU between them, on random data.

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


@dataclass(frozen=True, kw_only=True)
class Workload:
    """The sizes; each can be changed by ``--set NAME=VALUE``."""

    batch: int = 16
    widths: tuple[int, ...] = (20, 16, 12, 5)
    seed: int = 0

    # Or sum_of_squares, mean_square, cross_entropy, token_cross_entropy.
    loss: ClassVar[str] = "squared_error"
    # Or sgd, momentum, rmsprop, adam, adamw. Powers of two are exact everywhere.
    optimizer: ClassVar[Optimizer] = Optimizer(
        name="gradient_descent", learning_rate=2.0**-7
    )

    @property
    def sizes(self) -> dict[str, Any]:
        """The keyword arguments of both models."""
        return {"widths": self.widths}

    def parameters(self, dtype: str) -> dict[str, np.ndarray]:  # noqa: ARG002
        """Return the initial parameters; without this method, those of a model.

        Shape:
            ``layerK.weight`` (in, out), ``layerK.bias`` (out,).
        """
        rng = np.random.default_rng([self.seed, 0])
        found = {}
        for number, (inputs, outputs) in enumerate(pairwise(self.widths), start=1):
            weight = rng.standard_normal((inputs, outputs)) * np.sqrt(2 / inputs)
            found[f"layer{number}.weight"] = weight
            found[f"layer{number}.bias"] = rng.standard_normal(outputs) / 4
        return found

    def batches(self, dtype: str, *, epoch: int = 0) -> Iterator[dict[str, Any]]:  # noqa: ARG002
        """Yield the batches of an epoch, as arrays in float64.

        Shape:
            ``inputs`` (batch, first width), ``targets`` (batch, last width).
        """
        rng = np.random.default_rng([self.seed, 1])
        yield {
            "inputs": rng.standard_normal((self.batch, self.widths[0])),
            "targets": rng.standard_normal((self.batch, self.widths[-1])),
        }
