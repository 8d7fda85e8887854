"""A two-layer ReLU network without biases, fitted to random data.

The loss is the squared error summed over all elements, the optimizer plain gradient
descent. The reference's gradients are derived by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from compare.contract import Optimizer, Snapshot
from compare.numerics.dtypes import round_to_dtype
from compare.numerics.einsum import matmul_einsum, sgd_step
from compare.workloads import probing
from compare.workloads.random_data import draw_batches
from compare.workloads.requirements import require_at_least, require_positive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compare.contract import Array, Arrays, Batch, Dtype, Einsum, Reference


@dataclass(frozen=True, kw_only=True)
class TwoLayer:
    """Two dense layers with a ReLU between them, given by their sizes."""

    batch: int = 64
    inputs: int = 1000
    hidden: int = 100
    outputs: int = 10
    learning_rate: float = 1e-6
    scale: float = 1.0  # multiplies inputs and targets
    is_probe: bool = False  # inputs chosen to expose errors, see `probing`
    seed: int = 0

    model: ClassVar[str] = "two_layer"
    loss: ClassVar[str] = "sum_of_squares"

    def __post_init__(self) -> None:
        """Reject configurations that cannot run."""
        require_at_least(self, batch=1, inputs=1, hidden=1, outputs=1, seed=0)
        require_positive(self, "learning_rate")
        require_positive(self, "scale")

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

    def parameters(self, dtype: Dtype) -> Arrays:
        """Return standard normal weights.

        Shape:
            ``hidden.weight`` (inputs, hidden), ``output.weight`` (hidden, outputs).
        """
        rng = np.random.default_rng([self.seed, 0])
        hidden = rng.standard_normal((self.inputs, self.hidden))
        output = rng.standard_normal((self.hidden, self.outputs))
        return {
            "hidden.weight": round_to_dtype(hidden, dtype),
            "output.weight": round_to_dtype(output, dtype),
        }

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[Batch]:  # noqa: ARG002
        """Return one batch, the same in every epoch; in a probe, an uneven one as well.

        Shape:
            ``inputs`` (batch, inputs), ``targets`` (batch, outputs).
        """
        return draw_batches(
            self,
            inputs=(self.batch, self.inputs),
            targets=(self.batch, self.outputs),
            dtype=dtype,
        )

    def probe(self) -> TwoLayer:
        """Return small layers, with a learning rate that moves every digit."""
        return TwoLayer(
            batch=probing.BATCH,
            inputs=13,
            hidden=11,
            outputs=3,
            learning_rate=probing.RATE / 500,
            is_probe=True,
        )

    @property
    def respelled(self) -> Mapping[str, Reference]:
        """Empty: no quirk of the catalogue applies to two products and a ReLU."""
        return {}

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
        w1, w2 = parameters["hidden.weight"], parameters["output.weight"]

        z = einsum("ni,ih->nh", x, w1)
        h = np.maximum(z, 0)
        outputs = einsum("nh,ho->no", h, w2)
        error = outputs - y
        loss = einsum("no,no->", error, error)

        d_error = 2 * error
        d_w2 = einsum("nh,no->ho", h, d_error)
        d_h = einsum("no,ho->nh", d_error, w2)
        d_w1 = einsum("ni,nh->ih", x, d_h * (z > 0))

        gradients = {"hidden.weight": d_w1, "output.weight": d_w2}
        after = sgd_step(parameters, gradients, optimizer=self.optimizer)
        return Snapshot(
            loss=np.asarray(loss),
            gradients=gradients,
            parameters=after,
            activations={"hidden": z, "output": outputs},
        )
