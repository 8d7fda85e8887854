"""A transformer encoder of two blocks that classifies sequences, trained with AdamW.

The class follows from the first and the last token, so the network must relate them.

With `dropout` above 0, every framework draws its own random masks. Results of two
variants then differ by far more than rounding; only their step times can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

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
BLOCKS = 2
WIDER = 4  # the hidden layer of a block, as a multiple of its width


@dataclass(frozen=True, kw_only=True)
class Transformer:
    """Sequences, vocabulary and the sizes of the network."""

    batch: int = 8
    length: int = 12
    tokens: int = 20  # in the vocabulary
    width: int = 32
    heads: int = 4
    classes: int = 4
    dropout: float = 0.0  # above 0, results of variants cannot agree
    learning_rate: float = 2.0**-9
    weight_decay: float = 2.0**-6
    seed: int = 0

    model: ClassVar[str] = "transformer"
    loss: ClassVar[str] = "cross_entropy"

    def __post_init__(self) -> None:
        """Reject configurations that cannot run."""
        require_at_least(self, batch=1, length=1, tokens=1, width=1, heads=1, seed=0)
        require_at_least(self, classes=2, dropout=0, weight_decay=0)
        require_positive(self, "learning_rate")
        if self.width % self.heads:
            raise UsageError(
                f"workload transformer: heads: expected a divisor of width "
                f"({self.width}); received {self.heads}"
            )
        if self.dropout >= 1:
            raise UsageError(
                "workload transformer: dropout: expected a number below 1; received "
                f"{self.dropout}"
            )

    @property
    def optimizer(self) -> Optimizer:
        """AdamW: Adam with decoupled weight decay."""
        return Optimizer(
            name="adamw",
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
        )

    @property
    def sizes(self) -> Mapping[str, Any]:
        """Return the keyword arguments of the model."""
        return {
            "length": self.length,
            "tokens": self.tokens,
            "width": self.width,
            "heads": self.heads,
            "classes": self.classes,
            "dropout": self.dropout,
        }

    @property
    def flops_per_step(self) -> float:
        """Count three products per layer, and the two products of attention."""
        dense = (4 + 2 * WIDER) * self.width**2
        attention = 2 * self.length * self.width
        blocks = BLOCKS * self.length * (dense + attention)
        return 3 * 2.0 * self.batch * (blocks + self.width * self.classes)

    def parameters(self, dtype: Dtype) -> Arrays:
        """Return random weights, zero biases and identity normalizations.

        Shape:
            ``embedding.table`` (tokens, width), ``positions`` (length, width);
            ``….weight`` (in, out) of a dense layer, (width,) of a normalization;
            ``….bias`` (out,).
        """
        rng = np.random.default_rng([self.seed, 0])
        width = self.width
        arrays: dict[str, Array] = {
            "embedding.table": rng.standard_normal((self.tokens, width)),
            "positions": rng.standard_normal((self.length, width)) / 2,
        }

        def add_dense(name: str, inputs: int, outputs: int) -> None:
            arrays[f"{name}.weight"] = draw_kernel(rng, inputs, outputs, gain=1)
            if not name.endswith("key"):  # the softmax would ignore its bias
                arrays[f"{name}.bias"] = np.zeros(outputs)

        def add_norm(name: str) -> None:
            arrays[f"{name}.weight"] = np.ones(width)
            arrays[f"{name}.bias"] = np.zeros(width)

        for block in (f"block{number}" for number in range(1, BLOCKS + 1)):
            add_norm(f"{block}.norm1")
            for each in ("query", "key", "value", "mixed"):
                add_dense(f"{block}.attention.{each}", width, width)
            add_norm(f"{block}.norm2")
            add_dense(f"{block}.hidden", width, WIDER * width)
            add_dense(f"{block}.output", WIDER * width, width)
        add_norm("norm")
        add_dense("head", width, self.classes)
        return {name: round_to_dtype(array, dtype) for name, array in arrays.items()}

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[Batch]:  # noqa: ARG002
        """Return four batches, the same in every epoch.

        Shape:
            ``inputs`` (batch, length) int64, ``targets`` (batch,) int64.
        """
        rng = np.random.default_rng([self.seed, 1])
        for _ in range(BATCHES):
            tokens = rng.integers(0, self.tokens, size=(self.batch, self.length))
            labels = (tokens[:, 0] + tokens[:, -1]) % self.classes
            yield {"inputs": tokens, "targets": labels}
