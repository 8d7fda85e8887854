"""One cell over the runs of a history, and when it changed."""

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

    number: int  # of the run among those that can be compared, from 0
    launches: int
    step_time_ns: float
    ratio: float
    ratio_low: float
    ratio_high: float
    is_unproven: bool
    alpha: float  # of its interval


@dataclass(frozen=True, kw_only=True)
class Series:
    """One cell over the runs that timed it."""

    workload: str
    variant: str
    device: str
    dtype: str
    is_baseline: bool  # followed by its step time; everything else by its ratio
    points: tuple[Point, ...]
    changes: tuple[ChangePoint, ...]  # counted among its points

    def value(self, point: Point) -> float:
        """What the cell is followed by."""
        return value(point, is_baseline=self.is_baseline)


def point(row: Mapping[str, Any], *, number: int, alpha: float) -> Point:
    """A row of ``timing.csv``.

    Args:
        row: its columns.
        number: of the run.
        alpha: how often the run lets an interval be wrong.
    """
    names = ("step_time_ns", "ratio", "ratio_low", "ratio_high")
    return Point(
        number=number,
        launches=int(row["launches"]) if _is_known(row["launches"]) else 0,
        alpha=alpha,
        is_unproven=bool(row["is_unproven"]),
        **{name: float(row[name]) for name in names},
    )


def series(key: Key, *, points: Sequence[Point], baseline: str) -> Series:
    """What a cell's points say together; those without a figure say nothing."""
    cell = dict(zip(KEY, key, strict=True))
    variant = f"{cell['framework']}/{cell['mode']}"
    is_baseline = variant == baseline
    known = tuple(p for p in points if _is_known(value(p, is_baseline=is_baseline)))
    logarithms = [log(value(p, is_baseline=is_baseline)) for p in known]
    return Series(
        workload=cell["workload"],
        variant=variant,
        device=cell["device"],
        dtype=cell["dtype"],
        is_baseline=is_baseline,
        points=known,
        changes=find_change_points(
            logarithms, noise=0 if is_baseline else noise(known)
        ),
    )


def value(point: Point, *, is_baseline: bool) -> float:
    """The step time of the baseline, whose ratio is always 1; else the ratio."""
    return point.step_time_ns if is_baseline else point.ratio


def noise(points: Sequence[Point]) -> float:
    """The standard error of a run's log ratio, by the runs' own intervals.

    Pooled over the runs: with a few launches each, one by itself says little.
    """
    errors = [
        log(p.ratio_high / p.ratio_low)
        / 2
        / student_quantile(1 - p.alpha / 2, p.launches - 1)
        for p in points
        if p.launches > 1 and _is_known(p.ratio_low) and _is_known(p.ratio_high)
    ]
    return sqrt(float(np.mean(np.square(errors)))) if errors else 0.0


def _is_known(figure: float) -> bool:
    return isfinite(figure) and figure > 0
