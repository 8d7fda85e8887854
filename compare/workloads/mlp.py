"""A chain of dense layers with biases and a ReLU between each two, of any depth.

Squared error averaged over the batch, plain gradient descent, random data. In no suite:
it is what random configurations are made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from compare.contract import Optimizer, Snapshot
from compare.numerics.dtypes import round_to_dtype
from compare.numerics.einsum import matmul_einsum, sgd_step
from compare.workloads.limits import at_least, each_at_least, positive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from compare.contract import Array, Arrays, Batch, Dtype, Einsum, Reference


@dataclass(frozen=True, kw_only=True)
class Mlp:
    """Sizes from the inputs to the outputs, and the scale of the numbers."""

    batch: int = 16
    widths: tuple[int, ...] = (20, 16, 12, 5)
    learning_rate: float = 2.0**-7
    scale: float = 1.0  # multiplies inputs, targets and initial biases
    seed: int = 0

    model: ClassVar[str] = "mlp"
    loss: ClassVar[str] = "squared_error"
    epochs: ClassVar[int] = 0

    def __post_init__(self) -> None:
        """Refuse sizes that no run can use."""
        at_least(self, batch=1, seed=0)
        each_at_least(self, "widths", bound=1, length=2)
        positive(self, "learning_rate")
        positive(self, "scale")

    @property
    def optimizer(self) -> Optimizer:
        """Gradient descent."""
        return Optimizer(name="gradient_descent", learning_rate=self.learning_rate)

    @property
    def sizes(self) -> Mapping[str, Any]:
        """Keyword arguments of the model."""
        return {"widths": self.widths}

    @property
    def flops_per_step(self) -> float:
        """Three products a layer; the first needs no gradient of its input."""
        first, *others = (inputs * outputs for inputs, outputs in pairwise(self.widths))
        return 2.0 * self.batch * (2 * first + 3 * sum(others))

    @property
    def respelled(self) -> Mapping[str, Reference]:
        """None: it is checked, not compared."""
        return {}

    def staged(self, folder: Path) -> Mlp:  # noqa: ARG002 - nothing to stage
        """This workload itself: its data are drawn from the seed."""
        return self

    def parameters(self, dtype: Dtype) -> Arrays:
        """He-normal weights and small biases.

        Shape:
            ``layerK.weight`` (in, out), ``layerK.bias`` (out,).
        """
        rng = np.random.default_rng([self.seed, 0])
        arrays: dict[str, Array] = {}
        for layer, (inputs, outputs) in enumerate(pairwise(self.widths), start=1):
            weight = np.sqrt(2 / inputs) * rng.standard_normal((inputs, outputs))
            bias = 0.25 * self.scale * rng.standard_normal(outputs)
            arrays[f"layer{layer}.weight"] = round_to_dtype(weight, dtype)
            arrays[f"layer{layer}.bias"] = round_to_dtype(bias, dtype)
        return arrays

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[Batch]:  # noqa: ARG002
        """One batch, the same in every epoch.

        Shape:
            ``inputs`` (batch, first width), ``targets`` (batch, last width).
        """
        rng = np.random.default_rng([self.seed, 1])
        inputs = self.scale * rng.standard_normal((self.batch, self.widths[0]))
        targets = self.scale * rng.standard_normal((self.batch, self.widths[-1]))
        yield {
            "inputs": round_to_dtype(inputs, dtype),
            "targets": round_to_dtype(targets, dtype),
        }

    def validation(self, dtype: Dtype) -> Batch:
        """None: random targets leave nothing to learn."""
        raise NotImplementedError

    def metrics(self, outputs: Array, batch: Batch) -> Mapping[str, float]:
        """None: random targets leave nothing to learn."""
        raise NotImplementedError

    def reference(
        self,
        parameters: Arrays,
        batch: Batch,
        *,
        einsum: Einsum = matmul_einsum,
        memory: Mapping[str, Array] = {},  # noqa: ARG002 - nothing is remembered
    ) -> Snapshot:
        """One training step; its gradients are autograd's."""
        from compare.numerics import differentiation  # noqa: PLC0415 - parent only

        product = differentiation.make_differentiable(einsum)
        activations: dict[str, Any] = {}

        def loss_of(parameters: Arrays) -> Any:  # noqa: ANN401 - autograd's own
            activations.update(self._forward(parameters, batch["inputs"], product))
            *_, outputs = activations.values()
            error = outputs - batch["targets"]
            return product("no,no->", error, error) / len(batch["targets"])

        loss, gradients = differentiation.value_and_gradients(loss_of, parameters)
        return Snapshot(
            loss=loss,
            gradients=gradients,
            parameters=sgd_step(parameters, gradients, optimizer=self.optimizer),
            activations=differentiation.to_arrays(activations),
        )

    def _forward(
        self,
        parameters: Arrays,
        x: Any,  # noqa: ANN401 - an array that autograd follows
        einsum: Einsum,
    ) -> dict[str, Any]:
        """Each layer's outputs before any ReLU."""
        from autograd import numpy as followed  # noqa: PLC0415 - parent only

        from compare.numerics.differentiation import affine  # noqa: PLC0415

        outputs: dict[str, Any] = {}
        for layer in range(1, len(self.widths)):
            weight = parameters[f"layer{layer}.weight"]
            bias = parameters[f"layer{layer}.bias"]
            z = affine(x, weight, bias, einsum=einsum)
            outputs[f"layer{layer}"] = z
            x = followed.where(z > 0, z, 0)  # `maximum` would halve ties at 0
        return outputs
