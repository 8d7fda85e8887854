"""Estimate how long a run takes, for the progress display and for a time budget."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from compare.errors import UsageError
from compare.pipeline import agree, cold_starts, graphs, profile
from compare.runs.words import Status
from compare.timing import launching

if TYPE_CHECKING:
    from compare.runs.record import RunRecord


def estimate_run_s(record: RunRecord) -> float:
    """Return the expected duration of a run in seconds."""
    request, cells = record.request, len(record.cells)
    measured = estimate_launches_s(record, launches=request.launches)
    if request.budget_s is not None:
        measured = request.budget_s
    profiles = cells * profile.PROFILE_S if request.profile else 0.0
    shown = cells * graphs.GRAPHS_S if request.graphs else 0.0
    return cells * agree.CHECK_S + measured + profiles + shown


def estimate_launches_s(record: RunRecord, *, launches: int) -> float:
    """Return the expected duration of this many launches of every workload."""
    request = record.request
    can_run = [cell for cell in record.cells if cell.status is Status.PENDING]
    controls = len({cell.workload for cell in can_run})  # one per workload
    arms = len(can_run) + controls
    starts = launches * launching.START_S
    rounds = launches * request.rounds * launching.BLOCK_S
    cold = cold_starts.estimate_cold_s(record) if launches else 0.0
    return arms * (starts + rounds) + cold


def require_affordable(record: RunRecord) -> None:
    """Raise if the budget is too short for one launch of every variant.

    Raises:
        UsageError: it is; the message states a sufficient budget.
    """
    least_s, budget_s = estimate_launches_s(record, launches=1), record.request.budget_s
    if budget_s is not None and budget_s < least_s:
        raise UsageError(
            f"--budget: expected at least about {ceil(least_s)} s, the duration of one "
            f"launch of every variant here; received {budget_s:g} s. Increase it, or "
            "measure fewer variants or workloads (-v, WORKLOAD)"
        )
