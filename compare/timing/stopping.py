"""Decide when a run has measured enough: by a time budget or by a precision.

Both are checked between launches only. A time budget does not depend on the results. A
check of the width of an interval does: if a run stops as soon as an interval is narrow
enough, repeated checks make an error more likely. The significance level is therefore
divided by the number of checks that a run may make (Bonferroni).
"""

from __future__ import annotations

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
    alpha = alpha_per_look(request)
    for variant in ratios:
        interval = ratio_interval(ratios[variant].dropna().to_list(), alpha=alpha)
        half = interval.high / interval.estimate - 1
        if not half <= (request.precision or 0):  # also if it is NaN
            return False
    return True


def can_afford_launch(record: RunRecord, *, label: str) -> bool:
    """Return whether the budget allows another launch of a workload.

    The budget that earlier workloads did not use is shared among this one and the
    following ones. The first launch is always made, because there is no result without
    it.
    """
    request, done = record.request, record.launches_done.get(label, 0)
    if request.budget_s is None or not done:
        return True
    labels = [workload.label for workload in request.workloads]
    before = sum(record.launching_s.get(name, 0.0) for name in labels)
    before -= (spent := record.launching_s[label])
    share = (request.budget_s - before) / len(labels[labels.index(label) :])
    return spent + spent / done <= share
