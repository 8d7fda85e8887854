"""Two dense layers without biases, with a ReLU between them, on random data.

Change the sizes, the data, the loss or the optimizer here; change the layers in
model_torch.py and model_tf.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from compare.contract import Optimizer, Snapshot


@dataclass(frozen=True, kw_only=True)
class Workload:
    """The sizes; each can be changed by ``--set NAME=VALUE``."""

    batch: int = 64
    inputs: int = 1000
    hidden: int = 100
    outputs: int = 10
    seed: int = 0

    # Or squared_error, mean_square, cross_entropy, token_cross_entropy.
    loss: ClassVar[str] = "sum_of_squares"
    # Or sgd, momentum, rmsprop, adam, adamw.
    optimizer: ClassVar[Optimizer] = Optimizer(
        name="gradient_descent", learning_rate=1e-6
    )

    @property
    def sizes(self) -> dict[str, Any]:
        """The keyword arguments of both models."""
        return {"inputs": self.inputs, "hidden": self.hidden, "outputs": self.outputs}

    def parameters(self, dtype: str) -> dict[str, np.ndarray]:  # noqa: ARG002
        """Return the initial parameters; without this method, those of a model.

        Shape:
            ``hidden.weight`` (inputs, hidden), ``output.weight`` (hidden, outputs).
        """
        rng = np.random.default_rng([self.seed, 0])
        return {
            "hidden.weight": rng.standard_normal((self.inputs, self.hidden)),
            "output.weight": rng.standard_normal((self.hidden, self.outputs)),
        }

    def batches(self, dtype: str, *, epoch: int = 0) -> Iterator[dict[str, Any]]:  # noqa: ARG002
        """Yield the batches of an epoch, as arrays in float64.

        Shape:
            ``inputs`` (batch, inputs), ``targets`` (batch, outputs).
        """
        rng = np.random.default_rng([self.seed, 1])
        yield {
            "inputs": rng.standard_normal((self.batch, self.inputs)),
            "targets": rng.standard_normal((self.batch, self.outputs)),
        }

    def reference(
        self,
        parameters: dict[str, np.ndarray],
        batch: dict[str, np.ndarray],
        *,
        einsum: Callable[..., np.ndarray],
        memory: dict[str, np.ndarray],  # noqa: ARG002 - this optimizer has no state
    ) -> Snapshot:
        """Compute one training step in NumPy: what every variant is compared with.

        All products and sums go through `einsum`, which also evaluates them with
        rounding errors. Without this method, an eager float64 step is the reference.
        """
        first, second = parameters["hidden.weight"], parameters["output.weight"]
        inputs = einsum("ni,ih->nh", batch["inputs"], first)
        hidden = np.maximum(inputs, 0)
        outputs = einsum("nh,ho->no", hidden, second)
        error = outputs - batch["targets"]
        d_hidden = einsum("no,ho->nh", 2 * error, second) * (inputs > 0)
        gradients = {
            "hidden.weight": einsum("ni,nh->ih", batch["inputs"], d_hidden),
            "output.weight": einsum("nh,no->ho", hidden, 2 * error),
        }
        rate = self.optimizer.learning_rate
        return Snapshot(
            loss=np.asarray(einsum("no,no->", error, error)),
            gradients=gradients,
            parameters={
                name: array - rate * gradients[name]
                for name, array in parameters.items()
            },
            activations={"outputs": outputs},  # the last one is the model's output
        )
