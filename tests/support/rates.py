"""How often the estimates, intervals and verdicts are right, over many experiments."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import pandas as pd

from compare.runs.results import Request
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
    """A share of so many experiments; how sure it is follows from their number."""

    share: float
    trials: int

    def standard_error(self, expected: float) -> float:
        """By how much the share strays where the expected one is true."""
        return sqrt(expected * (1 - expected) / self.trials)

    def is_about(self, expected: float) -> bool:
        """Within four standard errors: one time in sixteen thousand it is not."""
        return abs(self.share - expected) <= 4 * self.standard_error(expected)

    def is_at_most(self, limit: float) -> bool:
        """Not above the limit by more than four standard errors."""
        return self.share <= limit + 4 * self.standard_error(limit)

    def is_at_least(self, limit: float) -> bool:
        """Not below the limit by more than four standard errors."""
        return self.share >= limit - 4 * self.standard_error(limit)


def share_of(happened: np.ndarray | list[bool]) -> Rate:
    """How often it happened."""
    return Rate(share=float(np.mean(happened)), trials=len(happened))


def coverage(intervals: list[Interval], *, truth: float) -> Rate:
    """How many of the intervals hold the truth."""
    return share_of([each.low <= truth <= each.high for each in intervals])


def t_intervals(ratios: np.ndarray, *, alpha: float = ALPHA) -> list[Interval]:
    """Of each experiment, for one variant.

    Shape: (experiments, launches).
    """
    return [ratio_interval(each, alpha=alpha) for each in ratios]


def bootstrap_intervals_of(ratios: np.ndarray) -> list[Interval]:
    """The same by the hierarchical bootstrap."""
    return [bootstrap_intervals(each[:, None])[0] for each in ratios]


def claims_difference(ratios: np.ndarray) -> np.ndarray:
    """Whether each experiment, on its own, tells a variant from the baseline.

    Shape: (experiments, launches) -> (experiments,).
    """
    return np.array([p_value_of_difference(each) < ALPHA for each in ratios])


def claims_any_difference(ratios: np.ndarray) -> np.ndarray:
    """Whether each experiment, claims corrected, tells any variant from the baseline.

    Shape: (experiments, launches, variants) -> (experiments,).
    """
    return np.array(
        [
            min(adjust_holm([p_value_of_difference(v) for v in each.T])) < ALPHA
            for each in ratios
        ]
    )


def claims_equivalence(ratios: np.ndarray) -> np.ndarray:
    """Whether each experiment, on its own, claims equivalence.

    Shape: (experiments, launches) -> (experiments,).
    """
    return np.array([p_value_of_equivalence(each) < ALPHA for each in ratios])


def verdicts(ratios: np.ndarray) -> np.ndarray:
    """What the table of each experiment says of its variants, judged together.

    Shape: (experiments, launches, variants) -> (experiments, variants).
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
    """After how many launches each experiment stops for its precision.

    Shape: (experiments, launches, variants) -> (experiments,).
    """
    return np.array([_stopped_after(each, request=request) for each in ratios])


def _stopped_after(launches: np.ndarray, *, request: Request) -> int:
    for count in stopping.interim_looks(request):
        if stopping.is_precise_enough(pd.DataFrame(launches[:count]), request=request):
            return count
    return len(launches)


def request_precision(precision: float) -> Request:
    """The request of ``--precision``."""
    return requested(launches=stopping.LOOKS[-1], precision=precision)
