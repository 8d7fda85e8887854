"""A chain of element-wise operations, in order to measure what each of them costs.

An array is multiplied by a trained gain, goes through the chain, and is shifted by a
trained offset. The operations of the chain are, in turn, a multiplication by factors
and a subtraction from terms. Each has one kernel forward and one backward: factors and
terms are data, so that no operation adds the gradient of a parameter. All arrays of the
chain have one shape. The loss is the squared error averaged over the batch, the
optimizer plain SGD. The reference's gradients are derived by hand.

A chain of multiplications alone would not remain one: TensorFlow's graph optimizer
rearranges them and computes powers of the factors.

There are two arrays of factors, used in turn, whose products are 1 or -1. So values and
gradients neither vanish nor overflow, for any number of operations. The factors are
powers of two and the terms multiples of a small one, so that operations hardly round:
rounding errors of equal operations have equal signs and would add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from compare.contract import Optimizer, Snapshot
from compare.numerics.dtypes import round_to_dtype
from compare.numerics.einsum import matmul_einsum, sgd_step
from compare.workloads import probing
from compare.workloads.random_data import draw_small_bias
from compare.workloads.requirements import require_at_least, require_positive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compare.contract import Array, Arrays, Batch, Dtype, Einsum, Reference

# All terms together add at most about this to a value, and at least a third of it.
LARGEST_SUM = 0.75
GRID = 2.0**-16  # terms are multiples of it


@dataclass(frozen=True, kw_only=True)
class Chain:
    """The length of the chain, and the size of the arrays in it."""

    batch: int = 8
    operations: int = 10
    width: int = 64
    learning_rate: float = 2.0**-4
    is_probe: bool = False  # inputs and offsets chosen to expose errors, see `probing`
    seed: int = 0

    model: ClassVar[str] = "chain"
    loss: ClassVar[str] = "squared_error"

    def __post_init__(self) -> None:
        """Reject configurations that cannot run."""
        require_at_least(self, batch=1, operations=1, width=1, seed=0)
        require_positive(self, "learning_rate")

    @property
    def optimizer(self) -> Optimizer:
        """Plain SGD."""
        return Optimizer(name="sgd", learning_rate=self.learning_rate)

    @property
    def sizes(self) -> Mapping[str, int]:
        """Return the keyword arguments of the model."""
        return {"operations": self.operations, "width": self.width}

    @property
    def flops_per_step(self) -> float:
        """Return 0: there are no matrix products."""
        return 0.0

    @property
    def elements_per_step(self) -> float:
        """Count the elements that the chain computes, forward and backward."""
        return 2.0 * self.operations * self.batch * self.width

    def probe(self) -> Chain:
        """Return a short chain with inputs and offsets chosen to expose errors."""
        return Chain(
            batch=probing.BATCH,
            operations=9,
            width=11,
            learning_rate=probing.RATE,
            is_probe=True,
        )

    @property
    def respelled(self) -> Mapping[str, Reference]:
        """Empty: no quirk of the catalogue applies to a multiplication."""
        return {}

    def parameters(self, dtype: Dtype) -> Arrays:
        """Return gains around 1 and small offsets.

        Shape:
            ``scale.gain`` (width,), ``shift.offset`` (width,).
        """
        rng = np.random.default_rng([self.seed, 0])
        gain = 1 + rng.standard_normal(self.width) / 4
        offset = draw_small_bias(rng, self.width, is_probe=self.is_probe)
        return {
            "scale.gain": round_to_dtype(gain, dtype),
            "shift.offset": round_to_dtype(offset, dtype),
        }

    def draw_operands(self, rng: np.random.Generator) -> tuple[Array, Array, Array]:
        """Return the factors, the other factors, and the terms of the operations.

        The factors are 2, -2, 1/2 or -1/2, and the other ones 1 or -1 divided by them.
        A multiplication that is left out therefore changes each element by a factor of
        two at least, a subtraction its sign.

        Shape:
            (batch, width) each.
        """
        shape = (self.batch, self.width)
        signs = rng.choice([-1.0, 1.0], size=(3, *shape))
        factors: Array = signs[0] * 2.0 ** rng.choice([-1, 1], size=shape)
        terms: Array = signs[1] * rng.uniform(LARGEST_SUM / 3, LARGEST_SUM, shape)
        terms = np.round(terms / max(1, self.pairs) / GRID) * GRID
        return factors, signs[2] / factors, terms

    @property
    def pairs(self) -> int:
        """The number of multiplications that a subtraction follows."""
        return self.operations // 2

    @property
    def has_single(self) -> bool:
        """Whether the last operation is a multiplication."""
        return self.operations % 2 == 1

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[Batch]:  # noqa: ARG002
        """Return one batch, the same in every epoch; in a probe, an uneven one as well.

        Shape:
            ``inputs`` (batch, 4, width): the array, the factors, the other factors and
            the terms of each sample; ``targets`` (batch, width).
        """
        rng = np.random.default_rng([self.seed, 1])
        shape = (self.batch, self.width)
        array: Array = rng.standard_normal(shape)
        if self.is_probe:
            array = probing.draw_inputs(rng, shape)
        inputs = np.stack([array, *self.draw_operands(rng)], axis=1)
        batch = {
            "inputs": round_to_dtype(inputs, dtype),
            "targets": round_to_dtype(rng.standard_normal(shape), dtype),
        }
        yield batch
        if self.is_probe:
            yield probing.last_batch(batch)

    def reference(
        self,
        parameters: Arrays,
        batch: Batch,
        *,
        einsum: Einsum = matmul_einsum,
        memory: Mapping[str, Array] = {},  # noqa: ARG002 - plain SGD has no state
    ) -> Snapshot:
        """Compute one training step, with gradients derived by hand."""
        array, factors, others, terms = np.moveaxis(batch["inputs"], 1, 0)
        targets = batch["targets"]
        scaled = einsum("nw,w->nw", array, parameters["scale.gain"])
        outputs = self._apply(scaled, (factors, others), terms, einsum=einsum)
        outputs = outputs + parameters["shift.offset"]
        error = outputs - targets
        loss = einsum("nw,nw->", error, error) / len(targets)

        d_outputs = 2 * error / len(targets)
        d_scaled = d_outputs
        for pair in reversed(range(self.pairs + self.has_single)):
            d_x = -d_scaled if pair < self.pairs else d_scaled
            used = (factors, others)[pair % 2]
            d_scaled = einsum("nw,nw->nw", d_x, used)
        gradients = {
            "scale.gain": einsum("nw,nw->w", array, d_scaled),
            "shift.offset": einsum("nw->w", d_outputs),
        }
        return Snapshot(
            loss=np.asarray(loss),
            gradients=gradients,
            parameters=sgd_step(parameters, gradients, optimizer=self.optimizer),
            activations={"scale": scaled, "shift": outputs},
        )

    def _apply(
        self, x: Array, factors: tuple[Array, Array], terms: Array, *, einsum: Einsum
    ) -> Array:
        """Return the result of the chain.

        The einsum of one array rounds differences as the chosen arithmetic does.

        Shape:
            (batch, width) each -> (batch, width).
        """
        for pair in range(self.pairs + self.has_single):
            x = einsum("nw,nw->nw", x, factors[pair % 2])
            if pair < self.pairs:
                x = einsum("nw->nw", terms - x)
        return x
