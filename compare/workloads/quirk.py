"""A small training problem around one quirk of the catalogue, in one of its spellings.

A quirk of a layer is placed between a scaling of its inputs and a squared error. A
quirk of a loss or an optimizer trains one dense layer. The seed also determines sizes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from compare import quirks
from compare.contract import Optimizer, Snapshot
from compare.errors import UsageError, unknown_name
from compare.numerics.dtypes import round_to_dtype
from compare.numerics.einsum import matmul_einsum, sgd_step
from compare.workloads.requirements import require_at_least, require_positive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compare.contract import Array, Arrays, Batch, Dtype, Einsum, Reference
    from compare.quirks import QuirkEntry
    from compare.quirks.entry import Problem

BATCHES = 4  # per epoch
# Learning rate of plain gradient descent, small so that differences do not blow up.
RATE = 2.0**-10


@dataclass(frozen=True, kw_only=True)
class QuirkWorkload:
    """One spelling of one quirk."""

    quirk: str = "same_padding"
    spelling: str = ""  # empty: the first one
    scale: float = 1.0  # multiplies the inputs
    seed: int = 0

    model: ClassVar[str] = "quirk"

    def __post_init__(self) -> None:
        """Reject a quirk or spelling that is not in the catalogue."""
        require_at_least(self, seed=0)
        require_positive(self, "scale")
        expected = self._entry.spellings
        if self.spelling and self.spelling not in expected:
            raise unknown_name(
                f"spelling of {self.quirk}", self.spelling, expected=expected
            )

    @property
    def loss(self) -> str:
        """The quirk's spelling, or a squared error."""
        return self._spelled if self._part == "loss" else "squared_error"

    @property
    def optimizer(self) -> Optimizer:
        """The quirk's spelling, or plain gradient descent."""
        spelled = self._part == "optimizer"
        name = self._spelled if spelled else "gradient_descent"
        return Optimizer(name=name, learning_rate=RATE)

    @property
    def sizes(self) -> Mapping[str, Any]:
        """Return the name of the spelled layer and the shapes of its parameters."""
        shapes = {name: list(a.shape) for name, a in self.parameters("float64").items()}
        layer = self._spelled if self._part == "layer" else ""
        return {"layer": layer, "shapes": shapes}

    @property
    def flops_per_step(self) -> float:
        """0: the products are too small to matter."""
        return 0.0

    def probe(self) -> None:
        """Return nothing: a quirk's own problem is chosen to expose its spelling."""

    @property
    def respelled(self) -> Mapping[str, Reference]:
        """The quirk's other spelling."""
        other = replace(self, spelling=self._entry.other_spelling(self._name))
        return {self.quirk: other.reference}

    def parameters(self, dtype: Dtype) -> Arrays:
        """Return one scale per input channel, and the layer's own parameters."""
        drawn = self._problem
        scale: dict[str, Array] = {}
        if self._part == "layer" and drawn.inputs.dtype.kind == "f":
            factors = self._rng(1).uniform(1, 2, size=drawn.inputs.shape[-1])
            scale = {"scale.factor": np.asarray(factors)}
        layer = {f"layer.{name}": array for name, array in drawn.parameters.items()}
        named: dict[str, Array] = {**scale, **layer}
        return {name: round_to_dtype(array, dtype) for name, array in named.items()}

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[Batch]:
        """Return the problem's inputs, shifted along the batch from step to step."""
        inputs, targets = self._problem.inputs, self._targets
        if inputs.dtype.kind == "f":
            inputs = inputs * self.scale
        for number in range(BATCHES):
            shift = epoch * BATCHES + number
            yield {
                "inputs": round_to_dtype(np.roll(inputs, shift, axis=0), dtype),
                "targets": round_to_dtype(np.roll(targets, 2 * shift, axis=0), dtype),
            }

    def reference(
        self,
        parameters: Arrays,
        batch: Batch,
        *,
        einsum: Einsum = matmul_einsum,
        memory: Mapping[str, Array] = {},
    ) -> Snapshot:
        """Compute one training step, with gradients from autograd."""
        from compare.numerics import differentiation  # noqa: PLC0415 - parent only

        product = differentiation.make_differentiable(einsum)
        activations: dict[str, Any] = {}

        def loss_of(parameters: Arrays) -> Any:  # noqa: ANN401
            outputs = self._forward(parameters, batch["inputs"], activations, product)
            return self._loss_of(outputs, batch["targets"], product)

        loss, gradients = differentiation.value_and_gradients(loss_of, parameters)
        after, remembered = self.update(parameters, gradients, memory)
        return Snapshot(
            loss=loss,
            gradients=gradients,
            parameters=after,
            activations=differentiation.to_arrays(activations),
            memory=remembered,
        )

    def _forward(
        self,
        parameters: Arrays,
        x: Any,  # noqa: ANN401
        activations: dict[str, Any],
        einsum: Einsum,
    ) -> Any:  # noqa: ANN401
        if "scale.factor" in parameters:
            axes = "nabcd"[: x.ndim - 1]
            x = einsum(f"{axes}z,z->{axes}z", x, parameters["scale.factor"])
            activations["scale"] = x
        own = {
            name.removeprefix("layer."): array
            for name, array in parameters.items()
            if name.startswith("layer.")
        }
        layer = self._mathematics if self._part == "layer" else _dense
        activations["layer"] = layer(x, **own, einsum=einsum)
        return activations["layer"]

    def _loss_of(self, outputs: Any, targets: Array, einsum: Einsum) -> Any:  # noqa: ANN401
        if self._part == "loss":
            return self._mathematics(outputs, targets, einsum=einsum)
        error = outputs - targets
        axes = "nabcd"[: error.ndim]
        return einsum(f"{axes},{axes}->", error, error) / len(targets)

    def update(
        self, parameters: Arrays, gradients: Arrays, memory: Arrays
    ) -> tuple[Arrays, Arrays]:
        """Return the parameters and the optimizer's state after an update."""
        if self._part == "optimizer":
            after: tuple[Arrays, Arrays] = self._mathematics(
                parameters, gradients, memory
            )
            return after
        return sgd_step(parameters, gradients, optimizer=self.optimizer), {}

    def _rng(self, stream: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, stream])

    @property
    def _entry(self) -> QuirkEntry:
        return quirks.find_quirk(self.quirk)

    @property
    def _part(self) -> str:
        return self._entry.quirk.part

    @property
    def _name(self) -> str:
        return self.spelling or next(iter(self._entry.spellings))

    @property
    def _spelled(self) -> str:
        return f"{self.quirk}.{self._name}"

    @property
    def _mathematics(self) -> Any:  # noqa: ANN401 - the spelling's function
        return self._entry.spellings[self._name]

    @cached_property
    def _problem(self) -> Problem:
        return self._entry.problem(self._rng(0))

    @cached_property
    def _targets(self) -> Array:
        """The problem's own targets, or random ones of the first spelling's shape."""
        if self._problem.targets is not None:
            return self._problem.targets
        if self._part == "layer":
            layer = next(iter(self._entry.spellings.values()))
        else:
            layer = _dense
        inputs, own = self._problem.inputs, self._problem.parameters
        outputs = np.asarray(layer(inputs, **own, einsum=matmul_einsum))
        if outputs.shape[0] != inputs.shape[0]:
            raise UsageError(f"quirk {self.quirk}: its outputs have no batch axis")
        return self._rng(2).standard_normal(outputs.shape)


def _dense(x: Any, *, weight: Array, bias: Array, einsum: Einsum) -> Any:  # noqa: ANN401
    from compare.numerics.differentiation import affine  # noqa: PLC0415

    return affine(x, weight, bias, einsum=einsum)
