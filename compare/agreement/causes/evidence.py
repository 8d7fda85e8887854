"""What is known about a disagreement, and whether a mistake explains all of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from compare import workloads
from compare.agreement.causes.network import network_of
from compare.agreement.causes.simulation import replay
from compare.agreement.judge import absolute_error
from compare.contract import Quantity, Snapshot, TensorKind, parameter_key, tensor_kind
from compare.errors import CompareError
from compare.numerics.arrays import load_arrays
from compare.numerics.dtypes import UNIT_ROUNDOFF
from compare.numerics.einsum import matmul_einsum, sgd_step
from compare.numerics.tolerance import SAFETY_FACTORS
from compare.reference.evaluation import as_float64
from compare.reference.moved import add_moved
from compare.runs.words import REPLAYED_CHECKS, Check

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from compare.agreement.causes.network import Network
    from compare.agreement.causes.simulation import Mistake
    from compare.agreement.examine import Checked
    from compare.contract import Array, Arrays, Batch, Dtype, ReferencedWorkload

EARLY = 3  # steps of a trajectory that count as evidence about single steps
# Of a mistake that does not fit a workload, such as its shapes.
FAILURES = (CompareError, ArithmeticError, LookupError, TypeError, ValueError)
REMEMBERED = 64  # evaluations of the reference that are kept


def gradient_key(name: str) -> str:
    """Return the key of a parameter's gradient."""
    return str(Quantity(TensorKind.GRADIENT, name))


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The checks of a session that disagrees, and what is needed to repeat them.

    Attributes:
        workload: what was trained.
        dtype: of the session.
        checked: all checks, in the order in which they were run.
        activations: layer outputs at the first check that disagrees. They may be from
            another graph than the step, so that they explain nothing by themselves.
    """

    workload: ReferencedWorkload
    dtype: Dtype
    checked: tuple[Checked, ...]
    activations: Arrays = field(default_factory=dict)
    _remembered: dict[int, Any] = field(default_factory=dict)

    @cached_property
    def first(self) -> Checked | None:
        """The first check that disagrees, if mistakes can be replayed through it."""
        first = next((each for each in self.checked if not each.agrees), None)
        return first if first and first.expected.check in REPLAYED_CHECKS else None

    @cached_property
    def decisive(self) -> list[Checked]:
        """The checks that a cause has to explain, up to the first difference.

        All single steps belong to them, with the ones that agree: a mistake that would
        have changed those is not the cause.
        """
        assert self.first is not None
        is_step = self.first.expected.check is Check.STEP
        return self._list_checks(0 if is_step else self.first.expected.step + 1)

    @cached_property
    def further(self) -> list[Checked]:
        """Further checks, which choose among mistakes that explain the decisive ones.

        After a few steps of a trajectory, a mistake may have changed the parameters so
        much that tolerances of the reference mean nothing.
        """
        return self._list_checks(EARLY)

    def _list_checks(self, along: int) -> list[Checked]:
        """Return all single steps and the first steps of the trajectory."""
        steps = [c for c in self.checked if c.expected.check is Check.STEP]
        trajectory = [c for c in self.checked if c.expected.check is Check.TRAJECTORY]
        return [*steps, *trajectory[:along]]

    @cached_property
    def states(self) -> list[Arrays]:
        """The parameters before the first step that disagrees, and earlier ones.

        In a trajectory these are the reference's parameters after each step. A single
        step has one state.
        """
        assert self.first is not None
        first = self.first.expected
        start = self.load(first.state)
        states = [start]
        for each in self.decisive:
            if each is self.first or first.check is Check.STEP:
                break
            if each.expected.check is first.check:
                after = load_arrays(each.expected.arrays)
                restart = each.expected.restarts.get(each.expected.step + 1)
                states.append(
                    self.load(restart)
                    if restart
                    else {name: after[parameter_key(name)] for name in start}
                )
        return states

    @property
    def state(self) -> Arrays:
        """The parameters before the first step that disagrees."""
        return self.states[-1]

    @property
    def moves_before(self) -> Arrays:
        """By how much the step before moved the parameters; empty for the first one."""
        if len(self.states) == 1:
            return {}
        *_, before, now = self.states
        return {name: now[name] - before[name] for name in now}

    @property
    def differs_from_itself(self) -> bool:
        """Whether a repetition of a step differs beyond rounding."""
        return any(
            not self.is_near(array, each.again[name], name=name, checked=each)
            for each in self.checked
            if each.again is not None
            for name, array in each.received.items()
        )

    @cached_property
    def expected(self) -> Arrays:
        """The reference's tensors at the first step that disagrees."""
        assert self.first is not None
        return load_arrays(self.first.expected.arrays)

    @property
    def received(self) -> Arrays:
        """The session's tensors at the first step that disagrees."""
        assert self.first is not None
        return as_float64(self.first.received)

    @cached_property
    def network(self) -> Network | None:
        """The workload's network, if its parts can be replaced."""
        return network_of(self.workload)

    @property
    def is_plain(self) -> bool:
        """Whether the update is plain gradient descent, not a spelling of a quirk."""
        return "." not in self.workload.optimizer.name

    @property
    def is_spelled_loss(self) -> bool:
        """Whether the loss is a spelling of a quirk, not one of `contract.Workload`."""
        return "." in self.workload.loss

    @property
    def is_spelled_layer(self) -> bool:
        """Whether the layer is a spelling of a quirk, whose mistakes are its own."""
        return bool(self.workload.sizes.get("layer"))

    def load(self, path: Path) -> Arrays:
        """Return saved parameters in float64."""
        return as_float64(self._read(path))

    def batch(self, step: int) -> Batch:
        """Return the batch of a step."""
        stream = workloads.stream(self.workload, dtype=self.dtype)
        return as_float64(next(islice(stream, step, None)))

    def differentiate(self, state: Arrays, batch: Batch, *, memory: Arrays) -> Snapshot:
        """Return what the reference computes; recent results are kept."""
        key = hash((_digest(state), _digest(batch)))
        if key not in self._remembered:
            if len(self._remembered) >= REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = self.workload.reference(
                state, batch, einsum=matmul_einsum, memory=memory
            )
        found: Snapshot = self._remembered[key]
        return found

    def update(
        self, state: Arrays, gradients: Arrays, memory: Arrays
    ) -> tuple[Arrays, Arrays]:
        """Return the parameters and the optimizer's state after an update."""
        if hasattr(self.workload, "update"):
            after: tuple[Arrays, Arrays] = self.workload.update(
                state, gradients, memory
            )
            return after
        return sgd_step(state, gradients, optimizer=self.workload.optimizer), {}

    def explained_by(self, mistake: Mistake, *, checks: Sequence[Checked]) -> bool:
        """Return whether a mistake reproduces every tensor of some checks."""
        try:
            # Alternatives may overflow or divide by zero; they then explain nothing.
            with np.errstate(all="ignore"):
                return all(
                    self.are_near(received, simulated, checked=each)
                    for each, received, simulated in replay(
                        self, mistake, checks=checks
                    )
                )
        except FAILURES:
            return False  # the mistake does not fit the shapes of this workload

    def matches_activations(self, mistake: Mistake) -> bool:
        """Return whether a mistake reproduces the layer outputs that were received."""
        replayed = replay(self, mistake, checks=self.decisive)
        found: Arrays = next(s for c, _, s in replayed if c is self.first)
        compared = {n: a for n, a in self.activations.items() if n in self.expected}
        return bool(compared) and all(
            self.is_near(array, found.get(name), name=name)
            for name, array in compared.items()
        )

    def are_near(
        self, received: Arrays, simulated: Arrays, *, checked: Checked
    ) -> bool:
        """Return whether all tensors that were received equal the simulated ones."""
        names = checked.expected.tolerance
        received, simulated = (
            add_moved(arrays, expected=checked.expected, dtype=self.dtype)
            for arrays in (received, simulated)
        )
        return all(
            self.is_near(array, simulated.get(name), name=name, checked=checked)
            for name, array in received.items()
            if name in names and tensor_kind(name) != TensorKind.ACTIVATION
        )

    def is_near(
        self,
        received: Array,
        simulated: Any,  # noqa: ANN401 - an array or None
        *,
        name: str,
        checked: Checked | None = None,
    ) -> bool:
        """Return whether a tensor equals a simulated one, within rounding.

        The tolerance was computed for the expected tensor. It is scaled up where the
        simulated one is larger, because rounding errors grow with magnitude.
        """
        checked = checked or self.first
        if checked is None or simulated is None:
            return False
        simulated = np.asarray(simulated)
        if received.shape != simulated.shape:
            return False
        error = float(absolute_error(received, simulated).max(initial=0.0))
        largest = float(np.abs(simulated).max(initial=0.0))
        usual = float(
            np.abs(self._read(checked.expected.arrays)[name]).max(initial=0.0)
        )
        growth = max(1.0, largest / usual) if usual else 1.0
        allowed = checked.expected.tolerance[name] * growth
        least = SAFETY_FACTORS[Check.STEP] * UNIT_ROUNDOFF[self.dtype] * largest
        return error <= max(allowed, least)

    def _read(self, path: Path) -> Arrays:
        """Return saved arrays; recent ones are kept."""
        if (key := hash(path)) not in self._remembered:
            self._remembered[key] = load_arrays(path)
        arrays: Arrays = self._remembered[key]
        return arrays


def _digest(arrays: Arrays) -> int:
    return hash(tuple((name, array.tobytes()) for name, array in arrays.items()))
