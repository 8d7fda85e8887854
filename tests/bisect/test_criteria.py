"""What counts as changed."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare.bisect.criteria import (
    Until,
    judge_speed,
    judge_version,
    needed_precision,
)
from compare.bisect.search import VersionOutcome
from compare.contract import BreakKind, Captures
from compare.runs.record import (
    BreakFacts,
    Cell,
    Examined,
    RunRecord,
    SizeFacts,
    WorkloadRequest,
)
from compare.runs.words import Status
from compare.stats.estimates import Interval, ratio_interval
from tests.support.requested import requested

OLD, NEW = "torch@1.0", "torch@1.1"
CHANGED, UNCHANGED = VersionOutcome.CHANGED, VersionOutcome.UNCHANGED


@pytest.mark.parametrize(
    ("low", "high", "goal", "outcome"),
    [
        (1.001, 1.03, 1.0, VersionOutcome.CHANGED),
        (0.99, 1.03, 1.0, VersionOutcome.CANNOT_TELL),
        (0.99, 1.005, 1.0, VersionOutcome.UNCHANGED),
        (0.90, 0.95, 1.0, VersionOutcome.UNCHANGED),
        (1.06, 1.12, 1.1, VersionOutcome.CHANGED),
        (0.99, 1.04, 1.1, VersionOutcome.UNCHANGED),
        (1.02, 1.08, 1.1, VersionOutcome.CANNOT_TELL),
        (float("nan"), float("nan"), 1.1, VersionOutcome.CANNOT_TELL),
    ],
)
def test_a_ratio_is_changed_if_it_is_nearer_to_the_goal_than_to_one(
    low, high, goal, outcome
):
    ratio = Interval(estimate=(low + high) / 2, low=low, high=high)
    assert judge_speed(ratio, goal=goal).outcome is outcome


@given(
    goal=st.floats(1.005, 2.0),
    is_changed=st.booleans(),
    precision=st.floats(0.0, 1.0),
)
def test_the_needed_precision_decides_between_one_and_the_goal(
    goal, is_changed, precision
):
    true = goal if is_changed else 1.0
    half = precision * needed_precision(goal)
    ratio = Interval(estimate=true, low=true / (1 + half), high=true * (1 + half))
    outcome = judge_speed(ratio, goal=goal).outcome
    assert outcome is (
        VersionOutcome.CHANGED if is_changed else VersionOutcome.UNCHANGED
    )


def test_noise_is_rarely_taken_for_a_change():
    rng = np.random.default_rng(0)
    runs = rng.normal(0.0, 0.02, size=(400, 8))
    outcomes = [judge_speed(ratio_interval(run), goal=1.0).outcome for run in runs]
    # One side of a 95% interval: 2.5%, and 3.5 standard deviations of 400 trials.
    assert outcomes.count(VersionOutcome.CHANGED) <= 400 * 0.025 + 3.5 * 3.1


def recorded(**changed):
    """Return a run of two versions, with what was examined of each."""
    cells = [
        Cell(
            workload="Net",
            framework=framework,
            mode="compile",
            device="cpu",
            dtype="float32",
            family="static",
            **{
                "captures": Captures.FORWARD_BACKWARD,
                "status": Status.OK,
                **changed.get(framework, {}),
            },
        )
        for framework in (OLD, NEW)
    ]
    request = requested(
        workloads=[WorkloadRequest(label="Net", name="target")],
        variants=[cell.variant for cell in cells],
    )
    record = RunRecord(
        run_id="1",
        created="",
        request=request,
        baseline=cells[0].variant,
        cells=cells,
        examined=changed.get("examined", []),
    )
    return SimpleNamespace(record=record)


def examined(framework, *kinds, captures=0):
    return Examined(
        workload="Net",
        framework=framework,
        mode="compile",
        breaks=[
            BreakFacts(reason="a reason", kind=kind, file="net.py", line=3)
            for kind in kinds
        ],
        sizes=[SizeFacts(size=8, captures=captures)],
    )


@pytest.mark.parametrize(
    ("until", "changed", "outcome"),
    [
        (Until.BREAKS, {}, UNCHANGED),
        (Until.BREAKS, {NEW: {"graph_breaks": 1}}, CHANGED),
        (Until.BREAKS, {OLD: {"graph_breaks": 2}, NEW: {"graph_breaks": 2}}, UNCHANGED),
        (Until.BREAKS, {"examined": [examined(NEW, BreakKind.BREAK)]}, CHANGED),
        (Until.BREAKS, {"examined": [examined(NEW, BreakKind.RETRACE)]}, UNCHANGED),
        (Until.BREAKS, {"examined": [examined(OLD, BreakKind.BREAK)]}, UNCHANGED),
        (Until.RETRACES, {"examined": [examined(NEW, BreakKind.RETRACE)]}, CHANGED),
        (Until.RETRACES, {"examined": [examined(NEW, BreakKind.BREAK)]}, UNCHANGED),
        (
            Until.RETRACES,
            {"examined": [examined(OLD, captures=1), examined(NEW, captures=2)]},
            CHANGED,
        ),
    ],
)
def test_breaks_and_captures_are_compared_with_those_of_the_oldest_version(
    until, changed, outcome
):
    run = recorded(**changed)
    found = judge_version(
        until, run, before=f"{OLD}/compile", after=f"{NEW}/compile", goal=1.0
    )
    assert found.outcome is outcome


def test_a_version_that_captures_nothing_counts_as_a_break():
    run = recorded(**{NEW: {"captures": Captures.NOT_CAPTURED}})
    found = judge_version(
        Until.BREAKS, run, before=f"{OLD}/compile", after=f"{NEW}/compile", goal=1.0
    )
    assert (found.outcome, "not captured" in found.evidence) == (CHANGED, True)


def test_a_version_whose_cell_failed_is_not_run():
    run = recorded(**{NEW: {"status": Status.FAILED, "reason": "it crashed"}})
    found = judge_version(
        Until.SLOWER, run, before=f"{OLD}/compile", after=f"{NEW}/compile", goal=1.0
    )
    assert found.outcome is VersionOutcome.NOT_RUN
    assert found.evidence == "failed: it crashed"
