"""A dense layer whose outputs pass a gate, fitted to random data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from compare.contract import Dtype, Optimizer


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A dense layer with a sigmoid gate, squared error, gradient descent."""

    batch: int = 32
    inputs: int = 20
    outputs: int = 5
    learning_rate: float = 2.0**-5
    seed: int = 0

    model: ClassVar[str] = "gate"
    loss: ClassVar[str] = "squared_error"
    # By framework. A framework that is not listed does not run the workload.
    models: ClassVar[Mapping[str, str]] = {
        "torch": "example_gate.torch_model:Gate",
        "tf": "example_gate.tf_model:Gate",
    }

    @property
    def optimizer(self) -> Optimizer:
        """Gradient descent at this learning rate."""
        return Optimizer(name="gradient_descent", learning_rate=self.learning_rate)

    @property
    def sizes(self) -> Mapping[str, int]:
        """The keyword arguments of the models."""
        return {"inputs": self.inputs, "outputs": self.outputs}

    @property
    def flops_per_step(self) -> float:
        """Two products forward, and two for the gradients of their weights."""
        return 8.0 * self.batch * self.inputs * self.outputs

    def parameters(self, dtype: Dtype) -> dict[str, Any]:
        """Return the initial weights, of shape (inputs, outputs)."""
        rng = np.random.default_rng([self.seed, 0])
        shape = (self.inputs, self.outputs)
        return {
            "value.weight": rng.standard_normal(shape).astype(dtype),
            "gate.weight": rng.standard_normal(shape).astype(dtype),
        }

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[dict[str, Any]]:
        """Return one batch, the same in every epoch."""
        rng = np.random.default_rng([self.seed, 1])
        yield {
            "inputs": rng.standard_normal((self.batch, self.inputs)).astype(dtype),
            "targets": rng.standard_normal((self.batch, self.outputs)).astype(dtype),
        }
