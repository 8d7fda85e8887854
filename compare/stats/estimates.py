"""Estimate ratios of step times with intervals, p values and verdicts.

The comparison of a variant with the baseline uses the logarithm of the ratio of their
step times in the same round. Within a launch, the rounds give one Hodges-Lehmann
estimate. Across launches, these estimates give the mean and a t interval: new processes
differ from each other, and more rounds in one process do not remove that difference.
Every function after `hodges_lehmann_rows` takes one log ratio per launch.

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

ALPHA = 0.05  # the significance level: how often a claim may be wrong
POWER = 0.80  # how often an effect of the minimum detectable size is found
EQUIVALENCE_MARGIN = 0.01  # step times that differ by less count as equivalent
MIN_LAUNCHES = 2  # for an interval
MIN_BOOTSTRAP_LAUNCHES = 6  # for a bootstrap interval with 95% coverage
MAX_LISTED_VALUES = 64  # of more values, listing all pairs is slower than searching
RESAMPLES = 1_000
MAX_HELD_NUMBERS = 2_000_000  # in memory at a time


class TimingVerdict(StrEnum):
    """The result of comparing a variant's step time with the baseline's."""

    BASELINE = "baseline"
    FASTER = "faster"
    SLOWER = "slower"
    EQUIVALENT = "equivalent"
    INCONCLUSIVE = "inconclusive"
    CANNOT_TELL = "cannot tell"  # of a change between runs, one of them disturbed
    CONTROL = "control"  # a second worker of the baseline variant; not judged


@dataclass(frozen=True, kw_only=True)
class Interval:
    """An estimate with its interval; NaN where it is unknown."""

    estimate: float = nan
    low: float = nan
    high: float = nan

    @property
    def excludes_one(self) -> bool:
        """Return whether the interval excludes 1."""
        return self.low > 1 or self.high < 1


def hodges_lehmann(values: Sequence[float] | Array) -> float:
    """Return the median of all pairwise means; each value is paired with itself too.

    NaN without values.
    """
    array = np.asarray(values, dtype="float64")
    if not len(array):
        return nan
    if len(array) > MAX_LISTED_VALUES:
        return _median_of_many_pairs(np.sort(array))
    return float(hodges_lehmann_rows(array[None])[0])


def hodges_lehmann_rows(rows: Array) -> Array:
    """Return the Hodges-Lehmann estimate of every row, for short rows.

    Shape:
        (n, k) -> (n,).
    """
    first, second = np.triu_indices(rows.shape[1])
    rows_at_once = max(1, MAX_HELD_NUMBERS // len(first))
    return np.concatenate(
        [
            np.median((part[:, first] + part[:, second]) / 2, axis=1)
            for part in (
                rows[at : at + rows_at_once] for at in range(0, len(rows), rows_at_once)
            )
        ]
    )


def _median_of_many_pairs(ordered: Array) -> float:
    """Return the Hodges-Lehmann estimate of sorted values without listing every pair.

    n values have n(n+1)/2 pairs, too many to store and sort. But pairs can be counted
    without listing them: for a fixed value, the mean with its partner grows with the
    partner, so the partners whose mean is at most x are a prefix of the sorted values,
    and a binary search finds its length. The count of all pairs with a mean of at most
    x is the sum of these lengths, in O(n log n). The bracket around the median is
    therefore halved by counting alone, until only a few pairs per value are left in it.
    These are listed and sorted.

    Source: after Monahan, "Algorithm 616: fast computation of the Hodges-Lehmann
    location estimator", ACM TOMS 10 (1984).
    """
    count = len(ordered)
    each = np.arange(count)
    pairs = count * (count + 1) // 2
    rank = (pairs - 1) // 2  # position of the lower median among all pairs, from 0
    # The bracket: low < median <= high. Its lower end must be below every mean.
    low, high = np.nextafter(ordered[0], -inf), float(ordered[-1])
    # Value i and its partners first[i], ..., last[i] - 1 have a mean in the bracket.
    # Only partners from i on are counted, so that no pair occurs twice.
    first, last = each, np.full(count, count)
    while (last - first).sum() > 4 * count:
        mean = low + (high - low) / 2
        if mean in (low, high):  # no number between them: the pairs left are equal
            return high
        # (ordered[i] + partner) / 2 <= mean holds for partner <= 2 * mean - ordered[i].
        found = np.searchsorted(ordered, 2 * mean - ordered, side="right")
        partners = np.maximum(found, each)
        # The sum counts the pairs with a mean of at most `mean`. If the median is not
        # among them, it is above.
        if (partners - each).sum() <= rank:
            low, first = mean, partners
        else:
            high, last = mean, partners
    within = _pair_means(ordered, first=first, last=last)
    # An even number of pairs has two medians. The upper one may be the smallest mean
    # above the bracket, which is that of some value with its first partner there.
    beyond = _pair_means(ordered, first=last, last=np.minimum(last + 1, count))
    nearest = [*np.sort(within), beyond.min(initial=inf)]
    at = rank - int((first - each).sum())  # the pairs below the bracket come first
    return float(nearest[at] + nearest[at + 1 - pairs % 2]) / 2


def _pair_means(ordered: Array, *, first: Array, last: Array) -> Array:
    """Return the mean of each value i with its partners first[i], ..., last[i] - 1.

    Shape:
        (n,) each -> (sum of last - first,).
    """
    counts = last - first
    one = np.repeat(np.arange(len(ordered)), counts)
    starts = np.repeat(first - np.cumsum(counts) + counts, counts)
    other = starts + np.arange(len(one))
    return (ordered[one] + ordered[other]) / 2


def ratio_interval(log_ratios: Sequence[float], *, alpha: float = ALPHA) -> Interval:
    """Return the geometric mean of ratios and its t interval.

    Args:
        log_ratios: one per launch.
        alpha: how often the interval may exclude the true ratio.
    """
    count = len(log_ratios)
    if count == 0:
        return Interval()
    mean = float(np.mean(log_ratios))
    if count < MIN_LAUNCHES:
        return Interval(estimate=exp(mean))
    half = student_quantile(1 - alpha / 2, count - 1) * _standard_error(log_ratios)
    return Interval(estimate=exp(mean), low=exp(mean - half), high=exp(mean + half))


def p_value_of_difference(log_ratios: Sequence[float]) -> float:
    """Return the two-sided p value of Student's t test that the ratio is 1."""
    if len(log_ratios) < MIN_LAUNCHES:
        return nan
    mean = abs(float(np.mean(log_ratios)))
    return 2 * _upper_tail(mean, log_ratios)


def p_value_of_equivalence(
    log_ratios: Sequence[float], *, margin: float = EQUIVALENCE_MARGIN
) -> float:
    """Return the p value of the claim that the ratio is within the margin around 1.

    Two one-sided tests (TOST). The margin is symmetric in ratios: from
    ``1 / (1 + margin)`` to ``1 + margin``.

    Source: Schuirmann, "A comparison of the two one-sided tests procedure..." (1987).
    """
    if len(log_ratios) < MIN_LAUNCHES:
        return nan
    mean = abs(float(np.mean(log_ratios)))
    return _upper_tail(log1p(margin) - mean, log_ratios)


def p_value_of_notable_difference(
    log_ratios: Sequence[float], *, margin: float
) -> float:
    """Return the p value of the claim that the ratio is outside the margin around 1.

    It is the opposite of `p_value_of_equivalence`, and has the same margin.
    """
    if len(log_ratios) < MIN_LAUNCHES:
        return nan
    mean = abs(float(np.mean(log_ratios)))
    return _upper_tail(mean - log1p(margin), log_ratios)


def adjust_holm(p_values: Sequence[float]) -> list[float]:
    """Return p values adjusted for several claims with Holm's step-down method.

    NaN stays NaN and does not count as a claim.
    """
    adjusted = np.array(p_values, dtype="float64")
    ordered = np.argsort(adjusted)[: np.count_nonzero(~np.isnan(adjusted))]  # NaN last
    # The smallest value is multiplied by the number of claims, the next one by one
    # less, and so on. No value may be below a smaller one's.
    factors = np.arange(len(ordered), 0, -1)
    raised = np.maximum.accumulate(factors * adjusted[ordered])
    adjusted[ordered] = np.minimum(raised, 1)
    return [float(p) for p in adjusted]


def judge_ratio(
    ratio: Interval,
    *,
    differs: float,
    equivalent: float,
    alpha: float = ALPHA,
    slowdown: float = 1.0,
) -> TimingVerdict:
    """Return the verdict on a variant: faster, slower, equivalent or inconclusive.

    Args:
        ratio: of the variant's step time to the baseline's; its estimate decides
            between faster and slower.
        differs: the p value of a ratio of 1, adjusted for all variants of the workload
            (`adjust_holm`).
        equivalent: the p value of a ratio outside the margin, adjusted the same way.
        alpha: how often a verdict may be wrong.
        slowdown: how much slower the machine ran than it can, because something else
            used it. A difference smaller than this is inconclusive: the other work may
            have slowed down one variant more than the other.
    """
    is_beyond = ratio.low > slowdown or ratio.high < 1 / slowdown
    if equivalent < alpha and slowdown == 1:
        return TimingVerdict.EQUIVALENT
    if differs < alpha and (slowdown == 1 or is_beyond):
        return TimingVerdict.FASTER if ratio.estimate < 1 else TimingVerdict.SLOWER
    return TimingVerdict.INCONCLUSIVE


def minimum_detectable_effect(
    log_ratios: Sequence[float], *, claims: int = 1, alpha: float = ALPHA
) -> float:
    """Return the smallest difference that such launches find in 80% of experiments.

    The result is a fraction of the baseline's step time, for example 0.013. It is an
    approximation: the spread of these launches is itself an estimate, and a spread
    that happens to be low gives a result that is too small.

    Args:
        log_ratios: one per launch.
        claims: the number of variants tested together. Holm's method compares the
            smallest of their p values with alpha / claims; this level is used here.
        alpha: how often a claim may be wrong.
    """
    count = len(log_ratios)
    if count < MIN_LAUNCHES:
        return nan
    claimed = student_quantile(1 - alpha / max(1, claims) / 2, count - 1)
    found = student_quantile(POWER, count - 1)
    return expm1((claimed + found) * _standard_error(log_ratios))


def bootstrap_intervals(log_ratios: Array, *, alpha: float = ALPHA) -> list[Interval]:
    """Return intervals that do not assume a normal distribution, one per variant.

    Whole launches, with their rounds, are drawn with replacement, which keeps the
    variance of nested samples correct. The percentiles are expanded because launches
    are few.

    The coverage cannot exceed ``1 - 2 ** (1 - launches)``, the probability that not all
    launches are on the same side of the true ratio. With fewer than six launches there
    is therefore no interval.

    Shape:
        (launches, variants).

    Source: Davison and Hinkley, "Bootstrap methods and their application" (1997),
    section 3.8; Hesterberg, "What teachers should know about the bootstrap" (2015),
    section 4.2, for the expanded percentiles.
    """
    count, variants = log_ratios.shape
    if count < MIN_BOOTSTRAP_LAUNCHES:
        return [Interval()] * variants
    rng = np.random.default_rng(0)
    at_once = max(1, MAX_HELD_NUMBERS // count)
    means = np.concatenate(
        [
            rng.multinomial(
                count, [1 / count] * count, size=min(at_once, RESAMPLES - at)
            )
            @ log_ratios
            / count
            for at in range(0, RESAMPLES, at_once)
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
    """Return the share of bootstrap means to cut off at each end."""
    from scipy.stats import norm  # noqa: PLC0415 - half a second, only at the end

    wide = sqrt(count / (count - 1)) * student_quantile(1 - alpha / 2, count - 1)
    return float(norm.cdf(-wide))


def _standard_error(values: Sequence[float]) -> float:
    """Return the standard error of the mean."""
    return float(np.std(values, ddof=1)) / sqrt(len(values))


def student_quantile(probability: float, degrees_of_freedom: float) -> float:
    """Return a quantile of Student's t distribution."""
    from scipy.stats import t  # noqa: PLC0415 - half a second, only at the end

    return float(t.ppf(probability, degrees_of_freedom))


def _upper_tail(distance: float, values: Sequence[float]) -> float:
    """Return the probability that the mean exceeds its expectation by a distance."""
    from scipy.stats import t  # noqa: PLC0415 - half a second, only at the end

    error = _standard_error(values)
    if not error:
        return (1 - float(np.sign(distance))) / 2
    return float(t.sf(distance / error, len(values) - 1))
