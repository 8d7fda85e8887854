"""Confidence intervals of the line through repeated measurements of several sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from compare.stats.estimates import ALPHA, Interval, student_quantile
from compare.stats.line import LEAST_POINTS, fit_line

if TYPE_CHECKING:
    from collections.abc import Sequence

UNKNOWNS = 2  # of a line


@dataclass(frozen=True, kw_only=True)
class LineEstimate:
    """A fitted line with confidence intervals.

    Attributes:
        fixed: its value at 0.
        per_unit: its slope.
        misfit: the largest relative deviation of a size's mean from the line.
    """

    fixed: Interval
    per_unit: Interval
    misfit: float


def estimate_line(
    sizes: Sequence[float], times: Sequence[float], *, alpha: float = ALPHA
) -> LineEstimate | None:
    """Return a line by weighted least squares, with t intervals.

    The model is ``time = (fixed + per_unit * size) * (1 + error)``: errors are
    proportional to the time, independent, and equal in their relative spread. Weights
    are the inverse squares of the fitted times, from a first fit to the measured ones.
    The residuals, with n - 2 degrees of freedom, give the spread. They also contain
    what is no line in the sizes, so that intervals widen where the model does not hold.

    Args:
        sizes: at least three different values; each may occur several times, once for
            each independent measurement.
        times: positive, one for each size.
        alpha: how often an interval may exclude the true value.

    Returns:
        None for fewer than three different sizes.

    Source: Carroll and Ruppert, "Transformation and weighting in regression" (1988),
    section 2.1, for iterated weights; Seber and Lee, "Linear regression analysis"
    (2003), sections 3.5 and 3.10, for the intervals.
    """
    if len(set(sizes)) < LEAST_POINTS:
        return None
    first = fit_line(sizes, times)
    if first is None:
        return None
    x, t = np.asarray(sizes, float), np.asarray(times, float)
    fitted = first.fixed + first.per_unit * x
    scale = np.where(fitted > 0, fitted, t)  # a line may be negative at small sizes
    matrix = np.stack([np.ones_like(x), x], axis=1) / scale[:, None]
    solution, *_ = np.linalg.lstsq(matrix, t / scale, rcond=None)
    residuals = t / scale - matrix @ solution
    freedom = len(t) - UNKNOWNS
    variance = residuals @ residuals / freedom
    covariance = variance * np.linalg.inv(matrix.T @ matrix)
    half = student_quantile(1 - alpha / 2, freedom) * np.sqrt(np.diag(covariance))
    fixed, per_unit = (
        Interval(estimate=float(at), low=float(at - by), high=float(at + by))
        for at, by in zip(solution, half, strict=True)
    )
    line = solution[0] + solution[1] * x
    means = [abs(t[x == size].mean() / line[x == size][0] - 1) for size in set(sizes)]
    return LineEstimate(fixed=fixed, per_unit=per_unit, misfit=float(max(means)))
