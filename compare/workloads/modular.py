"""A network that applies its modules in an order that belongs to each batch.

A batch has a program: the numbers of the modules that the network applies, one after
another, so that the network has another structure at each step. The loss is the squared
error averaged over the batch, the optimizer plain SGD, the data are random. The
reference's gradients are derived by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from compare.contract import Optimizer, Snapshot
from compare.errors import UsageError
from compare.numerics.dtypes import round_to_dtype
from compare.numerics.einsum import matmul_einsum, sgd_step
from compare.workloads import probing
from compare.workloads.layer_sums import sum_by_layer
from compare.workloads.random_data import (
    draw_different,
    draw_kernel,
    draw_small_bias,
)
from compare.workloads.requirements import (
    require_at_least,
    require_at_most,
    require_positive,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compare.contract import Array, Arrays, Batch, Dtype, Einsum, Reference

MOST_PROGRAMS = 64  # a worker keeps this many batches ready for timed steps


@dataclass(frozen=True, kw_only=True)
class Modular:
    """The modules, the length of a program, and how many programs an epoch has."""

    batch: int = 32
    width: int = 64  # of the inputs and of every module
    outputs: int = 10
    modules: int = 4
    depth: int = 6  # modules in a program; one may occur several times
    # Different ones, one batch each. With 1, 2, 4 or 8 of them, the steps that are
    # checked alone, 0, 8 and 16, would all have the same.
    programs: int = 5
    learning_rate: float = 2.0**-6
    is_probe: bool = False  # inputs chosen to expose errors, see `probing`
    seed: int = 0

    is_dynamic: ClassVar[bool] = True  # batches have different programs
    model: ClassVar[str] = "modular"
    loss: ClassVar[str] = "squared_error"

    def __post_init__(self) -> None:
        """Reject configurations that cannot run."""
        require_at_least(self, batch=1, width=1, outputs=1, modules=1, depth=1, seed=0)
        require_at_least(self, programs=1)
        require_at_most(self, programs=MOST_PROGRAMS)
        require_positive(self, "learning_rate")
        if self.programs > (most := self.modules**self.depth):
            raise UsageError(
                f"workload modular: programs: expected at most {most}, the number of "
                f"different programs; received {self.programs}"
            )

    @property
    def optimizer(self) -> Optimizer:
        """Plain SGD."""
        return Optimizer(name="sgd", learning_rate=self.learning_rate)

    @property
    def sizes(self) -> Mapping[str, int]:
        """Return the keyword arguments of the model."""
        return {"width": self.width, "outputs": self.outputs, "modules": self.modules}

    @property
    def flops_per_step(self) -> float:
        """Count three products per layer; the first layer needs no input gradient."""
        module = self.batch * self.width * self.width
        head = self.batch * self.width * self.outputs
        return 2.0 * ((3 * self.depth - 1) * module + 3 * head)

    def probe(self) -> Modular:
        """Return small modules, with inputs and biases chosen to expose errors."""
        return Modular(
            batch=probing.BATCH,
            width=11,
            outputs=3,
            modules=4,
            depth=5,
            programs=3,
            learning_rate=probing.RATE / 4,
            is_probe=True,
        )

    @property
    def respelled(self) -> Mapping[str, Reference]:
        """Empty: no quirk of the catalogue applies to dense layers with tanh."""
        return {}

    def parameters(self, dtype: Dtype) -> Arrays:
        """Return random weights and biases; all modules are stacked.

        Shape:
            ``bank.weights`` (modules, in, out), ``bank.biases`` (modules, out),
            ``head.weight`` (in, outputs), ``head.bias`` (outputs,).
        """
        rng = np.random.default_rng([self.seed, 0])
        each = range(self.modules)
        arrays = {
            "bank.weights": np.stack(
                [draw_kernel(rng, self.width, self.width, gain=1) for _ in each]
            ),
            "bank.biases": np.stack([self._draw_bias(rng, self.width) for _ in each]),
            "head.weight": draw_kernel(rng, self.width, self.outputs, gain=1),
            "head.bias": self._draw_bias(rng, self.outputs),
        }
        return {name: round_to_dtype(array, dtype) for name, array in arrays.items()}

    def _draw_bias(self, rng: np.random.Generator, size: int) -> Array:
        return draw_small_bias(rng, size, is_probe=self.is_probe)

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[Batch]:  # noqa: ARG002
        """Return one batch per program, the same in every epoch.

        The last batch of a probe is uneven.

        Shape:
            ``inputs`` (batch, width), ``program`` (depth,) int64,
            ``targets`` (batch, outputs).
        """
        rng = np.random.default_rng([self.seed, 1])
        programs = self._draw_programs(rng)
        for number, program in enumerate(programs, start=1):
            inputs = rng.standard_normal((self.batch, self.width))
            if self.is_probe:
                inputs = probing.draw_inputs(rng, inputs.shape)
            targets = rng.standard_normal((self.batch, self.outputs))
            batch = {
                "inputs": round_to_dtype(inputs, dtype),
                "program": program,
                "targets": round_to_dtype(targets, dtype),
            }
            is_uneven = self.is_probe and number == self.programs
            yield probing.last_batch(batch) if is_uneven else batch

    def _draw_programs(self, rng: np.random.Generator) -> list[Array]:
        """Return different programs, each of shape (depth,)."""
        return draw_different(
            lambda: rng.integers(self.modules, size=self.depth), count=self.programs
        )

    def reference(
        self,
        parameters: Arrays,
        batch: Batch,
        *,
        einsum: Einsum = matmul_einsum,
        memory: Mapping[str, Array] = {},  # noqa: ARG002 - plain SGD has no state
    ) -> Snapshot:
        """Compute one training step, with gradients derived by hand."""
        program, targets = batch["program"], batch["targets"]
        layers = self._apply(parameters, batch, einsum=einsum)
        w, features = parameters["head.weight"], layers[-1]
        outputs = einsum("nw,wo->no", features, w) + parameters["head.bias"]
        error = outputs - targets
        loss = einsum("no,no->", error, error) / len(targets)

        d_outputs = 2 * error / len(targets)
        d_x = einsum("no,wo->nw", d_outputs, w)
        d_weights: list[Array] = []
        d_biases: list[Array] = []
        for place in reversed(range(self.depth)):
            d_z = d_x * (1 - layers[place + 1] ** 2)  # the derivative of tanh
            d_weights.insert(0, einsum("ni,no->io", layers[place], d_z))
            d_biases.insert(0, einsum("no->o", d_z))
            if place > 0:
                weight = parameters["bank.weights"][program[place]]
                d_x = einsum("no,io->ni", d_z, weight)

        gradients = {
            "bank.weights": sum_by_layer(
                d_weights, program, count=self.modules, einsum=einsum
            ),
            "bank.biases": sum_by_layer(
                d_biases, program, count=self.modules, einsum=einsum
            ),
            "head.weight": einsum("nw,no->wo", features, d_outputs),
            "head.bias": einsum("no->o", d_outputs),
        }
        return Snapshot(
            loss=np.asarray(loss),
            gradients=gradients,
            parameters=sgd_step(parameters, gradients, optimizer=self.optimizer),
            activations={"bank": features, "head": outputs},
        )

    def _apply(
        self, parameters: Arrays, batch: Batch, *, einsum: Einsum
    ) -> list[Array]:
        """Return the inputs, then the outputs of each module of the program.

        Shape:
            each (batch, width).
        """
        layers = [batch["inputs"]]
        for module in batch["program"]:
            z = einsum("ni,io->no", layers[-1], parameters["bank.weights"][module])
            layers.append(np.tanh(z + parameters["bank.biases"][module]))
        return layers
