"""Every variant's error along a trajectory, and the band that rounding explains."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import pandas as pd

from compare.runs.words import Verdict

if TYPE_CHECKING:
    from compare.results.cells import CellGroup

FLOOR, TOLERANCE = "rounding floor", "tolerance"  # the edges of the band
BySteps = dict[int, float]


@dataclass(frozen=True, kw_only=True)
class Trajectory:
    """One workload in one dtype, step by step.

    Everything is relative to the largest magnitude of the tensor that it is of, and the
    largest over the tensors at each step: loss and parameters.
    """

    dtype: str
    heading: str
    errors: dict[str, BySteps]  # by variant; infinite where it is no number
    floor: BySteps  # the same mathematics in NumPy, in this dtype
    tolerance: BySteps  # infinite where rounding alone may overflow
    left: dict[str, int]  # variant -> first step with a tensor out of its tolerance
    decided: dict[str, float]  # variant -> share of its comparisons that are decided

    @property
    def curves(self) -> dict[str, BySteps]:
        """Every variant and both edges of the band, the upper one where it decides."""
        upper = {step: value for step, value in self.tolerance.items() if value <= 1}
        return {**self.errors, FLOOR: self.floor, TOLERANCE: upper}

    @property
    def steps(self) -> list[int]:
        """Every step that was followed."""
        return sorted({step for series in self.errors.values() for step in series})


def trajectories(comparison: CellGroup) -> tuple[Trajectory, ...]:
    """A workload's trajectories, one a dtype that it was checked in."""
    found: dict[str, dict[str, pd.DataFrame]] = {}
    for line, agreement in comparison.checked:
        for dtype in dict.fromkeys(agreement.checks["dtype"]):
            rows = agreement.trajectory(dtype)
            if len(rows):
                found.setdefault(dtype, {})[line.variant] = rows
    return tuple(
        _trajectory(of_dtype, dtype=dtype, heading=comparison.heading_in(dtype))
        for dtype, of_dtype in found.items()
    )


def _trajectory(
    rows: dict[str, pd.DataFrame], *, dtype: str, heading: str
) -> Trajectory:
    band = _band(pd.concat(rows.values()))
    return Trajectory(
        dtype=dtype,
        heading=heading,
        errors={variant: _errors(of_one) for variant, of_one in rows.items()},
        floor=_largest(band["floor"]),
        tolerance=_largest(band["tolerance"]),
        left={v: step for v, of_one in rows.items() if (step := _left(of_one)) >= 0},
        decided={v: _decided(of_one) for v, of_one in rows.items()},
    )


def _errors(rows: pd.DataFrame) -> BySteps:
    """The largest relative error per step.

    A tensor of zeros has none, and what diverged with the reference has none either.
    """
    error = rows["max_rel_error"].mask(
        ~rows["max_abs_error"].map(isfinite), float("inf")
    )
    zeros = ~error.map(isfinite) & rows["max_abs_error"].map(isfinite)
    both = rows["verdict"] == Verdict.BOTH_DIVERGED
    return _largest(error[~zeros & ~both].groupby(rows["step"]).max())


def _band(rows: pd.DataFrame) -> pd.DataFrame:
    """For each step and tensor its floor and its tolerance, relative as the errors are.

    A row gives the tensor's magnitude as its absolute error over its relative one, and
    the floor likewise. All variants share them, but for one that does not repeat itself
    and has a wider tolerance: the narrowest is taken.
    """
    error = rows["max_abs_error"]
    known = rows[
        (error > 0) & error.map(isfinite) & rows["max_rel_error"].map(isfinite)
    ]
    magnitude = known["max_abs_error"] / known["max_rel_error"]
    floors = known["floors"].where(known["floors"] > 0)
    of_tensor = known.assign(
        floor=known["max_rel_error"] / floors,
        tolerance=known["tolerance"] / magnitude,
    ).groupby(["step", "quantity"])
    tensors = of_tensor.agg({"floor": "max", "tolerance": "min"})
    return tensors.groupby("step").max()


def _left(rows: pd.DataFrame) -> int:
    """The first step with a tensor out of its tolerance; -1: none."""
    steps = rows.loc[rows["verdict"] == Verdict.DISAGREES, "step"]
    return -1 if steps.empty else int(steps.min())


def _decided(rows: pd.DataFrame) -> float:
    return 1 - float((rows["verdict"] == Verdict.UNDECIDED).mean())


def _largest(series: pd.Series[float]) -> BySteps:
    known = series.dropna()
    return dict(zip(map(int, known.index), map(float, known), strict=True))
