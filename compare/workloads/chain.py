"""A chain of element-wise operations, in order to measure what each of them costs.

A vector is multiplied by a trained scale, then by the same factors once for each
operation of the chain, and shifted by a trained bias. An operation is one
multiplication forward and one backward: the factors are data, so that no operation adds
the gradient of a parameter. The loss is the squared error averaged over the batch, the
optimizer plain SGD. The reference's gradients are derived by hand.

The factors keep values and gradients within a factor of two for any number of
operations, see `Chain.draw_factors`. No framework replaces the chain by a power: the
factors are not known when a graph is built, and rounding makes the two different.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from compare.contract import Optimizer, Snapshot
from compare.numerics.dtypes import round_to_dtype
from compare.numerics.einsum import matmul_einsum, sgd_step
from compare.workloads import probing
from compare.workloads.requirements import require_at_least, require_positive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compare.contract import Array, Arrays, Batch, Dtype, Einsum, Reference

# Bounds of the logarithm of what the whole chain multiplies an element by.
LEAST, MOST = 0.25, 0.6875


@dataclass(frozen=True, kw_only=True)
class Chain:
    """The length of the chain, and the size of the arrays in it."""

    batch: int = 8
    operations: int = 10
    width: int = 64
    learning_rate: float = 2.0**-4
    is_probe: bool = False  # inputs and biases chosen to expose errors, see `probing`
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
        """Return a short chain with inputs and biases chosen to expose errors."""
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
        """Return scales around 1 and small biases.

        Shape:
            ``scale.weight`` (width,), ``shift.bias`` (width,).
        """
        rng = np.random.default_rng([self.seed, 0])
        scale = 1 + rng.standard_normal(self.width) / 4
        bias: Array = rng.standard_normal(self.width) / 4
        if self.is_probe:
            bias = probing.draw_bias(rng, self.width)
        return {
            "scale.weight": round_to_dtype(scale, dtype),
            "shift.bias": round_to_dtype(bias, dtype),
        }

    def draw_factors(self, rng: np.random.Generator) -> Array:
        """Return what each operation multiplies the columns of its input by.

        Half of them are negative. An operation that is left out therefore changes the
        sign of half of the columns. The magnitudes are ``exp(u / operations)``, with u
        from 1/4 to 11/16 up or down. So the whole chain multiplies by 0.5 to 2, and
        the results of two operations more or less differ by at least
        ``0.5 / operations``, relative to the values.

        Shape:
            (width,).
        """
        exponents = rng.uniform(LEAST, MOST, self.width)
        signs = rng.choice([-1.0, 1.0], size=(2, self.width))
        factors: Array = signs[0] * np.exp(signs[1] * exponents / self.operations)
        return factors

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[Batch]:  # noqa: ARG002
        """Return one batch, the same in every epoch; in a probe, an uneven one as well.

        Shape:
            ``inputs`` (batch, width), ``factors`` (width,), ``targets`` (batch, width).
        """
        rng = np.random.default_rng([self.seed, 1])
        shape = (self.batch, self.width)
        inputs = rng.standard_normal(shape)
        if self.is_probe:
            inputs = probing.draw_inputs(rng, shape)
        batch = {
            "inputs": round_to_dtype(inputs, dtype),
            "factors": round_to_dtype(self.draw_factors(rng), dtype),
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
        inputs, factors, targets = batch["inputs"], batch["factors"], batch["targets"]
        scaled = einsum("nw,w->nw", inputs, parameters["scale.weight"])
        outputs = self._multiply(scaled, factors, einsum=einsum)
        outputs = outputs + parameters["shift.bias"]
        error = outputs - targets
        loss = einsum("nw,nw->", error, error) / len(targets)

        d_outputs = 2 * error / len(targets)
        d_scaled = self._multiply(d_outputs, factors, einsum=einsum)
        gradients = {
            "scale.weight": einsum("nw,nw->w", inputs, d_scaled),
            "shift.bias": einsum("nw->w", d_outputs),
        }
        return Snapshot(
            loss=np.asarray(loss),
            gradients=gradients,
            parameters=sgd_step(parameters, gradients, optimizer=self.optimizer),
            activations={"scale": scaled, "shift": outputs},
        )

    def _multiply(self, x: Array, factors: Array, *, einsum: Einsum) -> Array:
        """Return the result of the chain, which also turns gradients backward.

        Shape:
            (batch, width) -> (batch, width).
        """
        for _ in range(self.operations):
            x = einsum("nw,w->nw", x, factors)
        return x
