"""From simulated blocks and starts to verdicts."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from compare.pull_request.judging import (
    ARMS,
    collect_ratios,
    format_side_ratio,
    judge_durations,
    list_duration_changes,
    name_arm,
)
from compare.pull_request.record import ChangeKind, SideInterval
from compare.pull_request.sides import SideName
from compare.runs.tables import SAMPLES
from compare.stats.two_sides import Doubt, SideVerdict
from tests.support.requested import requested
from tests.support.simulated_blocks import STEP_NS, simulate_launch

LAUNCHES = 6


def simulate_blocks(*, slower=None, busy=(), missing=()):
    """Return the blocks of two variants; some arms are slower by a factor."""
    return SAMPLES.frame(
        row
        for launch in range(LAUNCHES)
        for row in simulate_launch(
            launch, noise=0.002, slower=slower, missing=missing, is_busy=launch in busy
        )
    )


def simulate_starts(*, slower=1.0, seconds=0.5, seed=1):
    rng = np.random.default_rng(seed)
    return [
        SimpleNamespace(
            launch=launch,
            mode=f"{arm} {variant}",
            first_call_s=seconds
            * (slower if arm.startswith("head") else 1.0)
            * rng.lognormal(0, 0.02),
        )
        for launch in range(LAUNCHES)
        for variant in STEP_NS
        for arm in ARMS
    ]


def head_slower(factor, variant="torch compile"):
    return {f"{arm} {variant}": factor for arm in ARMS if arm.startswith("head")}


def judge(samples, starts):
    found = judge_durations(samples, starts, requested())
    return {(each.kind, each.variant): each for each in found}


def test_arms_are_named_by_side_worker_and_variant():
    assert name_arm(SideName.BASE, "torch/eager") == "base torch eager"
    assert ARMS == ("base", "base again", "head", "head again")


def test_equal_sides_have_no_changes():
    found = judge(simulate_blocks(), simulate_starts())
    assert len(found) == 4
    assert {each.verdict for each in found.values()} == {SideVerdict.NO_CHANGE}
    assert [*list_duration_changes(found.values())] == []
    timing = found[ChangeKind.STEP_TIME, "torch/eager"]
    assert timing.base_s == pytest.approx(1e-3, rel=0.01)
    assert timing.launches == LAUNCHES


def test_a_planted_slowdown_of_one_variant_is_found_in_it_alone():
    samples = simulate_blocks(slower=head_slower(1.03))
    found = judge(samples, simulate_starts())
    slower = found.pop((ChangeKind.STEP_TIME, "torch/compile"))
    assert slower.verdict is SideVerdict.SLOWER
    assert slower.ratio.estimate == pytest.approx(1.03, abs=0.005)
    assert {each.verdict for each in found.values()} == {SideVerdict.NO_CHANGE}
    (change,) = list_duration_changes([slower])
    assert change.is_worse
    assert change.after.startswith("515\N{NO-BREAK SPACE}μs, +3")


def test_a_faster_step_is_reported_and_not_worse():
    found = judge(simulate_blocks(slower=head_slower(0.9)), simulate_starts())
    (change,) = list_duration_changes(found.values())
    assert not change.is_worse


def test_a_side_whose_own_workers_differ_shows_nothing():
    one = {"head again torch compile": 1.06}
    found = judge(simulate_blocks(slower=one), simulate_starts())
    doubtful = found[ChangeKind.STEP_TIME, "torch/compile"]
    assert doubtful.verdict is SideVerdict.CANNOT_TELL
    assert doubtful.doubt is Doubt.HEAD_CONTROL


def test_busy_launches_are_left_out_and_a_busy_machine_cannot_tell():
    some = judge(simulate_blocks(busy=(1, 4)), simulate_starts())
    assert some[ChangeKind.STEP_TIME, "torch/eager"].launches == LAUNCHES - 2
    assert some[ChangeKind.FIRST_CALL, "torch/eager"].launches == LAUNCHES - 2
    most = simulate_blocks(busy=(0, 1, 2, 3), slower=head_slower(1.03))
    # The first blocks of a worker define its undisturbed sentinel.
    found = judge(most, simulate_starts())[ChangeKind.STEP_TIME, "torch/compile"]
    assert (found.verdict, found.doubt) == (
        SideVerdict.CANNOT_TELL,
        Doubt.DISTURBED,
    )


def test_a_first_call_is_reported_if_it_is_longer_by_what_a_user_notices():
    long = judge(simulate_blocks(), simulate_starts(slower=1.5))
    found = long[ChangeKind.FIRST_CALL, "torch/eager"]
    assert found.verdict is SideVerdict.SLOWER
    (first, *_) = list_duration_changes(long.values())
    assert (first.kind, first.is_worse) == (ChangeKind.FIRST_CALL, False)
    short = judge(simulate_blocks(), simulate_starts(slower=1.5, seconds=0.01))
    found = short[ChangeKind.FIRST_CALL, "torch/eager"]
    assert found.verdict is SideVerdict.NO_CHANGE


def test_a_variant_without_one_of_its_workers_is_left_out():
    samples = simulate_blocks(missing=("head again torch compile",))
    assert [*collect_ratios(samples, requested()).ratios] == ["torch/eager"]
    assert judge_durations(SAMPLES.frame(), [], requested()) == []


def test_an_interval_over_powers_of_ten_is_not_shown():
    wide = SideInterval(estimate=1.05, low=0.01, high=200.0)
    assert format_side_ratio(wide) == "+5.0% (no interval)"
    narrow = SideInterval(estimate=1.05, low=1.04, high=1.06)
    assert format_side_ratio(narrow) == "+5.0% (4.0 to 6.0)"
