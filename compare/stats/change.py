"""How far a figure moved from one run to another, from one logarithm a launch of each.

The launches of two runs have nothing to do with each other, and one run may have been
noisier than the other: Welch's t for two means. Many cells are looked at together, so
that their p-values are adjusted by Holm's method, which holds however they depend on
each other: ratios of one run share its baseline.

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
    """A figure in two runs, and the factor between them; NaN where it is not known."""

    before: float = nan
    after: float = nan
    factor: Interval = field(default_factory=Interval)
    p: float = nan  # of the factor being 1, this figure alone looked at
    error: float = nan  # standard error of the factor's logarithm
    freedom: float = nan  # its degrees of freedom


def estimate_change(before: Sequence[float], after: Sequence[float]) -> Change:
    """What one logarithm a launch says of a figure's change.

    Without two launches on either side there is an estimate and no interval.
    """
    if not len(before) or not len(after):
        return Change(before=_mean(before), after=_mean(after))
    estimate = float(np.exp(np.mean(after) - np.mean(before)))
    known = Change(
        before=_mean(before), after=_mean(after), factor=Interval(estimate=estimate)
    )
    if min(len(before), len(after)) < MIN_LAUNCHES:
        return known
    return _tested(known, before=before, after=after)


def minimum_detectable_change(moved: Change, *, claims: int) -> float:
    """The smallest change, as a fraction, that would have been told from none.

    Holm's method asks most of the clearest of all `claims`; this is what it asks.
    """
    return expm1(student_quantile(1 - ALPHA / claims / 2, moved.freedom) * moved.error)


def _tested(known: Change, *, before: Sequence[float], after: Sequence[float]) -> Change:
    from scipy.stats import ttest_ind  # noqa: PLC0415 - half a second, only at the end

    if not np.var(before) + np.var(after):  # nothing to judge a difference by
        return known
    with warnings.catch_warnings():  # launches alike to the last digit are no mistake
        warnings.simplefilter("ignore", RuntimeWarning)
        test = ttest_ind(after, before, equal_var=False)
    ends = test.confidence_interval(1 - ALPHA)
    with np.errstate(over="ignore"):  # an endless interval is one, too
        low, high = np.exp([ends.low, ends.high])
    factor = Interval(estimate=known.factor.estimate, low=float(low), high=float(high))
    error = sqrt(
        np.var(before, ddof=1) / len(before) + np.var(after, ddof=1) / len(after)
    )
    return replace(
        known, factor=factor, p=float(test.pvalue), error=error, freedom=float(test.df)
    )


def _mean(logarithms: Sequence[float]) -> float:
    return float(np.exp(np.mean(logarithms))) if len(logarithms) else nan
