"""The expected results of a workload that has no NumPy reference.

An eager float64 session computes them in a worker (`compare.workers.evaluating`), and
how far rounding may carry each tensor. Tolerances follow from that by the rule of all
checks. The floor of a tensor is the smallest deviation in any trial: what rounding
alone costs at least.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from compare.contract import TensorKind, key_by_quantity, tensor_kind
from compare.errors import DataError, WorkerError
from compare.numerics.arrays import load_arrays, save_arrays
from compare.numerics.tolerance import TRIALS
from compare.reference.expectation import (
    PREDICTION,
    RESTART_STEPS,
    STATES,
    Expected,
    Unbounded,
    add_unchanged,
    bound_errors,
    find_magnitudes,
)
from compare.runs.words import Check
from compare.workers import messages

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from compare.contract import Dtype
    from compare.workers.process import Worker

TRIALS_S = 20.0  # no further trial starts after this time
LEAST_TRIALS = 2


def compute_expectations(
    worker: Worker, *, dtype: Dtype, steps: int, folder: Path
) -> list[Expected]:
    """Return the expected results in the order of the checks.

    Args:
        worker: holds an eager float64 session of the workload.
        dtype: of the variants.
        steps: length of the trajectory.
        folder: for the reference's arrays.

    Raises:
        DataError: the reference is not finite.
        WorkerError: the worker failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    request = messages.ComputeReference(
        dtype=dtype,
        steps=steps,
        restart=RESTART_STEPS,
        states=[state for state in STATES if state < steps],
        trials=len(TRIALS),
        seconds=TRIALS_S,
        save_in=str(folder),
    )
    referenced = worker.request(request, messages.Referenced)
    if not referenced.steps:
        raise WorkerError("expected at least one evaluated step; received none")
    alone = {each.step: each for each in referenced.steps if each.alone}
    free = [each for each in referenced.steps if not each.alone]
    found: list[Expected] = []
    for each in alone.values():
        found += _expect_alone(each, dtype=dtype, folder=folder)
    restarts: dict[int, Path] = {}
    is_lost, before = False, None
    for each in sorted(free, key=lambda each: each.step):
        if each.step and each.step % RESTART_STEPS == 0:
            restarts[each.step] = folder / f"state-{each.step}.npz"
            is_lost, before = False, None
        bounded = bound_errors(
            Unbounded(
                check=Check.TRAJECTORY,
                step=each.step,
                state=folder / "state-0.npz",
                arrays=folder / f"{each.step}.npz",
                restarts=dict(restarts),
            ),
            dtype=dtype,
            deviations=[each.deviations],
            floor=each.floors,
        )
        bounded = before = bounded if before is None else widen(bounded, before=before)
        found.append(leave_undecided(bounded) if is_lost else bounded)
        is_lost = is_lost or loses_state(bounded)
    return sorted(found, key=lambda each: tuple(Check).index(each.check))


def widen(expected: Expected, *, before: Expected) -> Expected:
    """Return a step of a trajectory with no narrower bounds than the step before it.

    Bounds are compared relative to the magnitude of a tensor. Rounding errors of a
    trajectory grow: if a few trials are closer together at a later step, it is chance.
    """
    now, then = (
        find_magnitudes(load_arrays(each.arrays)) for each in (expected, before)
    )

    def bound(name: str) -> float:
        if not (now[name] and then.get(name)):
            return expected.tolerance[name]
        scaled = before.tolerance[name] * (now[name] / then[name])
        return max(expected.tolerance[name], scaled)

    return replace(expected, tolerance={name: bound(name) for name in now})


def loses_state(expected: Expected) -> bool:
    """Return whether rounding alone may change every digit of a parameter.

    What the following steps compute then depends on rounding, and a few trials do not
    show how far that may carry them.
    """
    return any(
        expected.tolerance[name] >= magnitude > 0
        for name, magnitude in find_magnitudes(load_arrays(expected.arrays)).items()
        if tensor_kind(name) == TensorKind.PARAMETER
    )


def leave_undecided(expected: Expected) -> Expected:
    """Return the expected result without a bound on its errors."""
    return replace(expected, tolerance=dict.fromkeys(expected.tolerance, inf))


def _expect_alone(
    each: messages.ReferencedStep, *, dtype: Dtype, folder: Path
) -> list[Expected]:
    """Return the expected results of a step with all its tensors, and a prediction."""
    path, state = folder / f"alone-{each.step}.npz", folder / f"state-{each.step}.npz"
    _require_finite(load_arrays(path), step=each.step)
    whole = bound_errors(
        Unbounded(check=Check.STEP, step=each.step, state=state, arrays=path),
        dtype=dtype,
        deviations=[each.deviations],
        floor=each.floors,
    )
    return [_select(whole, folder=folder, is_step=kind) for kind in (True, False)]


def _select(whole: Expected, *, folder: Path, is_step: bool) -> Expected:
    """Return the expected step without its prediction, or the prediction alone."""
    check = Check.STEP if is_step else Check.PREDICTION
    arrays = load_arrays(whole.arrays)
    names = [name for name in arrays if (name == PREDICTION) != is_step]
    path = folder / f"{check}-{whole.step}.npz"
    save_arrays(path, {name: arrays[name] for name in names})
    chosen = Expected(
        check=check,
        step=whole.step,
        state=whole.state,
        arrays=path,
        tolerance={name: whole.tolerance[name] for name in names},
        floor={name: whole.floor[name] for name in names},
    )
    if is_step:
        return chosen
    parameters = key_by_quantity(load_arrays(whole.state), TensorKind.PARAMETER)
    return add_unchanged(chosen, parameters)


def _require_finite(arrays: Mapping[str, np.ndarray], *, step: int) -> None:
    """Raise unless the reference's tensors are finite.

    Raises:
        DataError: a tensor is not.
    """
    if wrong := [name for name, a in arrays.items() if not np.isfinite(a).all()]:
        raise DataError(
            f"the model's own float64 step is not finite at step {step}: "
            f"{', '.join(wrong[:4])}. Choose other inputs or a smaller learning rate"
        )
