"""Error rates of estimates, intervals and verdicts over many simulated experiments."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import pandas as pd

from compare.runs.record import Request
from compare.stats.estimates import (
    ALPHA,
    Interval,
    adjust_holm,
    bootstrap_intervals,
    judge_ratio,
    p_value_of_difference,
    p_value_of_equivalence,
    ratio_interval,
)
from compare.timing import stopping
from tests.support.requested import requested


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A share of experiments, with the number of experiments."""

    share: float
    trials: int

    def standard_error(self, expected: float) -> float:
        """Return the standard error of the share, if the expected share is true."""
        return sqrt(expected * (1 - expected) / self.trials)

    def is_about(self, expected: float) -> bool:
        """Return whether the share is within four standard errors of an expected one.

        By chance, it is not in one of 16,000 cases.
        """
        return abs(self.share - expected) <= 4 * self.standard_error(expected)

    def is_at_most(self, limit: float) -> bool:
        """Return whether the share exceeds a limit by at most four standard errors."""
        return self.share <= limit + 4 * self.standard_error(limit)

    def is_at_least(self, limit: float) -> bool:
        """Return whether the share is below a limit by at most four standard errors."""
        return self.share >= limit - 4 * self.standard_error(limit)


def share_of(happened: np.ndarray | list[bool]) -> Rate:
    """Return the share of experiments in which something happened."""
    return Rate(share=float(np.mean(happened)), trials=len(happened))


def coverage(intervals: list[Interval], *, true_value: float) -> Rate:
    """Return the share of the intervals that contain the true value."""
    return share_of([each.low <= true_value <= each.high for each in intervals])


def t_intervals(ratios: np.ndarray, *, alpha: float = ALPHA) -> list[Interval]:
    """Return the t interval of one variant in each experiment.

    Shape:
        (experiments, launches).
    """
    return [ratio_interval(each, alpha=alpha) for each in ratios]


def bootstrap_intervals_of(ratios: np.ndarray) -> list[Interval]:
    """Return the bootstrap interval of one variant in each experiment.

    Shape:
        (experiments, launches).
    """
    return [bootstrap_intervals(each[:, None])[0] for each in ratios]


def claims_difference(ratios: np.ndarray) -> np.ndarray:
    """Return which experiments find a difference, not corrected for other claims.

    Shape:
        (experiments, launches) -> (experiments,).
    """
    return np.array([p_value_of_difference(each) < ALPHA for each in ratios])


def claims_any_difference(ratios: np.ndarray) -> np.ndarray:
    """Return which experiments find a difference of any variant, after Holm.

    Shape:
        (experiments, launches, variants) -> (experiments,).
    """
    return np.array(
        [
            min(adjust_holm([p_value_of_difference(v) for v in each.T])) < ALPHA
            for each in ratios
        ]
    )


def claims_equivalence(ratios: np.ndarray) -> np.ndarray:
    """Return which experiments claim equivalence, not corrected for other claims.

    Shape:
        (experiments, launches) -> (experiments,).
    """
    return np.array([p_value_of_equivalence(each) < ALPHA for each in ratios])


def verdicts(ratios: np.ndarray) -> np.ndarray:
    """Return the verdicts of each experiment on its variants, judged together.

    Shape:
        (experiments, launches, variants) -> (experiments, variants).
    """
    return np.array([_verdicts(each.T) for each in ratios])


def _verdicts(variants: np.ndarray) -> list[str]:
    differs = adjust_holm([p_value_of_difference(each) for each in variants])
    equivalent = adjust_holm([p_value_of_equivalence(each) for each in variants])
    return [
        judge_ratio(ratio_interval(each), differs=one, equivalent=other)
        for each, one, other in zip(variants, differs, equivalent, strict=True)
    ]


def stopping_launch(ratios: np.ndarray, *, request: Request) -> np.ndarray:
    """Return after how many launches each experiment has reached its precision.

    Shape:
        (experiments, launches, variants) -> (experiments,).
    """
    return np.array([_stopping_launch(each, request=request) for each in ratios])


def _stopping_launch(launches: np.ndarray, *, request: Request) -> int:
    for count in stopping.interim_looks(request):
        if stopping.is_precise_enough(pd.DataFrame(launches[:count]), request=request):
            return count
    return len(launches)


def request_precision(precision: float) -> Request:
    """Return the request of ``graph-compare run --precision``."""
    return requested(launches=stopping.LOOKS[-1], precision=precision)
