"""Decide when a run has measured enough: by a time budget or by a precision.

Both are checked between launches only. A time budget does not depend on the results. A
check of the width of an interval does: if a run stops as soon as an interval is narrow
enough, repeated checks make an error more likely. The significance level is therefore
divided by the number of checks that a run may make (Bonferroni).
"""

from __future__ import annotations

from math import inf, isnan
from typing import TYPE_CHECKING

from compare.stats.estimates import ALPHA, ratio_interval

if TYPE_CHECKING:
    import pandas as pd

    from compare.runs.record import Request, RunRecord

LOOKS = (3, 4, 6, 8, 12, 16, 24, 32)  # launches, after which a run may stop
MAX_LAUNCHES = 1_000  # for any budget


def interim_looks(request: Request) -> tuple[int, ...]:
    """Return after which numbers of launches the width of the intervals is checked."""
    if request.precision is None:
        return ()
    return tuple(launches for launches in LOOKS if launches <= request.launches)


def alpha_per_look(request: Request) -> float:
    """Return the significance level of a run, divided by the number of its looks."""
    return ALPHA / max(1, len(interim_looks(request)))


def is_precise_enough(ratios: pd.DataFrame, *, request: Request) -> bool:
    """Return whether every variant's interval is as narrow as the request requires.

    Args:
        ratios: log ratios, one row per launch and one column per variant
            (`paired.launch_estimates`). Those of the baseline are zero.
        request: of the run, with a precision.
    """
    return widest_half(ratios, request=request) <= (request.precision or 0)


def widest_half(ratios: pd.DataFrame, *, request: Request) -> float:
    """Return half the width of the widest interval, relative to its ratio.

    Infinite if a variant has no interval. The arguments are those of
    `is_precise_enough`.
    """
    alpha = alpha_per_look(request)
    intervals = [
        ratio_interval(ratios[variant].dropna().to_list(), alpha=alpha)
        for variant in ratios
    ]
    halves = [each.high / each.estimate - 1 for each in intervals]
    return max((inf if isnan(half) else half for half in halves), default=0.0)


def can_afford_launch(record: RunRecord, *, label: str, reserved_s: float) -> bool:
    """Return whether the budget allows another launch of a workload.

    The first launch is always made, because there is no result without it.

    Args:
        record: of the run.
        label: of the workload.
        reserved_s: for what is measured after the launches.
    """
    request, done = record.request, record.launches_done.get(label, 0)
    if request.budget_s is None or not done:
        return True
    left_s = request.budget_s - reserved_s - sum(record.launching_s.values())
    return record.launching_s[label] / done <= left_s
