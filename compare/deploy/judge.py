"""Judge the outputs of an exported model by the rule of every agreement check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from compare.agreement.judge import TensorComparison, make_finding
from compare.numerics.arrays import load_arrays
from compare.numerics.tolerance import compute_tolerance
from compare.runs.words import Against, Check, Inputs, Verdict
from compare.workers.deploying import EXPECTED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from compare.contract import Array, Dtype

# The worst verdict on an output is the verdict on the model.
BY_SEVERITY = (
    Verdict.DISAGREES,
    Verdict.UNDECIDED,
    Verdict.BOTH_DIVERGED,
    Verdict.AGREES,
)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """The verdict on the outputs for one case, with its worst output."""

    verdict: Verdict
    error: float | None  # None of outputs that cannot be compared
    tolerance: float | None
    reason: str = ""  # why they cannot be compared


def read_outputs(case: Path) -> list[Array]:
    """Return the outputs that a runner wrote into the folder of a case."""
    count = len(list(case.glob("output_*.npy")))
    paths = [case / f"output_{number}.npy" for number in range(count)]
    return [np.load(path, allow_pickle=False) for path in paths]


def judge_case(
    case: Path,
    received: Sequence[Array],
    *,
    deviations: Sequence[float],
    dtype: Dtype,
) -> Judged:
    """Return the verdict on outputs for a case.

    Args:
        case: its folder, with the expected outputs.
        received: the outputs of an exported model.
        deviations: how far rounding moved each expected output in the trials.
        dtype: of the exported model.
    """
    expected = list(load_arrays(case / EXPECTED).values())
    shapes = [a.shape for a in received], [a.shape for a in expected]
    if shapes[0] != shapes[1]:
        reason = f"expected outputs of shapes {shapes[1]}; received {shapes[0]}"
        return Judged(
            verdict=Verdict.DISAGREES, error=None, tolerance=None, reason=reason
        )
    judged = [
        judge_output(*pair, deviation=deviation, dtype=dtype)
        for *pair, deviation in zip(received, expected, deviations, strict=True)
    ]
    return min(
        judged,
        key=lambda each: (
            BY_SEVERITY.index(each.verdict),
            -(each.error or 0.0) / (each.tolerance or 1.0),
        ),
    )


def describe_judged_error(error: float | None, tolerance: float | None) -> str:
    """Return how far outputs differ; empty if they cannot be compared."""
    if error is None:
        return ""
    return f"largest error {error:.3g}, tolerance {tolerance:.3g}"


def judge_output(
    received: Array, expected: Array, *, deviation: float, dtype: Dtype
) -> Judged:
    """Return the verdict on one output."""
    largest = float(np.abs(expected).max(initial=0.0))
    tolerance = compute_tolerance(
        [deviation], largest=largest, dtype=dtype, check="step"
    )
    finding = make_finding(
        TensorComparison(
            inputs=Inputs.WORKLOAD,
            check=Check.PREDICTION,
            against=Against.REFERENCE,
            step=0,
            quantity="prediction",
            dtype=dtype,
            received=received,
            expected=expected,
            floor=deviation,
            tolerance=tolerance,
        )
    )
    return Judged(
        verdict=finding.verdict, error=finding.max_abs_error, tolerance=tolerance
    )
