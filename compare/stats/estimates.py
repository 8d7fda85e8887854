"""Samples to estimates, intervals and verdicts. Pure functions.

The comparison of a variant with the baseline rests on the log of the ratio of their
step times in the same round. Within a launch the rounds give one Hodges-Lehmann
estimate; across launches those estimates give the mean and a t interval, because
processes started afresh differ and no number of rounds can tell that away. Everything
here after `hodges_lehmann` takes one log ratio a launch.

Source: Hodges and Lehmann, "Estimates of location based on rank tests" (1963);
Kalibera and Jones, "Rigorous benchmarking in reasonable time" (2013) for the levels.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import exp, expm1, inf, log1p, nan, sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.contract import Array

ALPHA = 0.05  # how often a claim may be wrong
POWER = 0.80  # how often an effect as large as the detectable one is found
EQUIVALENCE_MARGIN = 0.01  # step times closer than this are the same to a user
MIN_LAUNCHES = 2
MIN_BOOTSTRAP_LAUNCHES = 6  # launches, for a bootstrap to reach 95%
MAX_LISTED_VALUES = 64  # values whose pairs are better listed than searched
RESAMPLES = 1_000
MAX_HELD_NUMBERS = 2_000_000  # numbers held at a time


class TimingVerdict(StrEnum):
    """The verdict of a timing comparison with the baseline."""

    BASELINE = "baseline"
    CONTROL = "control"
    FASTER = "faster"
    SLOWER = "slower"
    EQUIVALENT = "equivalent"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, kw_only=True)
class Interval:
    """An estimate with its interval; NaN where it cannot be known."""

    estimate: float = nan
    low: float = nan
    high: float = nan

    @property
    def excludes_one(self) -> bool:
        """Whether a ratio was told from 1."""
        return self.low > 1 or self.high < 1


def hodges_lehmann(values: Sequence[float] | Array) -> float:
    """The median of all pairwise means, each value paired with itself too."""
    array = np.asarray(values, dtype="float64")
    if not len(array):
        return nan
    if len(array) > MAX_LISTED_VALUES:
        return _median_of_many_pairs(np.sort(array))
    return float(hodges_lehmann_rows(array[None])[0])


def hodges_lehmann_rows(rows: Array) -> Array:
    """The same of every row, the rows being short.

    Shape: (n, k) -> (n,).
    """
    first, second = np.triu_indices(rows.shape[1])
    some = max(1, MAX_HELD_NUMBERS // len(first))
    return np.concatenate(
        [
            np.median((part[:, first] + part[:, second]) / 2, axis=1)
            for part in (rows[at : at + some] for at in range(0, len(rows), some))
        ]
    )


def _median_of_many_pairs(ordered: Array) -> float:
    """The same without listing every pair: halve a bracket, list the few left in it.

    Source: after Monahan, "Algorithm 616: fast computation of the Hodges-Lehmann
    location estimator", ACM TOMS 10 (1984).
    """
    count = len(ordered)
    each = np.arange(count)
    pairs = count * (count + 1) // 2
    rank = (pairs - 1) // 2  # from 0, of the lower middle one
    low, high = np.nextafter(ordered[0], -inf), float(ordered[-1])
    # Value by value, the partners whose mean with it lies in the bracket.
    first, last = each, np.full(count, count)
    while (last - first).sum() > 4 * count:
        mean = low + (high - low) / 2
        if mean in (low, high):  # as good as equal, all of them
            return high
        found = np.searchsorted(ordered, 2 * mean - ordered, side="right")
        partners = np.maximum(found, each)
        if (partners - each).sum() <= rank:
            low, first = mean, partners
        else:
            high, last = mean, partners
    within = _means(ordered, first=first, last=last)
    beyond = _means(ordered, first=last, last=np.minimum(last + 1, count))
    nearest = [*np.sort(within), beyond.min(initial=inf)]
    at = rank - int((first - each).sum())
    return float(nearest[at] + nearest[at + 1 - pairs % 2]) / 2


def _means(ordered: Array, *, first: Array, last: Array) -> Array:
    """The means of each value with its partners from `first` to before `last`."""
    counts = last - first
    one = np.repeat(np.arange(len(ordered)), counts)
    starts = np.repeat(first - np.cumsum(counts) + counts, counts)
    other = starts + np.arange(len(one))
    return (ordered[one] + ordered[other]) / 2


def ratio_interval(log_ratios: Sequence[float], *, alpha: float = ALPHA) -> Interval:
    """A ratio and its t interval, from one log ratio a launch."""
    count = len(log_ratios)
    if count == 0:
        return Interval()
    mean = float(np.mean(log_ratios))
    if count < MIN_LAUNCHES:
        return Interval(estimate=exp(mean))
    half = student_quantile(1 - alpha / 2, count - 1) * _error(log_ratios)
    return Interval(estimate=exp(mean), low=exp(mean - half), high=exp(mean + half))


def p_value_of_difference(log_ratios: Sequence[float]) -> float:
    """The two-sided p value of Student's test that the ratio is 1."""
    if len(log_ratios) < MIN_LAUNCHES:
        return nan
    mean = abs(float(np.mean(log_ratios)))
    return 2 * _beyond(mean, log_ratios)


def p_value_of_equivalence(
    log_ratios: Sequence[float], *, margin: float = EQUIVALENCE_MARGIN
) -> float:
    """The p value of the claim that the ratio lies within the margin around 1.

    Source: Schuirmann, "A comparison of the two one-sided tests procedure..."
    (1987); the margin is one of ratios, from ``1 / (1 + margin)`` to ``1 + margin``.
    """
    if len(log_ratios) < MIN_LAUNCHES:
        return nan
    mean = abs(float(np.mean(log_ratios)))
    return _beyond(log1p(margin) - mean, log_ratios)


def adjust_holm(chances: Sequence[float]) -> list[float]:
    """The p values of several claims made together, each by Holm's step-down.

    What is not known stays so, and counts as no claim.
    """
    from statsmodels.stats.multitest import multipletests  # noqa: PLC0415

    given = np.array(chances, dtype="float64")
    is_known = ~np.isnan(given)
    if is_known.any():
        given[is_known] = multipletests(given[is_known], method="holm")[1]
    return [float(chance) for chance in given]


def judge_ratio(
    ratio: Interval, *, differs: float, equivalent: float, alpha: float = ALPHA
) -> TimingVerdict:
    """Faster, slower, equivalent or inconclusive.

    Args:
        ratio: whose estimate says on which side of 1 it lies.
        differs: the p value of its being 1, among all its workload's (`holm`).
        equivalent: the p value of its lying outside the margin, likewise.
        alpha: how often a verdict may be wrong.
    """
    if equivalent < alpha:
        return TimingVerdict.EQUIVALENT
    if differs < alpha:
        return TimingVerdict.FASTER if ratio.estimate < 1 else TimingVerdict.SLOWER
    return TimingVerdict.INCONCLUSIVE


def minimum_detectable_effect(
    log_ratios: Sequence[float], *, claims: int = 1, alpha: float = ALPHA
) -> float:
    """The smallest difference that such launches find in 80% of experiments.

    As a share of the baseline's step time, e.g. 0.013; with `claims` tested together,
    the least likely of which Holm's procedure asks most of. About so: these launches'
    spread is itself an estimate, and a low one promises too much.
    """
    count = len(log_ratios)
    if count < MIN_LAUNCHES:
        return nan
    claimed = student_quantile(1 - alpha / max(1, claims) / 2, count - 1)
    found = student_quantile(POWER, count - 1)
    return expm1((claimed + found) * _error(log_ratios))


def bootstrap_intervals(log_ratios: Array, *, alpha: float = ALPHA) -> list[Interval]:
    """Beside the t intervals, ones that no bell curve is assumed for.

    Launches are drawn with replacement, whole, with the rounds in them: for nested
    samples that keeps the variance right. The percentiles are widened for few launches.

    Its coverage cannot exceed ``1 - 2 ** (1 - launches)``, the chance that not all of
    them lie on one side of the truth: below six launches there is none.

    Shape: (launches, variants).

    Source: Davison and Hinkley, "Bootstrap methods and their application" (1997),
    section 3.8; Hesterberg, "What teachers should know about the bootstrap" (2015),
    section 4.2, for the expanded percentiles.
    """
    count, variants = log_ratios.shape
    if count < MIN_BOOTSTRAP_LAUNCHES:
        return [Interval()] * variants
    rng = np.random.default_rng(0)
    some = max(1, MAX_HELD_NUMBERS // count)
    means = np.concatenate(
        [
            rng.multinomial(count, [1 / count] * count, size=min(some, RESAMPLES - at))
            @ log_ratios
            / count
            for at in range(0, RESAMPLES, some)
        ]
    )
    tail = _expanded_tail(count, alpha=alpha)
    low, high = np.exp(np.quantile(means, [tail, 1 - tail], axis=0))
    estimates = np.exp(log_ratios.mean(axis=0))
    return [
        Interval(estimate=float(e), low=float(a), high=float(b))
        for e, a, b in zip(estimates, low, high, strict=True)
    ]


def _expanded_tail(count: int, *, alpha: float) -> float:
    from scipy.stats import norm  # noqa: PLC0415 - half a second, only at the end

    wide = sqrt(count / (count - 1)) * student_quantile(1 - alpha / 2, count - 1)
    return float(norm.cdf(-wide))


def _error(values: Sequence[float]) -> float:
    """The standard error of the mean."""
    return float(np.std(values, ddof=1)) / sqrt(len(values))


def student_quantile(probability: float, freedom: float) -> float:
    """A quantile of Student's t."""
    from scipy.stats import t  # noqa: PLC0415 - half a second, only at the end

    return float(t.ppf(probability, freedom))


def _beyond(distance: float, values: Sequence[float]) -> float:
    """How likely a mean strays at least so far to one side."""
    from scipy.stats import t  # noqa: PLC0415 - half a second, only at the end

    error = _error(values)
    if not error:
        return (1 - float(np.sign(distance))) / 2
    return float(t.sf(distance / error, len(values) - 1))
