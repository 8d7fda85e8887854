"""Do the variants compute the same thing? Each against NumPy, within rounding.

What is compared, per workload, variant and dtype:

- *determinism*: the same step from the same state twice, bit for bit;
- *step*: from the reference's own parameters at a few steps, one training step: its
  loss, every gradient and every updated parameter;
- *trajectory*: free-running from the initial parameters, loss and parameters at
  every step.

The reference always starts from the very numbers that the variant got, already rounded
to its dtype, so that what differs is arithmetic and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from compare import messages, workloads
from compare.arrays import load_arrays, save_arrays
from compare.errors import DataError
from compare.tolerance import UNIT_ROUNDOFF, tolerances
from compare.workloads.reference import exact, in_order, perturbed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from compare.contract import Array, Arrays, Batch, Dtype, Snapshot, Workload
    from compare.launcher import Worker

STATES = (0, 8, 16)  # steps of the reference's trajectory that variants are put into


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What one check at one step should give, and how far rounding may carry it."""

    check: str
    step: int
    state: Path  # the parameters to start from
    arrays: Path  # the reference's quantities
    tolerance: Mapping[str, float]
    floor: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One compared tensor: a row of ``agreement.csv`` less its cell.

    Errors are those of the worst element. Relative errors, and errors in units in the
    last place, are taken to the tensor's largest magnitude: its small elements carry
    the rounding of its large ones.
    """

    check: str
    step: int
    quantity: str
    max_abs_error: float
    max_rel_error: float
    max_ulp_error: float
    floors: float
    tolerance: float
    verdict: str


def expectations(
    workload: Workload, *, dtype: Dtype, steps: int, folder: Path
) -> list[Expected]:
    """Everything to compare with, worked out once and kept in `folder`.

    Raises:
        DataError: the reference itself is not finite.
    """
    folder.mkdir(parents=True, exist_ok=True)
    free = _trajectory(workload, dtype=dtype, steps=steps, folder=folder)
    states = [state for state in STATES if state < steps]
    forced = [_step(workload, dtype=dtype, step=k, folder=folder) for k in states]
    return [*forced, *free]


def check(
    worker: Worker, *, expected: list[Expected], dtype: Dtype, folder: Path
) -> list[Finding]:
    """Drive the session that `worker` holds through every check.

    Raises:
        WorkerError: the worker failed; nothing of this session is returned.
    """
    folder.mkdir(parents=True, exist_ok=True)
    forced = [e for e in expected if e.check == "step"]
    free = [e for e in expected if e.check == "trajectory"]
    found = []
    spread: dict[str, float] = {}
    for number, each in enumerate(forced):
        taken = _snapshot(worker, expected=each, folder=folder)
        if number == 0:
            again = _snapshot(worker, expected=each, folder=folder)
            gate = determinism(taken, again, dtype=dtype)
            spread = {f.quantity: f.max_abs_error for f in gate}
            found += gate
        found += judge(taken, expected=each, dtype=dtype, spread=spread)
    worker.ask(
        messages.Trajectory(
            state=str(free[0].state), steps=len(free), save_in=str(folder)
        ),
        messages.Done,
    )
    for each in free:
        path = folder / f"{each.step}.npz"
        found += judge(load_arrays(path), expected=each, dtype=dtype)
        path.unlink()
    return found


def judge(
    received: Arrays,
    *,
    expected: Expected,
    dtype: Dtype,
    spread: Mapping[str, float] = {},
) -> list[Finding]:
    """Compare what a variant computed with what it should have.

    How far the variant is from itself, its `spread`, widens the tolerance by as much.
    """
    reference = load_arrays(expected.arrays)
    if sorted(received) != sorted(reference):
        raise DataError(
            f"expected the quantities {', '.join(sorted(reference))}; "
            f"received {', '.join(sorted(received))}"
        )
    return [
        _finding(
            received[quantity],
            reference[quantity],
            check=expected.check,
            step=expected.step,
            quantity=quantity,
            dtype=dtype,
            floor=expected.floor[quantity],
            tolerance=expected.tolerance[quantity] + spread.get(quantity, 0.0),
        )
        for quantity in reference
    ]


def determinism(once: Arrays, again: Arrays, *, dtype: Dtype) -> list[Finding]:
    """Compare a step with its repetition: agreement here is identical bits."""
    unit = UNIT_ROUNDOFF[dtype]
    return [
        _finding(
            again[quantity],
            once[quantity],
            check="determinism",
            step=0,
            quantity=quantity,
            dtype=dtype,
            floor=unit * float(np.abs(once[quantity]).max()) / 2,
            tolerance=0.0,
        )
        for quantity in once
    ]


def agrees(findings: list[Finding]) -> bool:
    """Whether a variant computes the same; its repeatability is another question."""
    return all(f.verdict == "agrees" for f in findings if f.check != "determinism")


def first_difference(findings: list[Finding]) -> str:
    """The earliest quantity out of tolerance, as the end of a sentence."""
    wrong = [f for f in findings if f.verdict != "agrees" and f.check != "determinism"]
    if not wrong:
        return ""
    first = wrong[0]
    return (
        f"{first.quantity} at step {first.step} ({first.check}) is off by "
        f"{first.max_abs_error:.3g}, {first.floors:.3g} floors; "
        f"{first.tolerance:.3g} would be rounding"
    )


def _finding(  # noqa: PLR0913 - a comparison has two sides and its circumstances
    received: Array,
    reference: Array,
    *,
    check: str,
    step: int,
    quantity: str,
    dtype: Dtype,
    floor: float,
    tolerance: float,
) -> Finding:
    worst = float(absolute_error(received, reference).max())
    largest = float(np.abs(reference).max())
    last_place = float(np.spacing(np.abs(reference).max().astype(dtype)))
    return Finding(
        check=check,
        step=step,
        quantity=quantity,
        max_abs_error=worst,
        max_rel_error=_in_units(worst, unit=largest),
        max_ulp_error=_in_units(worst, unit=last_place if largest else 0.0),
        floors=_in_units(worst, unit=floor),
        tolerance=tolerance,
        verdict="agrees" if worst <= tolerance else "disagrees",
    )


def _in_units(error: float, *, unit: float) -> float:
    """An error as a multiple; where nothing was expected, any error is infinite."""
    if error == 0:
        return 0.0
    return error / unit if unit else float("inf")


def absolute_error(received: Array, reference: Array) -> Array:
    """Elementwise error in float64; infinite where only one side is a number.

    Raises:
        DataError: the shapes differ.
    """
    if received.shape != reference.shape:
        raise DataError(
            f"expected the shape {reference.shape}; received {received.shape}"
        )
    with np.errstate(invalid="ignore", over="ignore"):
        error = np.abs(received.astype("float64") - reference.astype("float64"))
    same = (received == reference) | (np.isnan(received) & np.isnan(reference))
    result: Array = np.where(same, 0.0, np.where(np.isnan(error), np.inf, error))
    return result


def _snapshot(worker: Worker, *, expected: Expected, folder: Path) -> Arrays:
    path = folder / "snapshot.npz"
    request = messages.TakeSnapshot(
        state=str(expected.state), step=expected.step, save_to=str(path)
    )
    worker.ask(request, messages.Done)
    return load_arrays(path)


def _step(workload: Workload, *, dtype: Dtype, step: int, folder: Path) -> Expected:
    """One step from the reference's state after `step` steps."""
    state = folder / f"state-{step}.npz"
    parameters = load_arrays(state)
    batch = next(islice(workloads.stream(workload, dtype=dtype), step, None))
    exactly = workload.reference(_wide(parameters), _wide(batch), einsum=exact)
    trials = [
        workload.reference(_wide(parameters), _wide(batch), einsum=einsum)
        for einsum in _perturbations(dtype)
    ]
    floor = workload.reference(parameters, batch, einsum=in_order)
    return _expected(
        exactly, trials, floor, check="step", step=step, state=state, dtype=dtype
    )


def _trajectory(
    workload: Workload, *, dtype: Dtype, steps: int, folder: Path
) -> list[Expected]:
    """The reference let run from the initial parameters, beside its imitations."""
    start = workload.parameters(dtype)
    runs = [
        _free_run(workload, start=_wide(start), dtype=dtype, einsum=exact),
        _free_run(workload, start=start, dtype=dtype, einsum=in_order, narrow=True),
        *(
            _free_run(workload, start=_wide(start), dtype=dtype, einsum=einsum)
            for einsum in _perturbations(dtype)
        ),
    ]
    _save_state(start, step=0, folder=folder)
    found = []
    for step, snapshots in enumerate(islice(zip(*runs, strict=True), steps)):
        exactly, floor, *trials = snapshots
        state = folder / "state-0.npz"
        found.append(
            _expected(
                exactly,
                trials,
                floor,
                check="trajectory",
                step=step,
                state=state,
                dtype=dtype,
            )
        )
        if step + 1 in STATES:
            narrow = {n: a.astype(dtype) for n, a in exactly.parameters.items()}
            _save_state(narrow, step=step + 1, folder=folder)
    return found


def _free_run(
    workload: Workload,
    *,
    start: Arrays,
    dtype: Dtype,
    einsum: Callable[..., Array],
    narrow: bool = False,
) -> Iterator[Snapshot]:
    """One snapshot after another, each from where the last one ended."""
    parameters = start
    for batch in workloads.stream(workload, dtype=dtype):
        data = batch if narrow else _wide(batch)
        snapshot = workload.reference(parameters, data, einsum=einsum)
        yield snapshot
        parameters = snapshot.parameters


def _expected(  # noqa: PLR0913 - one of each evaluation, and where it stands
    exactly: Snapshot,
    trials: list[Snapshot],
    floor: Snapshot,
    *,
    check: str,
    step: int,
    state: Path,
    dtype: Dtype,
) -> Expected:
    reference = _compared(exactly, check=check)
    if wrong := [n for n, a in reference.items() if not np.isfinite(a).all()]:
        raise DataError(
            f"the workload's own reference is not finite at step {step}: "
            f"{', '.join(wrong)}. Lower its learning rate or its sizes"
        )
    path = state.parent / f"{check}-{step}.npz"
    save_arrays(path, reference)
    smallest = UNIT_ROUNDOFF[dtype] / 2
    own = _compared(floor, check=check)
    return Expected(
        check=check,
        step=step,
        state=state,
        arrays=path,
        tolerance=tolerances(
            reference,
            trials=[_compared(trial, check=check) for trial in trials],
            check=check,
            dtype=dtype,
        ),
        floor={
            name: max(
                float(absolute_error(own[name], array).max()),
                smallest * float(np.abs(array).max()),
            )
            for name, array in reference.items()
        },
    )


def _compared(snapshot: Snapshot, *, check: str) -> dict[str, Any]:
    """A trajectory is followed in loss and parameters, a step in its gradients too."""
    return {
        name: array
        for name, array in snapshot.quantities().items()
        if check == "step" or not name.startswith("gradient:")
    }


def _perturbations(dtype: Dtype) -> list[Callable[..., Array]]:
    unit = UNIT_ROUNDOFF[dtype]
    return [
        perturbed(unit=unit, rng=np.random.default_rng([7, trial])) for trial in TRIALS
    ]


TRIALS = range(4)


def _wide(arrays: Arrays | Batch) -> Arrays:
    """The same numbers in float64, where exact arithmetic is at home."""
    return {
        name: array.astype("float64") if array.dtype.kind == "f" else array
        for name, array in arrays.items()
    }


def _save_state(parameters: Arrays, *, step: int, folder: Path) -> None:
    save_arrays(folder / f"state-{step}.npz", parameters)
