"""Evaluate a session as the reference of a workload that has none in NumPy.

The session runs eagerly and in float64. Its results are the reference. How far rounding
in a narrower dtype may carry each of them follows from trials, in which the result of
every operation is moved by its own rounding error (`contract.RoundingModule`). The rule
is that of `numerics.tolerance`, applied operation by operation.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from compare import workloads
from compare.contract import TensorKind, key_by_quantity
from compare.numerics.arrays import load_arrays, save_arrays
from compare.numerics.dtypes import UNDERFLOW, UNIT_ROUNDOFF, round_to_dtype
from compare.numerics.tolerance import is_clearly_wrong
from compare.workers import kept, messages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    from compare.contract import (
        Array,
        Arrays,
        Dtype,
        PlacedBatch,
        RoundingModule,
        Session,
        Workload,
    )

PREDICTION = str(TensorKind.PREDICTION)


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """The tensors of one step: on its own with everything, or in the trajectory."""

    alone: bool
    step: int
    tensors: Arrays

    @property
    def file(self) -> str:
        """The name of the file that the tensors are saved in."""
        return f"alone-{self.step}.npz" if self.alone else f"{self.step}.npz"


def compute_reference(
    session: Session,
    workload: Workload,
    request: messages.ComputeReference,
    *,
    rounding: RoundingModule,
) -> messages.Referenced:
    """Evaluate every step plainly and in trials; save the plain results."""
    folder, end = Path(request.save_in), perf_counter() + request.seconds
    stream = workloads.stream(workload, dtype=request.dtype)
    batches = [session.place(batch) for batch in islice(stream, request.steps)]
    initial = dict(workload.parameters(request.dtype))
    save_arrays(folder / "state-0.npz", initial)
    run = ReferenceRun(session=session, batches=batches, request=request)
    plainly = partial(rounding.drawing, dtype=request.dtype)
    for each in run.evaluate(plainly, saves_states=True):
        save_arrays(folder / each.file, each.tensors)
    largest: dict[tuple[bool, int], dict[str, list[float]]] = {}
    trials = 0
    for seed in range(request.trials):
        if trials and perf_counter() > end:
            break
        trials += 1

        moved = partial(simulate, rounding, dtype=request.dtype, seed=seed)
        for each in run.evaluate(moved):
            plain = load_arrays(folder / each.file)
            found = largest.setdefault((each.alone, each.step), {})
            for name, array in plain.items():
                # Only the output of a layer may be missing.
                other = each.tensors.get(name, np.full_like(array, np.inf))
                deviation = largest_deviation(other, array)
                found.setdefault(name, []).append(deviation)
    return messages.Referenced(
        steps=[
            messages.ReferencedStep(
                alone=alone,
                step=step,
                deviations={name: max(each) for name, each in found.items()},
                floors={name: min(each) for name, each in found.items()},
            )
            for (alone, step), found in largest.items()
        ],
        trials=trials,
    )


@contextmanager
def simulate(rounding: RoundingModule, *, dtype: Dtype, seed: int) -> Iterator[None]:
    """Draw as in a dtype, and move the result of every operation by its rounding."""
    moved = rounding.rounded(
        unit=UNIT_ROUNDOFF[dtype], underflow=UNDERFLOW[dtype], seed=seed
    )
    with rounding.drawing(dtype=dtype), moved:
        yield


@dataclass(frozen=True, kw_only=True)
class ReferenceRun:
    """The steps of a session from the initial parameters."""

    session: Session
    batches: list[PlacedBatch]
    request: messages.ComputeReference

    def evaluate(
        self,
        arithmetic: Callable[[], AbstractContextManager[None]],
        *,
        saves_states: bool = False,
    ) -> Iterator[Evaluated]:
        """Yield the trajectory, then each of the steps that are evaluated alone."""
        session, folder = self.session, Path(self.request.save_in)
        session.load(load_arrays(folder / "state-0.npz"))
        for step, batch in enumerate(self.batches):
            if step and step % self.request.restart == 0:
                state = folder / f"state-{step}.npz"
                if saves_states:
                    save_arrays(state, self._rounded_parameters())
                session.set_parameters(load_arrays(state))
            with arithmetic():
                loss = session.read_loss(session.step(batch))
            tensors = kept.collect_quantities(loss, session.parameters())
            yield Evaluated(alone=False, step=step, tensors=tensors)
        for step in self.request.states:
            yield self._evaluate_alone(step, arithmetic)

    def _evaluate_alone(
        self, step: int, arithmetic: Callable[[], AbstractContextManager[None]]
    ) -> Evaluated:
        """Return everything that a step computes, and the prediction before it."""
        session, batch = self.session, self.batches[step]
        state = load_arrays(Path(self.request.save_in) / f"state-{step}.npz")

        def evaluate(compute: Callable[[PlacedBatch], Any]) -> Any:  # noqa: ANN401
            # Each from the same state of parameters and generators, as in a check:
            # a model may also draw in inference.
            session.load(state)
            with arithmetic():
                return compute(batch)

        outputs = evaluate(partial(read_activations, session))
        predicted = evaluate(session.predict)
        snapshot = evaluate(session.snapshot)
        tensors = {**outputs, **snapshot.quantities(), PREDICTION: predicted}
        return Evaluated(alone=True, step=step, tensors=tensors)

    def _rounded_parameters(self) -> Arrays:
        dtype = self.request.dtype
        return {
            n: round_to_dtype(a, dtype) for n, a in self.session.parameters().items()
        }


def read_activations(session: Session, batch: PlacedBatch) -> Arrays:
    """Return the outputs of layers that can be compared; empty if a model has none.

    They only locate a difference: a model that cannot be run with hooks is checked
    without them.
    """
    try:
        found = session.activations(batch) or {}
    except Exception:  # noqa: BLE001 - the user's code
        return {}
    real = {
        name: array
        for name, array in found.items()
        if array.dtype.kind == "f" and array.size and np.isfinite(array).all()
    }
    return key_by_quantity(real, TensorKind.ACTIVATION)


def check_gradient(
    session: Session, workload: Workload, request: messages.CheckGradient
) -> messages.Derivatives:
    """Compare directional derivatives with central differences along random directions.

    A direction has the scale of each parameter. Two step widths give the uncertainty:
    the truncation error shows as their difference, the rounding error follows from the
    size of the loss. A ReLU whose input changes sign makes the differences uncertain,
    and so does everything that is not smooth.
    """
    state = workload.parameters(request.dtype)
    batch = session.place(next(workload.batches(request.dtype)))
    session.load(state)
    snapshot = session.snapshot(batch)

    def differentiate(number: int, names: Iterable[str]) -> messages.Derivative:
        rng = np.random.default_rng([request.seed, number])
        direction = {
            name: rng.choice((-1.0, 1.0), snapshot.gradients[name].shape)
            * (np.abs(state[name]).mean() or 1.0)
            for name in names
        }
        computed = sum(
            float(np.vdot(each, snapshot.gradients[n])) for n, each in direction.items()
        )

        def loss_at(width: float) -> float:
            moved = {n: state[n] + width * each for n, each in direction.items()}
            session.load({**state, **moved})
            return float(session.read_loss(session.step(batch)))

        return _difference(loss_at, computed=computed)

    names = list(snapshot.gradients)
    found = [differentiate(each, names) for each in range(request.directions)]
    if any(map(is_clearly_wrong, found)):
        # Which parameters: in the order in which their gradients are computed.
        for name in reversed(names[-MAX_SINGLE:]):
            single = differentiate(0, [name])
            single.tensor = name
            found.append(single)
    session.load(state)
    return messages.Derivatives(found=found)


WIDTHS = (2.0**-16, 2.0**-17)
MAX_SINGLE = 64  # parameters that are moved one by one


def _difference(
    loss_at: Callable[[float], float], *, computed: float
) -> messages.Derivative:
    """Return the derivative from differences of two widths, extrapolated."""
    losses = {sign * w: loss_at(sign * w) for w in WIDTHS for sign in (-1, 1)}
    wide, narrow = ((losses[w] - losses[-w]) / (2 * w) for w in WIDTHS)
    rounding = 8 * UNIT_ROUNDOFF["float64"] * max(map(abs, losses.values()))
    return messages.Derivative(
        computed=computed,
        differences=narrow + (narrow - wide) / 3,
        uncertainty=abs(narrow - wide) + rounding / WIDTHS[1],
    )


def largest_deviation(one: Array | float, other: Array) -> float:
    """Return the largest absolute difference; infinite if one is not finite."""
    deviation = float(np.abs(one - other).max(initial=0.0))
    return deviation if np.isfinite(deviation) else float("inf")
