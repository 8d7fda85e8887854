"""A line through step times: a fixed part, and a part for each unit of a size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_POINTS = 3  # two points fit every line exactly


@dataclass(frozen=True, kw_only=True)
class Line:
    """A fitted line.

    Attributes:
        fixed: its value at 0.
        per_unit: its slope.
        misfit: its largest deviation from a point, relative to the point.
    """

    fixed: float
    per_unit: float
    misfit: float


def fit_line(sizes: Sequence[float], times: Sequence[float]) -> Line | None:
    """Return the line with the smallest relative errors; None for too few points.

    Least squares of the relative errors: a step of a millisecond and one of a second
    count the same.

    Args:
        sizes: different values.
        times: positive, one for each size.
    """
    if len(sizes) < LEAST_POINTS:
        return None
    x, t = np.asarray(sizes, float), np.asarray(times, float)
    matrix = np.stack([np.ones_like(x), x], axis=1) / t[:, None]
    (fixed, per_unit), *_ = np.linalg.lstsq(matrix, np.ones_like(t), rcond=None)
    misfit = np.abs(matrix @ (fixed, per_unit) - 1).max()
    return Line(fixed=float(fixed), per_unit=float(per_unit), misfit=float(misfit))
