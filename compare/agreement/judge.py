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

from typing import TYPE_CHECKING

import numpy as np

from compare.errors import DataError
from compare.numerics.arrays import load_arrays
from compare.numerics.dtypes import UNIT_ROUNDOFF, round_to_dtype, unit_in_last_place
from compare.runs.rows import Finding
from compare.runs.words import Against, Check, Verdict
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from compare.agreement.expectation import Expected
    from compare.contract import Array, Arrays, Dtype


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
    require_same_tensors(compared, wanted)
    return [
        _finding(
            received[quantity],
            array,
            check=expected.check,
            against=Against.REFERENCE,
            step=expected.step,
            quantity=quantity,
            dtype=dtype,
            floor=expected.floor[quantity],
            tolerance=widen_tolerance(
                expected.tolerance[quantity], spread=spread.get(quantity, 0.0)
            ),
        )
        for quantity, array in wanted.items()
    ]


def require_same_tensors(received: Arrays, expected: Arrays) -> None:
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


def widen_tolerance(tolerance: float, *, spread: float) -> float:
    """A tolerance for a variant that does not repeat itself: at most twice as wide.

    More than that is no rounding, however often it changes.
    """
    return tolerance + min(spread, tolerance)


def judge_repetition(
    once: Arrays,
    again: Arrays,
    *,
    against: Against,
    dtype: Dtype,
    threads: int | None = None,
) -> list[Finding]:
    """Compare a step with its repetition: agreement here is identical bits."""
    unit = UNIT_ROUNDOFF[dtype]
    return [
        _finding(
            again[quantity],
            once[quantity],
            check=Check.DETERMINISM,
            against=against,
            threads=threads,
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


def describe_first_difference(findings: Iterable[Finding]) -> str:
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


def _all(names: Iterable[str]) -> str:
    return join_words(names, conjunction="and") if (names := list(names)) else "none"


def _differs(finding: Finding) -> bool:
    return (
        finding.check is not Check.DETERMINISM and finding.verdict is Verdict.DISAGREES
    )


def _finding(  # noqa: PLR0913 - a comparison has two sides and its circumstances
    received: Array,
    reference: Array,
    *,
    check: Check,
    against: Against,
    step: int,
    quantity: str,
    dtype: Dtype,
    floor: float,
    tolerance: float,
    threads: int | None = None,
) -> Finding:
    error = absolute_error(received, reference)
    at = np.unravel_index(int(error.argmax()), error.shape) if error.size else ()
    worst = float(error[at])
    largest = float(np.abs(reference).max())
    finite = np.isfinite(largest)
    return Finding(
        check=check,
        against=against,
        threads=threads,
        step=step,
        quantity=quantity,
        max_abs_error=worst,
        max_rel_error=in_units(worst, unit=largest),
        max_ulp_error=in_units(
            worst,
            unit=unit_in_last_place(largest, dtype) if largest and finite else 0.0,
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
    check: Check,
    dtype: Dtype,
    tolerance: float,
) -> Verdict:
    """The verdict on one tensor; see this module's docstring."""
    if check is Check.DETERMINISM:  # what is not finite may still repeat itself
        return Verdict.DISAGREES if worst else Verdict.AGREES
    with np.errstate(over="ignore", invalid="ignore"):
        in_range = bool(np.isfinite(round_to_dtype(reference, dtype)).all())
    if not in_range:
        return (
            Verdict.DISAGREES if np.isfinite(received).all() else Verdict.BOTH_DIVERGED
        )
    if not np.isfinite(tolerance):
        return Verdict.UNDECIDED
    if not np.isfinite(received).all():
        return Verdict.DISAGREES
    largest = float(np.abs(reference).max(initial=0.0))
    if tolerance >= largest > 0:
        return Verdict.UNDECIDED
    return Verdict.AGREES if worst <= tolerance else Verdict.DISAGREES


def in_units(error: float, *, unit: float) -> float:
    """An error as a multiple; where nothing was expected, any error is infinite."""
    if error == 0:
        return 0.0
    return error / unit if unit else float("inf")
