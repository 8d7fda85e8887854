"""A two-layer ReLU network that chooses its second matrix by the previous losses.

There are two second matrices: one for the step after a loss that fell, one for every
other step. The last two losses are a buffer of the model, so that a step follows from
its state. The batches have different scales, so that the loss rises and falls by much
more than rounding. The loss is the squared error averaged over the batch, the optimizer
plain gradient descent. The reference's gradients are derived by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from compare.contract import Optimizer, Snapshot
from compare.numerics.dtypes import CARRIER, round_to_dtype
from compare.numerics.einsum import matmul_einsum, sgd_step
from compare.workloads import probing
from compare.workloads.random_data import draw_kernel
from compare.workloads.requirements import require_at_least, require_positive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compare.contract import Array, Arrays, Batch, Dtype, Einsum, Reference

# The scales of the batches. Neighbours differ by a factor of 2 or more, the loss by its
# square. The steps that are checked alone, 0, 8 and 16, take both branches.
SCALES = (1.0, 4.0, 2.0, 1.0, 0.5)


@dataclass(frozen=True, kw_only=True)
class ControlFlow:
    """Two dense layers with a ReLU between them, given by their sizes."""

    batch: int = 32
    inputs: int = 100
    hidden: int = 50
    outputs: int = 10
    learning_rate: float = 2.0**-12
    is_probe: bool = False  # inputs chosen to expose errors, see `probing`
    seed: int = 0

    is_dynamic: ClassVar[bool] = True  # a step reads the previous losses
    model: ClassVar[str] = "control_flow"
    loss: ClassVar[str] = "squared_error"

    def __post_init__(self) -> None:
        """Reject configurations that cannot run."""
        require_at_least(self, batch=1, inputs=1, hidden=1, outputs=1, seed=0)
        require_positive(self, "learning_rate")

    @property
    def optimizer(self) -> Optimizer:
        """Gradient descent at this learning rate."""
        return Optimizer(name="gradient_descent", learning_rate=self.learning_rate)

    @property
    def sizes(self) -> Mapping[str, int]:
        """Return the keyword arguments of the model."""
        return {"inputs": self.inputs, "hidden": self.hidden, "outputs": self.outputs}

    @property
    def flops_per_step(self) -> float:
        """Count five products: 2 forward, 2 for weights, 1 for the hidden layer."""
        first = self.batch * self.inputs * self.hidden
        second = self.batch * self.hidden * self.outputs
        return 2.0 * (2 * first + 3 * second)

    def probe(self) -> ControlFlow:
        """Return small layers, with a learning rate that moves every digit."""
        return ControlFlow(
            batch=probing.BATCH,
            inputs=13,
            hidden=11,
            outputs=3,
            learning_rate=probing.RATE / 100,
            is_probe=True,
        )

    @property
    def respelled(self) -> Mapping[str, Reference]:
        """Empty: no quirk of the catalogue applies to two products and a ReLU."""
        return {}

    def parameters(self, dtype: Dtype) -> Arrays:
        """Return He-normal weights, and losses of 0 before the first step.

        Shape:
            ``hidden.weight`` (inputs, hidden), ``output.falling`` and
            ``output.rising`` (hidden, outputs), ``losses`` (2,), the last one first.
        """
        rng = np.random.default_rng([self.seed, 0])
        weights = {
            "hidden.weight": draw_kernel(rng, self.inputs, self.hidden),
            "output.falling": draw_kernel(rng, self.hidden, self.outputs),
            "output.rising": draw_kernel(rng, self.hidden, self.outputs),
        }
        return {
            **{name: round_to_dtype(array, dtype) for name, array in weights.items()},
            "losses": np.zeros(2, CARRIER[dtype]),
        }

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[Batch]:  # noqa: ARG002
        """Return one batch per scale, the same in every epoch.

        The last batch of a probe is uneven.

        Shape:
            ``inputs`` (batch, inputs), ``targets`` (batch, outputs).
        """
        rng = np.random.default_rng([self.seed, 1])
        for number, scale in enumerate(SCALES, start=1):
            inputs = rng.standard_normal((self.batch, self.inputs))
            if self.is_probe:
                inputs = probing.draw_inputs(rng, inputs.shape)
            targets = rng.standard_normal((self.batch, self.outputs))
            batch = {
                "inputs": round_to_dtype(scale * inputs, dtype),
                "targets": round_to_dtype(scale * targets, dtype),
            }
            is_uneven = self.is_probe and number == len(SCALES)
            yield probing.last_batch(batch) if is_uneven else batch

    def reference(
        self,
        parameters: Arrays,
        batch: Batch,
        *,
        einsum: Einsum = matmul_einsum,
        memory: Mapping[str, Array] = {},  # noqa: ARG002 - the optimizer has no state
    ) -> Snapshot:
        """Compute one training step, with gradients derived by hand."""
        x, y = batch["inputs"], batch["targets"]
        last, before = parameters["losses"]
        chosen, other = "output.rising", "output.falling"
        if last < before:
            chosen, other = other, chosen
        w1, w2 = parameters["hidden.weight"], parameters[chosen]

        z = einsum("ni,ih->nh", x, w1)
        h = np.maximum(z, 0)
        outputs = einsum("nh,ho->no", h, w2)
        error = outputs - y
        loss = np.asarray(einsum("no,no->", error, error) / len(y))

        d_error = 2 * error / len(y)
        d_h = einsum("no,ho->nh", d_error, w2)
        by_name = {
            "hidden.weight": einsum("ni,nh->ih", x, d_h * (z > 0)),
            chosen: einsum("nh,no->ho", h, d_error),
            other: np.zeros_like(parameters[other]),  # it was not used
        }
        gradients = {name: by_name[name] for name in parameters if name in by_name}
        return Snapshot(
            loss=loss,
            gradients=gradients,
            parameters={
                **sgd_step(parameters, gradients, optimizer=self.optimizer),
                "losses": np.stack([loss, last]),
            },
            activations={"hidden": z, "output": outputs},
        )
