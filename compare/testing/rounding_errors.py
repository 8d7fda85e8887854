"""How far rounding may move each tensor that a function computes.

The function is evaluated several more times, with every operation moved by its own
rounding error (`compare.contract.RoundingModule`), in float64 where its state can have
that dtype. Where operations cannot be moved, as in functions of NumPy, the other side's
errors are used. If neither side's can be, the inputs are moved by one unit roundoff.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.numerics.dtypes import UNDERFLOW, UNIT_ROUNDOFF
from compare.numerics.tolerance import TRIALS, compute_tolerance
from compare.testing.evaluating import CallResults, Leaf, TensorName, evaluate_calls
from compare.testing.sides import find_owner
from compare.testing.trees import replace_leaves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from compare.contract import Dtype
    from compare.testing.calls import Call
    from compare.testing.sides import ComparedFunction

Bounds = dict[TensorName, float]


@dataclass(frozen=True, kw_only=True)
class RoundingTrials:
    """How the rounding of a dtype is simulated for one comparison.

    Attributes:
        calls: what is evaluated.
        dtype: the format whose rounding is simulated.
        wide: the dtype of the evaluations; None keeps that of inputs and state.
        with_layers: bound the outputs of layers, too.
        unsteady: sides that return other values when called again. Trials would take
            their randomness for rounding.
    """

    calls: Sequence[Call]
    dtype: Dtype
    wide: Dtype | None
    with_layers: bool = False
    unsteady: frozenset[str] = frozenset()

    @property
    def check(self) -> str:
        """The kind of tolerance: errors of several calls grow from call to call."""
        return "trajectory" if len(self.calls) > 1 else "step"


def bound_differences(
    a: ComparedFunction,
    b: ComparedFunction,
    *,
    trials: RoundingTrials,
    ours: Bounds | None,
) -> Bounds:
    """Return the largest difference of each tensor that rounding explains.

    A tensor that only one side has is bounded by twice that side's tolerance.

    Args:
        a: one side.
        b: the other.
        trials: how rounding is simulated.
        ours: what `bound_side` returned for a.
    """
    others = bound_side(b, trials)
    if ours is None and others is None:
        ours, others = _bound_by_inputs(a, trials), _bound_by_inputs(b, trials)
    ours, others = ours or {}, others or {}  # without bounds, values must be equal
    renamed = _match_single(ours, others)
    every = dict.fromkeys([*ours, *renamed])
    return {
        q: ours.get(q, renamed.get(q, 0.0)) + renamed.get(q, ours.get(q, 0.0))
        for q in every
    }


def _match_single(ours: Bounds, others: Bounds) -> Bounds:
    """Return the bounds of b by the names of a, if each call has one output."""
    names = {(q.role, q.call): q for q in ours}
    is_single = len(names) == len(ours)
    return {
        (names.get((q.role, q.call), q) if is_single else q): value
        for q, value in others.items()
    }


def bound_side(side: ComparedFunction, trials: RoundingTrials) -> Bounds | None:
    """Return the tolerance of each tensor; None if rounding cannot be simulated."""
    if side.is_constant:
        return _bound_stored(side, trials)
    if side.rounding is None or side.name in trials.unsteady:
        return None
    rounded = side.rounding.rounded
    unit, underflow = UNIT_ROUNDOFF[trials.dtype], UNDERFLOW[trials.dtype]

    def moved(seed: int) -> AbstractContextManager[Any]:
        return rounded(unit=unit, underflow=underflow, seed=seed)

    try:
        return _bound_by(side, trials, around=moved)
    except Exception:  # noqa: BLE001 - whatever a function raises in a trial
        return None


def _bound_stored(side: ComparedFunction, trials: RoundingTrials) -> Bounds:
    """Return the tolerances of values that are only stored."""
    return _bound_leaves(evaluate_calls(side, trials.calls, dtype=None), [], trials)


def _bound_by(
    side: ComparedFunction,
    trials: RoundingTrials,
    *,
    around: Callable[[int], AbstractContextManager[Any]] | None = None,
) -> Bounds:
    base = _evaluate_eagerly(side, trials, trials.calls, within=nullcontext())
    moved = [
        _evaluate_eagerly(
            side,
            trials,
            trials.calls if around else list(_move_inputs(trials, seed=seed)),
            within=around(seed) if around else nullcontext(),
        )
        for seed in TRIALS
    ]
    return _bound_leaves(base, moved, trials)


def _bound_leaves(
    base: CallResults, moved: Sequence[CallResults], trials: RoundingTrials
) -> Bounds:
    return {
        quantity: _bound_tensor(quantity, leaf, moved, trials)
        for quantity, leaf in base.leaves.items()
        if leaf.array.dtype.kind == "f"
    }


def _evaluate_eagerly(
    side: ComparedFunction,
    trials: RoundingTrials,
    calls: Sequence[Call],
    *,
    within: AbstractContextManager[Any],
) -> CallResults:
    with side.callables.running_eagerly(), within:
        return evaluate_calls(
            side, calls, dtype=trials.wide, with_layers=trials.with_layers
        )


def _bound_tensor(
    quantity: TensorName,
    leaf: Leaf,
    moved: Sequence[CallResults],
    trials: RoundingTrials,
) -> float:
    largest = float(np.abs(leaf.array).max(initial=0.0))
    deviations = [_deviation(leaf, each.leaves.get(quantity)) for each in moved] or [0]
    return compute_tolerance(
        deviations, largest=largest, dtype=trials.dtype, check=trials.check
    )


def _deviation(leaf: Leaf, moved: Leaf | None) -> float:
    """Return the largest deviation of an element; infinite if it is not comparable."""
    if moved is None or moved.array.shape != leaf.array.shape:
        return float("inf")
    with np.errstate(invalid="ignore"):
        differences = np.abs(moved.array - leaf.array)
    same = ~np.isfinite(leaf.array) & ~np.isfinite(moved.array)
    found = np.where(same, 0.0, differences).max(initial=0.0)
    return float(found) if np.isfinite(found) else float("inf")


def _bound_by_inputs(side: ComparedFunction, trials: RoundingTrials) -> Bounds | None:
    """Return the tolerances if only the inputs are rounded; None if it raises."""
    if side.name in trials.unsteady:
        return None
    try:
        return _bound_by(side, trials)
    except Exception:  # noqa: BLE001 - whatever a function raises in a trial
        return None


def _move_inputs(trials: RoundingTrials, *, seed: int) -> Iterator[Call]:
    rng, unit = np.random.default_rng(seed), UNIT_ROUNDOFF[trials.dtype]

    def move(leaf: Any) -> Any:  # noqa: ANN401 - a tensor of any framework
        owner = find_owner(leaf)
        if isinstance(leaf, int | float) or not owner.is_tensor(leaf):
            return leaf
        array = owner.to_array(leaf)
        if array.dtype.kind != "f":
            return leaf
        signs = 1 - 2 * rng.integers(0, 2, size=array.shape)
        # float64, so that a movement of less than the dtype's spacing is not lost.
        return array.astype("float64") * (1 + signs * unit)

    for call in trials.calls:
        named = {name: replace_leaves(v, move) for name, v in call.named.items()}
        yield replace(
            call, positional=replace_leaves(tuple(call.positional), move), named=named
        )


def narrowest(dtypes: frozenset[str]) -> Dtype:
    """Return the floating-point format with the largest unit roundoff."""
    known = [each for each in UNIT_ROUNDOFF if each in dtypes]
    return max(known, key=UNIT_ROUNDOFF.__getitem__, default="float64")
