"""Estimate how far a figure changed from one run to another.

Each run contributes one logarithm per launch. The launches of two runs are
independent, and one run may be noisier than the other, so the means are compared by
Welch's t test. Many cells are tested together. Their p values are adjusted with Holm's
method, which allows any dependence between them: the ratios of one run share its
baseline.

Source: Welch, "The generalization of 'Student's' problem" (1947); Holm, "A simple
sequentially rejective multiple test procedure" (1979).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace
from math import expm1, nan, sqrt
from typing import TYPE_CHECKING

import numpy as np

from compare.stats.estimates import ALPHA, MIN_LAUNCHES, Interval, student_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True)
class Change:
    """A figure in two runs and the factor between them; NaN where it is unknown."""

    before: float = nan
    after: float = nan
    factor: Interval = field(default_factory=Interval)
    p: float = nan  # of a factor of 1, not adjusted for other figures
    standard_error: float = nan  # of the factor's logarithm
    degrees_of_freedom: float = nan  # of the standard error


def estimate_change(before: Sequence[float], after: Sequence[float]) -> Change:
    """Return the change of a figure, from its logarithm in each launch of two runs.

    With fewer than two launches in either run, the factor has no interval.
    """
    if not len(before) or not len(after):
        return Change(before=_geometric_mean(before), after=_geometric_mean(after))
    estimate = float(np.exp(np.mean(after) - np.mean(before)))
    known = Change(
        before=_geometric_mean(before),
        after=_geometric_mean(after),
        factor=Interval(estimate=estimate),
    )
    if min(len(before), len(after)) < MIN_LAUNCHES:
        return known
    return _add_test(known, before=before, after=after)


def minimum_detectable_change(change: Change, *, claims: int) -> float:
    """Return the smallest change, as a fraction, that would have been significant.

    Args:
        change: supplies the standard error and its degrees of freedom.
        claims: the number of figures tested together. Holm's method compares the
            smallest of their p values with alpha / claims; this level is used here.
    """
    quantile = student_quantile(1 - ALPHA / claims / 2, change.degrees_of_freedom)
    return expm1(quantile * change.standard_error)


def _add_test(
    known: Change, *, before: Sequence[float], after: Sequence[float]
) -> Change:
    """Return the change with its interval and p value."""
    from scipy.stats import ttest_ind  # noqa: PLC0415 - slow import, needed at the end

    if not np.var(before) + np.var(after):  # no variance to compare a difference with
        return known
    with warnings.catch_warnings():  # equal launches in one run are valid input
        warnings.simplefilter("ignore", RuntimeWarning)
        test = ttest_ind(after, before, equal_var=False)
    ends = test.confidence_interval(1 - ALPHA)
    with np.errstate(over="ignore"):  # an infinite end of the interval is valid
        low, high = np.exp([ends.low, ends.high])
    factor = Interval(estimate=known.factor.estimate, low=float(low), high=float(high))
    standard_error = sqrt(
        np.var(before, ddof=1) / len(before) + np.var(after, ddof=1) / len(after)
    )
    return replace(
        known,
        factor=factor,
        p=float(test.pvalue),
        standard_error=standard_error,
        degrees_of_freedom=float(test.df),
    )


def _geometric_mean(logarithms: Sequence[float]) -> float:
    return float(np.exp(np.mean(logarithms))) if len(logarithms) else nan
