"""Do the variants compute the same thing? Each against NumPy, within rounding.

What is compared, per workload, variant and dtype:

- *determinism*: the same step from the same state again, bit for bit;
- *step*: from the reference's own parameters at a few steps, one training step: its
  loss, every gradient and every updated parameter;
- *trajectory*: free-running from the initial parameters, loss and parameters at
  every step.

A tensor's verdict is one of

- *agrees*, *disagrees*;
- *both diverged*: what was expected lies outside the dtype's range, what was received
  is not finite either: agreement of a kind;
- *undecided*: its tolerance is as large as the tensor. Rounding alone may have changed
  every digit, and all zeros would pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np

from compare.errors import DataError, WorkerError, listed
from compare.numerics.arrays import load_arrays, save_arrays
from compare.numerics.dtypes import UNIT_ROUNDOFF, last_place, rounded
from compare.workers import messages

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from compare.agreement.expectation import Expected
    from compare.contract import Array, Arrays, Dtype
    from compare.workers.process import Worker

AGREES, DISAGREES = "agrees", "disagrees"
BOTH_DIVERGED, UNDECIDED = "both diverged", "undecided"
REPEATED = "itself"  # what a step is compared with first, to see whether it repeats


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One compared tensor: a row of ``agreement.csv`` less its cell.

    Errors are those of the worst element. Relative errors, and errors in units in the
    last place, are taken to the tensor's largest magnitude: its small elements carry
    the rounding of its large ones.
    """

    check: str
    against: str  # the reference, or what else a repetition is compared with
    step: int
    quantity: str
    max_abs_error: float
    max_rel_error: float
    max_ulp_error: float
    floors: float
    tolerance: float
    verdict: str
    worst_index: str  # of the worst element, e.g. ``3, 0``; empty for a scalar
    expected: float  # there
    received: float


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """The first check of a variant that it does not pass."""

    expected: Expected
    received: Arrays
    before: tuple[Expected, ...]  # the checks of its kind that it passed


@dataclass(frozen=True, kw_only=True)
class Examination:
    """Everything found about a session."""

    findings: list[Finding]
    first: Disagreement | None


def examine(
    worker: Worker, *, expected: list[Expected], dtype: Dtype, folder: Path
) -> Examination:
    """Drive the session that `worker` holds through every check.

    Raises:
        WorkerError: the worker failed; nothing of this session is returned.
        DataError: it has other tensors than the reference, or of other shapes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    forced = [e for e in expected if e.check == "step"]
    free = [e for e in expected if e.check == "trajectory"]
    found: list[Finding] = []
    first: Disagreement | None = None
    spread: dict[str, float] = {}

    def judged(received: Arrays, each: Expected, before: Iterable[Expected]) -> None:
        nonlocal first
        findings = judge(received, expected=each, dtype=dtype, spread=spread)
        found.extend(findings)
        if first is None and not agrees(findings):
            first = Disagreement(expected=each, received=received, before=tuple(before))

    for number, each in enumerate(forced):
        taken = snapshot(worker, expected=each, folder=folder)
        if number == 0:
            again = snapshot(worker, expected=each, folder=folder)
            gate = determinism(taken, again, against=REPEATED, dtype=dtype)
            spread = {f.quantity: f.max_abs_error for f in gate}
            found += gate
            save_arrays(folder / "repeated.npz", taken)
        judged(taken, each, forced[:number])
    worker.request(
        messages.Trajectory(
            state=str(free[0].state), steps=len(free), save_in=str(folder)
        ),
        messages.Done,
    )
    for number, each in enumerate(free):
        judged(saved(folder / f"{each.step}.npz"), each, free[:number])
    return Examination(findings=found, first=first)


def judge(
    received: Arrays,
    *,
    expected: Expected,
    dtype: Dtype,
    spread: Mapping[str, float] = {},
) -> list[Finding]:
    """Compare what a variant computed with what it should have, in order.

    How far the variant is from itself, its `spread`, widens the tolerance. Activations
    are compared where they were received.

    Raises:
        DataError: names or shapes differ.
    """
    reference = load_arrays(expected.arrays)
    wanted = {
        name: array
        for name, array in reference.items()
        if name in received or not name.startswith("activation:")
    }
    compared = {
        name: array
        for name, array in received.items()
        if name in reference or not name.startswith("activation:")
    }
    same_tensors(compared, wanted)
    return [
        _finding(
            received[quantity],
            array,
            check=expected.check,
            against="reference",
            step=expected.step,
            quantity=quantity,
            dtype=dtype,
            floor=expected.floor[quantity],
            tolerance=widened(
                expected.tolerance[quantity], spread=spread.get(quantity, 0.0)
            ),
        )
        for quantity, array in wanted.items()
    ]


def same_tensors(received: Arrays, expected: Arrays) -> None:
    """Both sides have the same names and shapes.

    Raises:
        DataError: they differ; names both lists and the difference.
    """
    missing = [name for name in expected if name not in received]
    surplus = [name for name in received if name not in expected]
    if missing or surplus:
        parts = [f"missing: {_all(missing)}"] if missing else []
        parts += [f"not expected: {_all(surplus)}"] if surplus else []
        raise DataError(
            f"expected the tensors {_all(expected)}; "
            f"received {_all(received)} ({'; '.join(parts)})"
        )
    wrong = [n for n, array in expected.items() if received[n].shape != array.shape]
    if wrong:
        raise DataError(
            "expected the shapes "
            + _all(f"{name} {expected[name].shape}" for name in wrong)
            + "; received "
            + _all(f"{name} {received[name].shape}" for name in wrong)
        )


def widened(tolerance: float, *, spread: float) -> float:
    """A tolerance for a variant that does not repeat itself: at most twice as wide.

    More than that is no rounding, however often it changes.
    """
    return tolerance + min(spread, tolerance)


def determinism(
    once: Arrays, again: Arrays, *, against: str, dtype: Dtype
) -> list[Finding]:
    """Compare a step with its repetition: agreement here is identical bits."""
    unit = UNIT_ROUNDOFF[dtype]
    return [
        _finding(
            again[quantity],
            once[quantity],
            check="determinism",
            against=against,
            step=0,
            quantity=quantity,
            dtype=dtype,
            floor=unit * float(np.abs(once[quantity]).max(initial=0.0)) / 2,
            tolerance=0.0,
        )
        for quantity in once
    ]


def agrees(findings: Iterable[Finding]) -> bool:
    """Whether a variant computes the same; its repeatability is another question."""
    return not any(_differs(finding) for finding in findings)


def first_difference(findings: Iterable[Finding]) -> str:
    """The earliest quantity out of tolerance, as the end of a sentence."""
    first = next((f for f in findings if _differs(f)), None)
    if first is None:
        return ""
    if not np.isfinite(first.max_abs_error):
        return (
            f"{first.quantity} at step {first.step} ({first.check}) is "
            f"{first.received:g} where {first.expected:.6g} was expected"
        )
    return (
        f"{first.quantity} at step {first.step} ({first.check}) is off by "
        f"{first.max_abs_error:.3g}, {first.floors:.3g} floors; "
        f"{first.tolerance:.3g} would be rounding"
    )


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


def snapshot(worker: Worker, *, expected: Expected, folder: Path) -> Arrays:
    """One training step from a forced state.

    Raises:
        WorkerError: the worker failed.
    """
    path = folder / "snapshot.npz"
    request = messages.TakeSnapshot(
        state=str(expected.state), step=expected.step, save_to=str(path)
    )
    worker.request(request, messages.Done)
    return saved(path)


def activations(worker: Worker, *, expected: Expected, folder: Path) -> Arrays:
    """Each layer's output on the way to a step from a forced state.

    Raises:
        CannotRunError: the session's mode lets nobody see them.
        WorkerError: the worker failed.
    """
    path = folder / "activations.npz"
    request = messages.TakeActivations(
        state=str(expected.state), step=expected.step, save_to=str(path)
    )
    worker.request(request, messages.Done)
    return {f"activation:{n}": array for n, array in saved(path).items()}


def saved(path: Path) -> Arrays:
    """The arrays that a worker says it saved; each file is read once.

    Raises:
        WorkerError: there is no such file, or it is damaged.
    """
    try:
        arrays = load_arrays(path)
        path.unlink()
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise WorkerError(f"expected arrays in {path.name}; {error}") from error
    return arrays


def _all(names: Iterable[str]) -> str:
    return listed(names, conjunction="and") if (names := list(names)) else "none"


def _differs(finding: Finding) -> bool:
    return finding.check != "determinism" and finding.verdict == DISAGREES


def _finding(  # noqa: PLR0913 - a comparison has two sides and its circumstances
    received: Array,
    reference: Array,
    *,
    check: str,
    against: str,
    step: int,
    quantity: str,
    dtype: Dtype,
    floor: float,
    tolerance: float,
) -> Finding:
    error = absolute_error(received, reference)
    at = np.unravel_index(int(error.argmax()), error.shape) if error.size else ()
    worst = float(error[at])
    largest = float(np.abs(reference).max())
    finite = np.isfinite(largest)
    return Finding(
        check=check,
        against=against,
        step=step,
        quantity=quantity,
        max_abs_error=worst,
        max_rel_error=in_units(worst, unit=largest),
        max_ulp_error=in_units(
            worst, unit=last_place(largest, dtype) if largest and finite else 0.0
        ),
        floors=in_units(worst, unit=floor),
        tolerance=tolerance,
        verdict=_verdict(
            received,
            reference,
            worst=worst,
            check=check,
            dtype=dtype,
            tolerance=tolerance,
        ),
        worst_index=", ".join(str(index) for index in at),
        expected=float(reference[at]),
        received=float(received[at]),
    )


def _verdict(  # noqa: PLR0913 - a comparison has two sides and its circumstances
    received: Array,
    reference: Array,
    *,
    worst: float,
    check: str,
    dtype: Dtype,
    tolerance: float,
) -> str:
    """The verdict on one tensor; see this module's docstring."""
    if check == "determinism":  # what is not finite may still repeat itself
        return DISAGREES if worst else AGREES
    with np.errstate(over="ignore", invalid="ignore"):
        in_range = bool(np.isfinite(rounded(reference, dtype)).all())
    if not in_range:
        return DISAGREES if np.isfinite(received).all() else BOTH_DIVERGED
    if not np.isfinite(tolerance):
        return UNDECIDED
    if not np.isfinite(received).all():
        return DISAGREES
    largest = float(np.abs(reference).max(initial=0.0))
    if tolerance >= largest > 0:
        return UNDECIDED
    return AGREES if worst <= tolerance else DISAGREES


def in_units(error: float, *, unit: float) -> float:
    """An error as a multiple; where nothing was expected, any error is infinite."""
    if error == 0:
        return 0.0
    return error / unit if unit else float("inf")
