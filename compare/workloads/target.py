"""A user's own model as a workload: where it is defined, and the data that it takes.

A run inspects the model in a worker first (`compare.workers.inspecting`), which finds
what the user did not state and saves the initial parameters. The model may have two
sources, one in each of two frameworks: they are then compared with each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from compare.contract import Optimizer
from compare.numerics.arrays import load_arrays
from compare.numerics.dtypes import round_to_dtype

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compare.contract import Array, Arrays, Batch, Dtype

BATCHES = 4  # per epoch
# Initial parameters are moved by up to this share, and those that are all zero get
# values of this scale: a bias of zeros could be left out unnoticed.
SHARE, SCALE = 0.125, 0.05
INPUT, TARGET = "inputs", "targets"


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a model is defined: in a file, or in a module that can be imported."""

    name: str  # of a class, a function that returns the model, or the model
    file: str = ""
    module: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)  # of the class or function
    takes_dtype: bool = False  # it is called with the framework's dtype

    @property
    def text(self) -> str:
        """The source as a user writes it."""
        return f"{self._place or self.module}:{self.name}"

    @property
    def _place(self) -> str:
        """The file, relative to the current folder if it is in it."""
        path, here = Path(self.file), Path.cwd()
        inside = self.file and path.is_relative_to(here)
        return str(path.relative_to(here)) if inside else self.file


@dataclass(frozen=True, kw_only=True)
class ArraySpec:
    """The shape and type of one array of a batch, and how its values are drawn.

    Floating-point values are standard normal, in the dtype of the session. Integers
    are drawn from ``low`` up to ``high``, which is excluded.
    """

    shape: tuple[int, ...]
    kind: str = "float"  # float, int64, int32 or bool
    low: int = 0
    high: int = 2
    name: str = ""  # of a keyword argument

    @property
    def text(self) -> str:
        """The specification as a user writes it, such as ``float32:8x3``."""
        kind = "float32" if self.kind == "float" else self.kind
        values = f"[{self.low},{self.high})" if kind.startswith("int") else ""
        is_positional = not self.name or self.name.isdigit()
        prefix = "" if is_positional else f"{self.name}="
        return f"{prefix}{kind}{values}:{'x'.join(map(str, self.shape))}"

    def draw(self, rng: np.random.Generator, *, dtype: Dtype) -> Array:
        """Return an array of this specification."""
        if self.kind == "float":
            return round_to_dtype(rng.standard_normal(self.shape), dtype)
        if self.kind == "bool":
            return rng.integers(0, 2, self.shape).astype(bool)
        return rng.integers(self.low, self.high, self.shape).astype(self.kind)


@dataclass(frozen=True, kw_only=True)
class Placement:
    """How one framework names and orders the axes of what both sides share.

    Attributes:
        parameters: the framework's own name -> (shared name, axes). The axes permute
            the shared array into the framework's; empty if they are the same.
        inputs: axes for each input.
        outputs: axes for each output; they permute the shared one.
    """

    parameters: dict[str, tuple[str, tuple[int, ...]]] = field(default_factory=dict)
    inputs: tuple[tuple[int, ...], ...] = ()
    outputs: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, kw_only=True)
class TargetWorkload:
    """A user's model with its loss, optimizer and random data."""

    sources: dict[str, Source]  # by name of a framework
    inputs: tuple[ArraySpec, ...] = ()
    targets: tuple[ArraySpec, ...] = ()  # what the loss compares the outputs with
    loss: str = ""
    output: str = ""  # the index or key of the output that the loss takes; empty: all
    rule: str = "sgd"  # the name of the optimizer
    learning_rate: float = 2.0**-7
    weight_decay: float = 0.0
    chosen: Optimizer | None = None  # with all its hyperparameters
    placements: dict[str, Placement] = field(default_factory=dict)
    arrays: str = ""  # a file with the initial parameters
    are_moved: bool = True  # the initial parameters
    data: str = ""  # a file with batches; without it, they are random
    own_reference: Source | None = None  # the class that defines it, in NumPy
    size: int = 0  # of a batch, if it was changed
    is_random: bool = False  # it draws random numbers in training
    dtype: str = "float32"  # of timed steps; agreement is checked in float64 as well
    flops_per_step: float = 0.0
    seed: int = 0

    model: ClassVar[str] = "target"

    @property
    def sizes(self) -> Mapping[str, Any]:
        """Empty: the model's arguments are part of its source."""
        return {}

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer by its name."""
        return self.chosen or Optimizer(
            name=self.rule,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
        )

    def parameters(self, dtype: Dtype) -> Arrays:
        """Return the initial parameters and buffers, slightly moved.

        No parameter is left at zero, where a defect may have no effect.
        """
        return {
            name: round_to_dtype(array, dtype) for name, array in self._moved.items()
        }

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[Batch]:
        """Return random inputs and targets; keys are ``inputs.0``, ``targets.0``."""
        if self.data:
            yield from self._read_batches(dtype, epoch=epoch)
            return
        for number in range(BATCHES):
            rng = np.random.default_rng([self.seed, 1, epoch, number])
            yield {
                f"{part}.{index}": spec.draw(rng, dtype=dtype)
                for part, specs in ((INPUT, self.inputs), (TARGET, self.targets))
                for index, spec in enumerate(specs)
            }

    @property
    def batch_size(self) -> int:
        """The length of the first axis of the first input."""
        return self.inputs[0].shape[0]

    def resized(self, size: int) -> TargetWorkload:
        """Return the workload with another batch size.

        The first axis of every array that has the length of a batch is changed.
        """
        return replace(
            self,
            inputs=tuple(self._resize(spec, size) for spec in self.inputs),
            targets=tuple(self._resize(spec, size) for spec in self.targets),
            size=size,
        )

    def _resize(self, spec: ArraySpec, size: int) -> ArraySpec:
        first, *rest = spec.shape or (0,)
        if first != self.batch_size:
            return spec
        return replace(spec, shape=(size, *rest))

    def _read_batches(self, dtype: Dtype, *, epoch: int) -> Iterator[Batch]:
        """Yield the stored batches of an epoch; after the last epoch, the first."""
        epochs = self._stored
        for batch in epochs[epoch % len(epochs)]:
            yield {
                key: round_to_dtype(array, dtype) if array.dtype.kind == "f" else array
                for key, array in self._take_rows(batch).items()
            }

    def _take_rows(self, batch: Batch) -> Batch:
        """Return a batch of another size: rows are left out or repeated."""
        if not self.size:
            return batch
        length = len(batch[f"{INPUT}.0"])
        rows = np.arange(self.size) % length
        return {
            key: array[rows] if array.shape[:1] == (length,) else array
            for key, array in batch.items()
        }

    @cached_property
    def _stored(self) -> list[list[Batch]]:
        epochs: list[list[dict[str, Array]]] = []
        for key, array in load_arrays(Path(self.data)).items():
            epoch, number, name = key.split(".", 2)
            if int(epoch) == len(epochs):
                epochs.append([])
            if int(number) == len(epochs[-1]):
                epochs[-1].append({})
            epochs[-1][-1][name] = array
        return [[*batches] for batches in epochs]

    @cached_property
    def _moved(self) -> Arrays:
        rng = np.random.default_rng([self.seed, 2])
        arrays = load_arrays(Path(self.arrays))
        if not self.are_moved:
            return arrays
        return {name: _move(array, rng) for name, array in arrays.items()}


def _move(array: Array, rng: np.random.Generator) -> Array:
    if not array.any():
        return SCALE * rng.standard_normal(array.shape)
    moved: Array = array * (1 + SHARE * rng.uniform(-1, 1, array.shape))
    return moved
