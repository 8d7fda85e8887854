"""A recurrent classifier of sequences whose length changes from batch to batch.

A tanh cell, a linear head on its last state, cross-entropy, plain SGD. A graph that was
captured for one length does not fit another one. Padding makes lengths equal, at the
price of more positions to compute.

A position that is all zero leaves the state unchanged, so that padding does not change
any result. The gradients of the reference are derived by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from compare.contract import Optimizer, Snapshot
from compare.numerics.dtypes import round_to_dtype
from compare.numerics.einsum import matmul_einsum, sgd_step
from compare.workloads import probing
from compare.workloads.losses import differentiate_cross_entropy
from compare.workloads.random_data import draw_kernel
from compare.workloads.requirements import (
    require_at_least,
    require_at_most,
    require_positive,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compare.contract import Array, Arrays, Batch, Dtype, Einsum, Reference

Padding = Literal["none", "longest", "bucket"]
MOST_LENGTHS = 64  # a worker keeps this many batches ready for timed steps


@dataclass(frozen=True, kw_only=True)
class Rnn:
    """Sequences, their lengths, and the sizes of the network.

    Padding is ``none`` (every batch has its own length), ``longest`` (every batch is
    padded to `longest`) or ``bucket`` (to the next power of two).
    """

    batch: int = 16
    lengths: int = 4  # different ones, one batch each
    longest: int = 24  # positions
    inputs: int = 8  # features of a position
    units: int = 16
    classes: int = 4
    padding: Padding = "none"
    learning_rate: float = 2.0**-3
    is_probe: bool = False  # inputs chosen to expose errors, see `probing`
    seed: int = 0

    is_dynamic: ClassVar[bool] = True  # batches have different lengths
    model: ClassVar[str] = "rnn"
    loss: ClassVar[str] = "cross_entropy"

    def __post_init__(self) -> None:
        """Reject configurations that cannot run."""
        require_at_least(self, batch=1, lengths=1, inputs=1, units=1, seed=0)
        require_at_least(self, classes=2, longest=self.lengths)
        require_at_most(self, lengths=MOST_LENGTHS)
        require_positive(self, "learning_rate")

    @property
    def optimizer(self) -> Optimizer:
        """SGD without momentum."""
        return Optimizer(name="sgd", learning_rate=self.learning_rate)

    @property
    def sizes(self) -> Mapping[str, int]:
        """Return the keyword arguments of the model."""
        return {"inputs": self.inputs, "units": self.units, "classes": self.classes}

    @property
    def flops_per_step(self) -> float:
        """Count the products of an epoch, padding included, divided by its steps.

        Inputs and the state before the first position need no gradient.
        """
        lengths = [self._padded_length(length) for length in self._own_lengths()]
        positions = float(np.mean(lengths))
        inputs = positions * 2 * self.inputs * self.units
        states = (positions * 3 - 1) * self.units**2
        head = 3 * self.units * self.classes
        return 2.0 * self.batch * (inputs + states + head)

    def probe(self) -> Rnn:
        """Return short sequences with gaps, of different lengths within a batch."""
        return Rnn(
            batch=probing.BATCH,
            lengths=min(2, self.lengths),
            longest=7,
            inputs=5,
            units=6,
            classes=3,
            padding=self.padding,
            learning_rate=probing.RATE,
            is_probe=True,
        )

    @property
    def respelled(self) -> Mapping[str, Reference]:
        """Empty: no quirk of the catalogue applies to a cell that is written out."""
        return {}

    def parameters(self, dtype: Dtype) -> Arrays:
        """Return random weights and small biases.

        Shape:
            ``cell.input_weight`` (inputs, units), ``cell.recurrent_weight`` (units,
            units), ``cell.bias`` (units,), ``head.weight`` (units, classes),
            ``head.bias`` (classes,).
        """
        rng = np.random.default_rng([self.seed, 0])
        arrays = {
            "cell.input_weight": draw_kernel(rng, self.inputs, self.units, gain=1),
            "cell.recurrent_weight": draw_kernel(rng, self.units, self.units, gain=1),
            # Not zero, so that a cell that computes padding changes the state.
            "cell.bias": rng.standard_normal(self.units) / 8,
            "head.weight": draw_kernel(rng, self.units, self.classes, gain=1),
            "head.bias": rng.standard_normal(self.classes) / 8,
        }
        return {name: round_to_dtype(array, dtype) for name, array in arrays.items()}

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[Batch]:  # noqa: ARG002
        """Return one batch of each length, in a random order, the same in every epoch.

        A probe also has an uneven last batch.

        Shape:
            ``inputs`` (batch, length, inputs), 0 after the end of a sequence;
            ``targets`` (batch,) int64.
        """
        rng = np.random.default_rng([self.seed, 1])
        for length in rng.permutation(self._own_lengths()):
            inputs, targets = self._draw(rng, int(length))
            padded = np.zeros((self.batch, self._padded_length(length), self.inputs))
            padded[:, :length] = inputs
            batch = {"inputs": round_to_dtype(padded, dtype), "targets": targets}
            yield batch
        if self.is_probe:
            yield probing.last_batch(batch)

    def reference(
        self,
        parameters: Arrays,
        batch: Batch,
        *,
        einsum: Einsum = matmul_einsum,
        memory: Mapping[str, Array] = {},  # noqa: ARG002 - plain SGD has no state
    ) -> Snapshot:
        """Compute one training step, with gradients derived by hand."""
        x = batch["inputs"]
        is_given = (x != 0).any(axis=2)
        outputs, states = _run_cell(x, is_given, parameters, einsum=einsum)
        logits = einsum("nu,uk->nk", states[-1], parameters["head.weight"])
        logits = logits + parameters["head.bias"]
        loss, d_logits = differentiate_cross_entropy(
            logits, batch["targets"], einsum=einsum
        )

        d_last = einsum("nk,uk->nu", d_logits, parameters["head.weight"])
        d_z = _backpropagate(d_last, states, is_given, parameters, einsum=einsum)
        before = np.stack(states[:-1], axis=1)
        gradients = {
            "cell.input_weight": einsum("nti,ntu->iu", x, d_z),
            "cell.recurrent_weight": einsum("ntv,ntu->vu", before, d_z),
            "cell.bias": einsum("ntu->u", d_z),
            "head.weight": einsum("nu,nk->uk", states[-1], d_logits),
            "head.bias": einsum("nk->k", d_logits),
        }
        return Snapshot(
            loss=loss,
            gradients=gradients,
            parameters=sgd_step(parameters, gradients, optimizer=self.optimizer),
            activations={"cell": outputs[0], "head": logits},
        )

    def _own_lengths(self) -> list[int]:
        """Return the lengths before any padding, from the shortest to `longest`."""
        parts = range(1, self.lengths + 1)
        return [self.longest * part // self.lengths for part in parts]

    def _padded_length(self, length: int) -> int:
        if self.padding == "bucket":
            return 1 << (int(length) - 1).bit_length()
        return self.longest if self.padding == "longest" else length

    def _draw(self, rng: np.random.Generator, length: int) -> tuple[Array, Array]:
        """Return noise around the pattern of each sequence's class, and the classes.

        Shape:
            (batch, length, inputs) and (batch,) int64.
        """
        shape = (self.batch, length, self.inputs)
        if self.is_probe:
            labels = probing.draw_labels(rng, count=self.batch, classes=self.classes)
            return _make_gaps(probing.draw_inputs(rng, shape)), labels
        patterns = np.random.default_rng([self.seed, 2]).standard_normal(
            (self.classes, self.inputs)
        )
        labels = rng.integers(0, self.classes, size=self.batch)
        return rng.standard_normal(shape) + patterns[labels][:, np.newaxis], labels


def _make_gaps(inputs: Array) -> Array:
    """Return sequences of which some end earlier, start later or pause."""
    inputs[3, -1] = 0.0
    inputs[4, 0] = 0.0
    inputs[5, 1] = 0.0
    return inputs


def _compute_cell(
    x: Array, state: Array, parameters: Arrays, *, einsum: Einsum
) -> Array:
    """Return the cell's output at one position.

    Shape:
        ``x`` (N, inputs), ``state`` (N, units) -> (N, units).
    """
    given = einsum("ni,iu->nu", x, parameters["cell.input_weight"])
    past = einsum("nv,vu->nu", state, parameters["cell.recurrent_weight"])
    output: Array = np.tanh(given + past + parameters["cell.bias"])
    return output


def _run_cell(
    x: Array, is_given: Array, parameters: Arrays, *, einsum: Einsum
) -> tuple[list[Array], list[Array]]:
    """Return the cell's output at each position, and the states before and after."""
    states = [np.zeros((len(x), len(parameters["cell.bias"])), x.dtype)]
    outputs = []
    for now in range(x.shape[1]):
        after = _compute_cell(x[:, now], states[-1], parameters, einsum=einsum)
        outputs.append(after)
        states.append(np.where(is_given[:, now, np.newaxis], after, states[-1]))
    return outputs, states


def _backpropagate(
    d_state: Array,
    states: list[Array],
    is_given: Array,
    parameters: Arrays,
    *,
    einsum: Einsum,
) -> Array:
    """Return the gradients of the values that tanh receives, at every position.

    Shape:
        ``d_state`` (N, units) of the last state -> (N, length, units).
    """
    weight, found = parameters["cell.recurrent_weight"], []
    for now in reversed(range(is_given.shape[1])):
        is_given_now = is_given[:, now, np.newaxis]
        # Where the position is all zero, the state was kept and tanh has no part.
        d_z = np.where(is_given_now, d_state * (1 - states[now + 1] ** 2), 0)
        found.append(d_z)
        if now:
            d_past = einsum("nu,vu->nv", d_z, weight)
            d_state = np.where(is_given_now, d_past, d_state)
    return np.stack(found[::-1], axis=1)
