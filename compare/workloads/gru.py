"""A GRU that classifies padded sequences of tokens, trained with Adam.

The class follows from the first token, so the network must remember it. Token 0 is
padding: a step at which a sequence has ended leaves its state unchanged.
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

    from compare.contract import Arrays, Batch, Dtype

BATCHES = 4  # different ones, in each epoch
PADDING = 0  # token


@dataclass(frozen=True, kw_only=True)
class Gru:
    """Sequences, vocabulary and the sizes of the network."""

    batch: int = 16
    length: int = 12  # of the longest sequence
    tokens: int = 20  # in the vocabulary, with the padding
    width: int = 16  # of an embedded token
    units: int = 24
    classes: int = 4
    learning_rate: float = 2.0**-8
    seed: int = 0

    model: ClassVar[str] = "gru"
    loss: ClassVar[str] = "cross_entropy"

    def __post_init__(self) -> None:
        """Reject configurations that cannot run."""
        require_at_least(self, batch=1, length=1, tokens=2, width=1, units=1, seed=0)
        require_at_least(self, classes=2)
        require_positive(self, "learning_rate")

    @property
    def optimizer(self) -> Optimizer:
        """Adam."""
        return Optimizer(name="adam", learning_rate=self.learning_rate)

    @property
    def sizes(self) -> Mapping[str, int]:
        """Return the keyword arguments of the model."""
        return {
            "tokens": self.tokens,
            "width": self.width,
            "units": self.units,
            "classes": self.classes,
        }

    @property
    def flops_per_step(self) -> float:
        """Count three products per layer and time step."""
        gates = 3 * self.units * (self.width + self.units)
        head = self.units * self.classes
        return 3 * 2.0 * self.batch * (self.length * gates + head)

    def parameters(self, dtype: Dtype) -> Arrays:
        """Return random weights and zero biases.

        The gates are in the order reset, update, candidate.

        Shape:
            ``embedding.table`` (tokens, width), ``cell.input_weight`` (width, 3 units),
            ``cell.recurrent_weight`` (units, 3 units), ``cell.input_bias`` and
            ``cell.recurrent_bias`` (3 units,), ``head.weight`` (units, classes),
            ``head.bias`` (classes,).
        """
        rng = np.random.default_rng([self.seed, 0])
        gates = 3 * self.units
        arrays = {
            "embedding.table": rng.standard_normal((self.tokens, self.width)),
            "cell.input_weight": draw_kernel(rng, self.width, gates, gain=1),
            "cell.recurrent_weight": draw_kernel(rng, self.units, gates, gain=1),
            # Not zero, so that a bias in the wrong place changes results.
            "cell.input_bias": rng.standard_normal(gates) / 8,
            "cell.recurrent_bias": rng.standard_normal(gates) / 8,
            "head.weight": draw_kernel(rng, self.units, self.classes, gain=1),
            "head.bias": np.zeros(self.classes),
        }
        return {name: round_to_dtype(array, dtype) for name, array in arrays.items()}

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[Batch]:  # noqa: ARG002
        """Return four batches, the same in every epoch.

        Shape:
            ``inputs`` (batch, length) int64, 0 after the end of a sequence;
            ``targets`` (batch,) int64.
        """
        rng = np.random.default_rng([self.seed, 1])
        for _ in range(BATCHES):
            tokens = rng.integers(1, self.tokens, size=(self.batch, self.length))
            lengths = rng.integers(1, self.length + 1, size=self.batch)
            is_after_end = np.arange(self.length) >= lengths[:, np.newaxis]
            inputs = np.where(is_after_end, PADDING, tokens)
            yield {"inputs": inputs, "targets": inputs[:, 0] % self.classes}
