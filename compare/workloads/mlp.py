"""A chain of dense layers with biases, of any depth, with a ReLU between layers.

The loss is the squared error averaged over the batch, the optimizer plain gradient
descent, the data are random. No suite contains it: tests draw random configurations.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from compare.contract import Optimizer, Snapshot
from compare.numerics.dtypes import round_to_dtype
from compare.numerics.einsum import matmul_einsum, sgd_step
from compare.workloads import probing
from compare.workloads.random_data import draw_batches, draw_small_bias
from compare.workloads.requirements import (
    require_at_least,
    require_each_at_least,
    require_positive,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compare.contract import Array, Arrays, Batch, Dtype, Einsum, Reference


@dataclass(frozen=True, kw_only=True)
class Mlp:
    """Layer widths from inputs to outputs, and the scale of the data."""

    batch: int = 16
    widths: tuple[int, ...] = (20, 16, 12, 5)
    learning_rate: float = 2.0**-7
    scale: float = 1.0  # multiplies inputs, targets and initial biases
    is_probe: bool = False  # inputs chosen to expose errors, see `probing`
    seed: int = 0

    model: ClassVar[str] = "mlp"
    loss: ClassVar[str] = "squared_error"

    def __post_init__(self) -> None:
        """Reject configurations that cannot run."""
        require_at_least(self, batch=1, seed=0)
        require_each_at_least(self, "widths", bound=1, length=2)
        require_positive(self, "learning_rate")
        require_positive(self, "scale")

    @property
    def optimizer(self) -> Optimizer:
        """Gradient descent at this learning rate."""
        return Optimizer(name="gradient_descent", learning_rate=self.learning_rate)

    @property
    def sizes(self) -> Mapping[str, Any]:
        """Return the keyword arguments of the model."""
        return {"widths": self.widths}

    @property
    def flops_per_step(self) -> float:
        """Count three products per layer; the first layer needs no input gradient."""
        first, *others = (inputs * outputs for inputs, outputs in pairwise(self.widths))
        return 2.0 * self.batch * (2 * first + 3 * sum(others))

    def probe(self) -> Mlp:
        """Return the same layers with inputs and biases chosen to expose errors."""
        return Mlp(
            batch=probing.BATCH,
            widths=self.widths,
            learning_rate=probing.RATE / 16,
            is_probe=True,
        )

    @property
    def respelled(self) -> Mapping[str, Reference]:
        """Empty: mistakes are planted into its layers, one by one."""
        return {}

    def parameters(self, dtype: Dtype) -> Arrays:
        """Return He-normal weights and small biases.

        Shape:
            ``layerK.weight`` (in, out), ``layerK.bias`` (out,).
        """
        rng = np.random.default_rng([self.seed, 0])
        arrays: dict[str, Array] = {}
        for layer, (inputs, outputs) in enumerate(pairwise(self.widths), start=1):
            weight = np.sqrt(2 / inputs) * rng.standard_normal((inputs, outputs))
            bias = draw_small_bias(
                rng, outputs, is_probe=self.is_probe, scale=self.scale
            )
            arrays[f"layer{layer}.weight"] = round_to_dtype(weight, dtype)
            arrays[f"layer{layer}.bias"] = round_to_dtype(bias, dtype)
        return arrays

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[Batch]:  # noqa: ARG002
        """Return one batch, the same in every epoch; in a probe, an uneven one as well.

        Shape:
            ``inputs`` (batch, first width), ``targets`` (batch, last width).
        """
        return draw_batches(
            self,
            inputs=(self.batch, self.widths[0]),
            targets=(self.batch, self.widths[-1]),
            dtype=dtype,
        )

    def reference(
        self,
        parameters: Arrays,
        batch: Batch,
        *,
        einsum: Einsum = matmul_einsum,
        memory: Mapping[str, Array] = {},  # noqa: ARG002 - the optimizer has no state
    ) -> Snapshot:
        """Compute one training step, with gradients from autograd."""
        from compare.numerics import differentiation  # noqa: PLC0415 - parent only

        product = differentiation.make_differentiable(einsum)
        activations: dict[str, Any] = {}

        def loss_of(parameters: Arrays) -> Any:  # noqa: ANN401 - a value of autograd
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
        x: Any,  # noqa: ANN401 - an array that autograd traces
        einsum: Einsum,
    ) -> dict[str, Any]:
        """Return each layer's outputs before any ReLU."""
        from autograd import numpy as traced  # noqa: PLC0415 - parent only

        from compare.numerics.differentiation import affine  # noqa: PLC0415

        outputs: dict[str, Any] = {}
        for layer in range(1, len(self.widths)):
            weight = parameters[f"layer{layer}.weight"]
            bias = parameters[f"layer{layer}.bias"]
            z = affine(x, weight, bias, einsum=einsum)
            outputs[f"layer{layer}"] = z
            x = traced.where(z > 0, z, 0)  # `maximum` would halve the gradient at 0
        return outputs
