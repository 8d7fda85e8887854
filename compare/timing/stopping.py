"""When enough is measured: a budget of time, or an interval narrow enough.

Both are looked at between launches only. A budget knows nothing of the results. A look
at an interval's width does, and whoever looks often enough sees what he hopes for: the
chance of error is therefore divided among all the looks that a run may take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.stats.estimates import ALPHA, ratio_interval

if TYPE_CHECKING:
    import pandas as pd

    from compare.runs.record import Request, RunRecord

LOOKS = (3, 4, 6, 8, 12, 16, 24, 32)  # after so many launches
MAX_LAUNCHES = 1_000  # that any budget pays for


def interim_looks(request: Request) -> tuple[int, ...]:
    """After which launches the width of the intervals may end a run."""
    if request.precision is None:
        return ()
    return tuple(launches for launches in LOOKS if launches <= request.launches)


def alpha_per_look(request: Request) -> float:
    """How often a claim of this run may be wrong, looked at so often."""
    return ALPHA / max(1, len(interim_looks(request)))


def is_precise_enough(ratios: pd.DataFrame, *, request: Request) -> bool:
    """Whether every variant's interval is as narrow as was asked for.

    Args:
        ratios: log ratios (`paired.launch_estimates`), the baseline's zero.
        request: which asks for a precision.
    """
    level = alpha_per_look(request)
    for variant in ratios:
        interval = ratio_interval(ratios[variant].dropna().to_list(), alpha=level)
        half = interval.high / interval.estimate - 1
        if not half <= (request.precision or 0):  # nor where it is unknown
            return False
    return True


def can_afford_launch(record: RunRecord, *, label: str) -> bool:
    """Whether the budget pays for another launch of this workload.

    What the workloads before it left over is shared among it and those to come. The
    first launch is always made: without one there is no result.
    """
    request, done = record.request, record.launches_done.get(label, 0)
    if request.budget_s is None or not done:
        return True
    labels = [workload.label for workload in request.workloads]
    before = sum(record.launching_s.get(name, 0.0) for name in labels)
    before -= (spent := record.launching_s[label])
    share = (request.budget_s - before) / len(labels[labels.index(label) :])
    return spent + spent / done <= share
