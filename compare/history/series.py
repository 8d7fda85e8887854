"""Build the series of one cell over the runs of a history, with change points."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, log, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.runs.record import KEY, Key
from compare.stats.change_points import ChangePoint, find_change_points
from compare.stats.estimates import student_quantile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, kw_only=True)
class Point:
    """One cell in one run."""

    number: int  # of the run in its group, from 0
    launches: int
    step_time_ns: float
    ratio: float
    ratio_low: float
    ratio_high: float
    is_unproven: bool
    alpha: float  # how often its interval may exclude the true ratio


@dataclass(frozen=True, kw_only=True)
class Series:
    """One cell over the runs that timed it."""

    workload: str
    variant: str
    device: str
    dtype: str
    is_baseline: bool  # its figure is the step time; that of the others the ratio
    points: tuple[Point, ...]
    changes: tuple[ChangePoint, ...]  # `at` is an index of `points`

    def figure(self, point: Point) -> float:
        """Return the figure in which changes are searched."""
        return _select_figure(point, is_baseline=self.is_baseline)


def build_point(row: Mapping[str, Any], *, number: int, alpha: float) -> Point:
    """Return a row of ``timing.csv`` as a point of a series.

    Args:
        row: its columns.
        number: of the run in its group.
        alpha: how often an interval of this run may exclude the true ratio.
    """
    names = ("step_time_ns", "ratio", "ratio_low", "ratio_high")
    return Point(
        number=number,
        launches=int(row["launches"]) if _is_known(row["launches"]) else 0,
        alpha=alpha,
        is_unproven=bool(row["is_unproven"]),
        **{name: float(row[name]) for name in names},
    )


def build_series(key: Key, *, points: Sequence[Point], baseline: str) -> Series:
    """Return a cell's points with their change points; a point needs a figure."""
    cell = dict(zip(KEY, key, strict=True))
    variant = f"{cell['framework']}/{cell['mode']}"
    is_baseline = variant == baseline
    known = tuple(
        p for p in points if _is_known(_select_figure(p, is_baseline=is_baseline))
    )
    logarithms = [log(_select_figure(p, is_baseline=is_baseline)) for p in known]
    return Series(
        workload=cell["workload"],
        variant=variant,
        device=cell["device"],
        dtype=cell["dtype"],
        is_baseline=is_baseline,
        points=known,
        changes=find_change_points(
            logarithms, noise=0 if is_baseline else pool_noise(known)
        ),
    )


def pool_noise(points: Sequence[Point]) -> float:
    """Return the standard error of a run's log ratio, from the runs' own intervals.

    It is pooled over the runs, because with a few launches each, the estimate of a
    single run is inaccurate.
    """
    # The half width of a t interval is the standard error times the quantile.
    errors = [
        log(p.ratio_high / p.ratio_low)
        / 2
        / student_quantile(1 - p.alpha / 2, p.launches - 1)
        for p in points
        if p.launches > 1 and _is_known(p.ratio_low) and _is_known(p.ratio_high)
    ]
    return sqrt(float(np.mean(np.square(errors)))) if errors else 0.0


def _select_figure(point: Point, *, is_baseline: bool) -> float:
    """Return the ratio; for the baseline, whose ratio is always 1, the step time."""
    return point.step_time_ns if is_baseline else point.ratio


def _is_known(figure: float) -> bool:
    return isfinite(figure) and figure > 0
