"""Collect the errors along a trajectory, and the band that rounding explains."""

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

    All errors are relative to the largest magnitude of their tensor. At each step, the
    largest over the tensors (loss and parameters) is kept.
    """

    dtype: str
    heading: str
    errors: dict[str, BySteps]  # by variant; infinite where it is not finite
    floor: BySteps  # error of NumPy in this dtype
    tolerance: BySteps  # infinite where rounding may overflow
    left: dict[str, int]  # variant -> first step with a tensor out of its tolerance
    decided: dict[str, float]  # variant -> share of decided comparisons

    @property
    def curves(self) -> dict[str, BySteps]:
        """The errors of every variant and both edges of the band.

        The upper edge is left out where it exceeds 1 and decides nothing.
        """
        upper = {step: value for step, value in self.tolerance.items() if value <= 1}
        return {**self.errors, FLOOR: self.floor, TOLERANCE: upper}

    @property
    def steps(self) -> list[int]:
        """All steps, in order."""
        return sorted({step for series in self.errors.values() for step in series})


def trajectories(group: CellGroup) -> tuple[Trajectory, ...]:
    """Return a workload's trajectories, one per dtype that it was checked in."""
    found: dict[str, dict[str, pd.DataFrame]] = {}
    for line, agreement in group.checked:
        for dtype in dict.fromkeys(agreement.checks["dtype"]):
            rows = agreement.trajectory(dtype)
            if len(rows):
                found.setdefault(dtype, {})[line.variant] = rows
    return tuple(
        _build_trajectory(of_dtype, dtype=dtype, heading=group.heading_in(dtype))
        for dtype, of_dtype in found.items()
    )


def _build_trajectory(
    rows: dict[str, pd.DataFrame], *, dtype: str, heading: str
) -> Trajectory:
    band = _compute_band(pd.concat(rows.values()))
    return Trajectory(
        dtype=dtype,
        heading=heading,
        errors={variant: _largest_errors(of_one) for variant, of_one in rows.items()},
        floor=_to_steps(band["floor"]),
        tolerance=_to_steps(band["tolerance"]),
        left={
            variant: step
            for variant, of_one in rows.items()
            if (step := _first_out_of_tolerance(of_one)) is not None
        },
        decided={v: _share_decided(of_one) for v, of_one in rows.items()},
    )


def _largest_errors(rows: pd.DataFrame) -> BySteps:
    """Return the largest relative error per step.

    Tensors of zeros have no relative error. Tensors that diverged together with the
    reference are left out.
    """
    error = rows["max_rel_error"].mask(
        ~rows["max_abs_error"].map(isfinite), float("inf")
    )
    zeros = ~error.map(isfinite) & rows["max_abs_error"].map(isfinite)
    both = rows["verdict"] == Verdict.BOTH_DIVERGED
    return _to_steps(error[~zeros & ~both].groupby(rows["step"]).max())


def _compute_band(rows: pd.DataFrame) -> pd.DataFrame:
    """Return floor and tolerance per step, the largest over the tensors.

    Both are relative, as the errors are. The table stores neither the magnitude of a
    tensor nor its floor. They follow from the columns of a row: the magnitude is the
    absolute error over the relative error, the relative floor is the relative error
    over the number of floors. All variants have the same floor and tolerance, except
    for a variant that is not deterministic, whose tolerance is wider. The narrowest
    tolerance is used.
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


def _first_out_of_tolerance(rows: pd.DataFrame) -> int | None:
    """Return the first step with a tensor out of tolerance."""
    steps = rows.loc[rows["verdict"] == Verdict.DISAGREES, "step"]
    return None if steps.empty else int(steps.min())


def _share_decided(rows: pd.DataFrame) -> float:
    return 1 - float((rows["verdict"] == Verdict.UNDECIDED).mean())


def _to_steps(series: pd.Series[float]) -> BySteps:
    known = series.dropna()
    return dict(zip(map(int, known.index), map(float, known), strict=True))
