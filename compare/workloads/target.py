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
from compare.files import shorten_path
from compare.numerics.arrays import load_arrays
from compare.numerics.dtypes import round_to_dtype

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from compare.contract import Array, Arrays, Batch, Dtype

BATCHES = 4  # per epoch
# Initial parameters are moved by up to this share, and those that are all zero get
# values of this scale: a bias of zeros could be left out unnoticed.
SHARE, SCALE = 0.125, 0.05
SHORTEST = 2
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
        return f"{shorten_path(self.file) or self.module}:{self.name}"


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
    def is_sequence(self) -> bool:
        """Whether the second axis may be the positions of tokens or of vectors."""
        return len(self.shape) == (3 if self.kind == "float" else 2)

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
class Size:
    """The size of a batch: its examples, and the length of each if it is a sequence."""

    batch: int
    length: int = 0  # no sequences


def find_length(inputs: Sequence[ArraySpec]) -> int:
    """Return the one length that all sequences among inputs have; 0 without any.

    Two positions or fewer are not taken for a sequence.
    """
    lengths = {spec.shape[1] for spec in inputs if spec.is_sequence}
    return lengths.pop() if len(lengths) == 1 and min(lengths) > SHORTEST else 0


def further_lengths(length: int) -> tuple[int, int]:
    """Return a longer and a shorter length."""
    return 2 * length, length // 2 + 1


def resize(
    specs: Iterable[ArraySpec], size: Size, *, before: Size
) -> tuple[ArraySpec, ...]:
    """Return arrays of another size.

    The first axis is changed where it has the length of a batch, and the second one of
    sequences where it has their length.
    """
    found = []
    for spec in specs:
        shape = list(spec.shape)
        if shape[:1] == [before.batch]:
            shape[0] = size.batch
        if size.length and spec.is_sequence and shape[1] == before.length:
            shape[1] = size.length
        found.append(replace(spec, shape=tuple(shape)))
    return tuple(found)


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
    length: int = 0  # of sequences, if the model takes them and other lengths, too
    is_resized: bool = False  # its batches have another size than the stored ones
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
    def size(self) -> Size:
        """The length of the first axis of the first input, and that of sequences."""
        return Size(batch=self.inputs[0].shape[0], length=self.length)

    def resized(self, size: Size) -> TargetWorkload:
        """Return the workload with batches of another size."""
        return replace(
            self,
            inputs=resize(self.inputs, size, before=self.size),
            targets=resize(self.targets, size, before=self.size),
            length=size.length,
            is_resized=True,
        )

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
        if not self.is_resized:
            return batch
        length = len(batch[f"{INPUT}.0"])
        rows = np.arange(self.size.batch) % length
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
