"""Collect the errors along a trajectory, and the band that rounding explains."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from compare.runs.words import Verdict

if TYPE_CHECKING:
    from collections.abc import Collection

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

    def pick_steps(self, most: int) -> list[int]:
        """Return at most about `most` steps, in order, without losing a peak.

        The steps are divided into `most` equal parts. Of each part, the step with the
        largest error is kept; also the first and the last step, and those at which a
        variant is first out of tolerance.
        """
        steps = self.steps
        if len(steps) <= most:
            return steps
        largest = self._largest_by_step()
        parts = np.array_split(steps, most)
        peaks = {max(part.tolist(), key=largest.__getitem__) for part in parts}
        return sorted({steps[0], *peaks, *self.left.values(), steps[-1]})

    def thin(self, *, most: int) -> Trajectory:
        """Return the trajectory at the steps that `pick_steps` returns."""
        kept = set(self.pick_steps(most))
        return replace(
            self,
            errors={
                name: _keep_steps(each, kept) for name, each in self.errors.items()
            },
            floor=_keep_steps(self.floor, kept),
            tolerance=_keep_steps(self.tolerance, kept),
        )

    def _largest_by_step(self) -> BySteps:
        largest: BySteps = {}
        for series in self.errors.values():
            for step, error in series.items():
                largest[step] = max(error, largest.get(step, error))
        return largest


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
    is_finite = np.isfinite(rows["max_abs_error"])
    error = rows["max_rel_error"].mask(~is_finite, float("inf"))
    zeros = ~np.isfinite(error) & is_finite
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
    is_known = (error > 0) & np.isfinite(error) & np.isfinite(rows["max_rel_error"])
    known: pd.DataFrame = rows[is_known]
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


def _keep_steps(errors: BySteps, kept: Collection[int]) -> BySteps:
    return {step: error for step, error in errors.items() if step in kept}


def _to_steps(series: pd.Series[float]) -> BySteps:
    known = series.dropna()
    return dict(zip(map(int, known.index), map(float, known), strict=True))
