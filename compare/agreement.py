"""Do the variants compute the same thing? Each against NumPy, within rounding.

What is compared, per workload, variant and dtype:

- *determinism*: the same step from the same state twice, bit for bit;
- *step*: from the reference's own parameters at a few steps, one training step: its
  loss, every gradient and every updated parameter;
- *trajectory*: free-running from the initial parameters, loss and parameters at
  every step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np

from compare import messages
from compare.arrays import load_arrays
from compare.errors import DataError, WorkerError
from compare.tolerance import UNIT_ROUNDOFF

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from compare.contract import Array, Arrays, Dtype
    from compare.expectation import Expected
    from compare.launcher import Worker


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
        received = _received(folder / f"{each.step}.npz")
        found += judge(received, expected=each, dtype=dtype, spread=spread)
    return found


def judge(
    received: Arrays,
    *,
    expected: Expected,
    dtype: Dtype,
    spread: Mapping[str, float] = {},
) -> list[Finding]:
    """Compare what a variant computed with what it should have.

    How far the variant is from itself, its `spread`, widens the tolerance.
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
            tolerance=widened(
                expected.tolerance[quantity], spread=spread.get(quantity, 0.0)
            ),
        )
        for quantity in reference
    ]


def widened(tolerance: float, *, spread: float) -> float:
    """A tolerance for a variant that does not repeat itself: at most twice as wide.

    More than that is no rounding, however often it changes.
    """
    return tolerance + min(spread, tolerance)


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
    return _received(path)


def _received(path: Path) -> Arrays:
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
