"""Judge whether a variant computes the same as the NumPy reference, within rounding.

The checks of a variant in a dtype, on the workload's own data and on a probe:

- *determinism*: the same step is repeated from the same state; the bits are compared.
- *step*: one training step from each of a few states of the reference. The loss, every
  gradient and every updated parameter are compared.
- *prediction*: the model's outputs outside training, which must change no parameter.
- *trajectory*: consecutive steps. The parameters are set back to the reference's every
  few steps. The loss and the parameters are compared after every step.
- *training*, *validation*: the last step of the workload's own training, and the
  outputs and metrics after it (own data only).
- *timed*: steps of a timed block.

The verdict on a tensor is one of

- *agrees*, *disagrees*: its largest error is within or above the tolerance;
- *both diverged*: the expected values are outside the dtype's range, and the received
  values are not finite either. This is not a disagreement;
- *undecided*: the tolerance is as large as the tensor. Rounding alone may have changed
  every digit, and a tensor of zeros would pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from compare.contract import TensorKind, tensor_kind
from compare.errors import DataError
from compare.numerics.arrays import load_arrays
from compare.numerics.dtypes import UNIT_ROUNDOFF, round_to_dtype, unit_in_last_place
from compare.reference.moved import add_moved
from compare.runs.rows import Finding
from compare.runs.words import Against, Check, Inputs, Verdict
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from compare.contract import Array, Arrays, Dtype
    from compare.reference.expectation import Expected

# Compared if both sides have them.
OPTIONAL = (TensorKind.ACTIVATION, TensorKind.MOVED)


@dataclass(frozen=True, kw_only=True)
class TensorComparison:
    """One received tensor, and what it is compared with."""

    inputs: Inputs
    check: Check
    against: Against
    step: int
    quantity: str
    dtype: Dtype
    received: Array
    expected: Array
    floor: float
    tolerance: float
    threads: int | None = None  # of a repetition with another number of threads


def judge(
    received: Arrays,
    *,
    expected: Expected,
    dtype: Dtype,
    spread: Mapping[str, float] = {},
) -> list[Finding]:
    """Return the findings of one check at one step, in the order of computation.

    Args:
        received: the tensors that the variant computed. Activations are optional: only
            those on both sides are compared.
        expected: the reference's tensors and their tolerances.
        dtype: of the variant.
        spread: quantity -> difference between two repetitions of the same step. It
            widens the tolerance.

    Raises:
        DataError: names or shapes differ.
    """
    reference = {
        name: array
        for name, array in load_arrays(expected.arrays).items()
        if name in expected.tolerance
    }
    received = add_moved(received, expected=expected, dtype=dtype)
    wanted = {
        name: array
        for name, array in reference.items()
        if name in received or tensor_kind(name) not in OPTIONAL
    }
    compared = {
        name: array
        for name, array in received.items()
        if name in reference or tensor_kind(name) not in OPTIONAL
    }
    require_same_tensors(compared, wanted)
    return [
        make_finding(
            TensorComparison(
                inputs=expected.inputs,
                check=expected.check,
                against=Against.REFERENCE,
                step=expected.step,
                quantity=quantity,
                dtype=dtype,
                received=received[quantity],
                expected=array,
                floor=expected.floor[quantity],
                tolerance=widen_tolerance(
                    expected.tolerance[quantity], spread=spread.get(quantity, 0.0)
                ),
            )
        )
        for quantity, array in wanted.items()
    ]


def require_same_tensors(received: Arrays, expected: Arrays) -> None:
    """Raise unless both sides have the same names and shapes.

    Raises:
        DataError: they differ; the message lists both sides and the difference.
    """
    missing = [name for name in expected if name not in received]
    surplus = [name for name in received if name not in expected]
    if missing or surplus:
        parts = [f"missing: {_join_names(missing)}"] if missing else []
        parts += [f"not expected: {_join_names(surplus)}"] if surplus else []
        raise DataError(
            f"expected the tensors {_join_names(expected)}; "
            f"received {_join_names(received)} ({'; '.join(parts)})"
        )
    wrong = [n for n, array in expected.items() if received[n].shape != array.shape]
    if wrong:
        raise DataError(
            "expected the shapes "
            + _join_names(f"{name} {expected[name].shape}" for name in wrong)
            + "; received "
            + _join_names(f"{name} {received[name].shape}" for name in wrong)
        )


def widen_tolerance(tolerance: float, *, spread: float) -> float:
    """Return the tolerance for a variant whose repetitions differ by `spread`.

    The result is at most twice the tolerance: a larger spread is not rounding, and must
    not hide a difference.
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
    """Return the findings of a repeated step. The verdict requires identical bits."""
    half_unit = UNIT_ROUNDOFF[dtype] / 2
    return [
        make_finding(
            TensorComparison(
                inputs=Inputs.WORKLOAD,
                check=Check.DETERMINISM,
                against=against,
                threads=threads,
                step=0,
                quantity=quantity,
                dtype=dtype,
                received=again[quantity],
                expected=array,
                floor=half_unit * float(np.abs(array).max(initial=0.0)),
                tolerance=0.0,
            )
        )
        for quantity, array in once.items()
    ]


def agrees(findings: Iterable[Finding]) -> bool:
    """Return whether no tensor disagrees with the reference.

    Differences between repetitions of a step are not disagreements.
    """
    return not any(_is_disagreement(finding) for finding in findings)


def describe_first_difference(findings: Iterable[Finding]) -> str:
    """Return a sentence about the first tensor out of tolerance; empty if none is."""
    first = next((f for f in findings if _is_disagreement(f)), None)
    if first is None:
        return ""
    probe = " of the probe" if first.inputs is Inputs.PROBE else ""
    place = f"{first.quantity} at step {first.step} ({first.check}{probe})"
    if not np.isfinite(first.max_abs_error):
        return f"{place} is {first.received:g}; expected {first.expected:.6g}"
    return (
        f"{place} differs by {first.max_abs_error:.3g} "
        f"(tolerance {first.tolerance:.3g}, {first.floors:.3g} floors)"
    )


def absolute_error(received: Array, reference: Array) -> Array:
    """Return the elementwise error in float64; infinite where one side is not finite.

    Two equal infinities, or two NaNs, have no error.

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


def divide_by_unit(error: float, *, unit: float) -> float:
    """Return an error as a multiple of a unit; infinite if the unit is zero."""
    if error == 0:
        return 0.0
    return error / unit if unit else float("inf")


def _join_names(names: Iterable[str]) -> str:
    return join_words(names, conjunction="and") if (names := list(names)) else "none"


def _is_disagreement(finding: Finding) -> bool:
    return (
        finding.check is not Check.DETERMINISM and finding.verdict is Verdict.DISAGREES
    )


def make_finding(compared: TensorComparison) -> Finding:
    """Return the errors of a tensor at its worst element, and the verdict on it."""
    received, expected = compared.received, compared.expected
    error = absolute_error(received, expected)
    at = np.unravel_index(int(error.argmax()), error.shape) if error.size else ()
    worst = float(error[at])
    largest = float(np.abs(expected).max())
    has_ulp = largest and np.isfinite(largest)
    return Finding(
        inputs=compared.inputs,
        check=compared.check,
        against=compared.against,
        threads=compared.threads,
        step=compared.step,
        quantity=compared.quantity,
        max_abs_error=worst,
        max_rel_error=divide_by_unit(worst, unit=largest),
        max_ulp_error=divide_by_unit(
            worst,
            unit=unit_in_last_place(largest, compared.dtype) if has_ulp else 0.0,
        ),
        floors=divide_by_unit(worst, unit=compared.floor),
        tolerance=compared.tolerance,
        verdict=_judge_tensor(compared, worst=worst),
        worst_index=", ".join(str(index) for index in at),
        expected=float(expected[at]),
        received=float(received[at]),
    )


def _judge_tensor(compared: TensorComparison, *, worst: float) -> Verdict:
    """Return the verdict on one tensor with this largest error."""
    received, expected = compared.received, compared.expected
    # Repetitions are compared before any range check: equal NaNs are identical bits.
    if compared.check is Check.DETERMINISM:
        return Verdict.DISAGREES if worst else Verdict.AGREES
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = round_to_dtype(expected, compared.dtype)
        is_in_range = bool(np.isfinite(rounded).all())
    if not is_in_range:
        is_finite = np.isfinite(received).all()
        return Verdict.DISAGREES if is_finite else Verdict.BOTH_DIVERGED
    if not np.isfinite(compared.tolerance):
        return Verdict.UNDECIDED
    # Checked before the size of the tolerance: NaN is wrong at any finite tolerance.
    if not np.isfinite(received).all():
        return Verdict.DISAGREES
    largest = float(np.abs(expected).max(initial=0.0))
    if compared.tolerance >= largest > 0:
        return Verdict.UNDECIDED
    return Verdict.AGREES if worst <= compared.tolerance else Verdict.DISAGREES
