"""Two versions measured twice each: verdicts, and how often they are wrong."""

from __future__ import annotations

from math import log

import numpy as np
import pandas as pd
import pytest

from compare.stats.estimates import ratio_interval
from compare.stats.two_sides import (
    Doubt,
    SideRatios,
    SideVerdict,
    combine_sides,
    find_detectable,
    finds_sought_change,
    judge_sides,
)
from tests.support.long import part_of
from tests.support.simulated import LOADED, MEASURED, UNLUCKY
from tests.support.simulated_commits import ARMS, simulate_commits, take

CHANGED = (SideVerdict.SLOWER, SideVerdict.FASTER)
SPREAD = np.array([-1.0, 1.0, -0.5, 0.5, 0.0, 0.0]) / 1000
NOISES = {"measured": MEASURED, "loaded": LOADED, "unlucky": UNLUCKY}
CASES = [(noise, variants) for noise in NOISES for variants in (1, 2, 5)]
COMMITS = 100


def ratios(change=0.0, *, base=0.0, head=0.0, spread=SPREAD):
    return SideRatios(
        change=[*(log(1 + change) + spread)],
        base_control=[*(base + spread)],
        head_control=[*(head + spread[::-1])],
    )


def reports_something(judged):
    return any(each.verdict in CHANGED for each in judged)


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (0.03, SideVerdict.SLOWER),
        (-0.03, SideVerdict.FASTER),
        (0.0, SideVerdict.NO_CHANGE),
        (0.009, SideVerdict.NO_CHANGE),  # significant, but within the margin
    ],
)
def test_a_change_is_reported_if_it_is_proven_to_exceed_the_margin(change, verdict):
    (judged,) = judge_sides([ratios(change)])
    assert (judged.verdict, judged.doubt) == (verdict, Doubt.NONE)
    assert judged.ratio.estimate == pytest.approx(1 + change, rel=1e-9)


@pytest.mark.parametrize(
    ("found", "doubt"),
    [
        (ratios(0.2, base=0.05), Doubt.BASE_CONTROL),
        (ratios(0.2, head=0.05), Doubt.HEAD_CONTROL),
        (ratios(0.2, spread=SPREAD[:1]), Doubt.FEW),
    ],
)
def test_a_measurement_that_contradicts_itself_cannot_tell(found, doubt):
    (judged,) = judge_sides([found])
    assert (judged.verdict, judged.doubt) == (SideVerdict.CANNOT_TELL, doubt)


def test_on_a_busy_machine_only_a_change_beyond_its_slowdown_is_reported():
    small, large = judge_sides([ratios(0.05), ratios(0.8)], slowdown=1.5)
    assert (small.verdict, small.doubt) == (SideVerdict.CANNOT_TELL, Doubt.DISTURBED)
    assert (large.verdict, large.doubt) == (SideVerdict.SLOWER, Doubt.NONE)


def test_the_change_is_that_of_the_mean_of_both_workers_of_a_side():
    index = pd.MultiIndex.from_product([range(3), range(4)], names=["launch", "round"])
    rows = np.tile([0.0, 0.2, 0.4, 0.8], (len(index), 1))
    found = combine_sides(pd.DataFrame(rows, columns=ARMS, index=index))
    assert found.change == pytest.approx([0.5] * 3)
    assert found.base_control == pytest.approx([0.2] * 3)
    assert found.head_control == pytest.approx([0.4] * 3)


def test_a_launch_without_one_of_the_workers_does_not_count():
    index = pd.MultiIndex.from_product([range(2), range(4)], names=["launch", "round"])
    table = pd.DataFrame(0.0, columns=ARMS, index=index)
    table.loc[1, "head again"] = np.nan
    assert combine_sides(table).change == [0.0]


def test_a_wide_interval_asks_for_more_launches():
    narrow, wide = ratios(), ratios(spread=20 * SPREAD)
    assert finds_sought_change([narrow], claims=2)
    assert not finds_sought_change([narrow, wide], claims=4)
    assert find_detectable(narrow, claims=1) < find_detectable(narrow, claims=10)


@pytest.mark.parametrize(("noise", "variants"), part_of(CASES, every=4))
def test_of_100_commits_that_change_nothing_at_most_5_are_reported(noise, variants):
    found = simulate_commits(
        NOISES[noise], commits=COMMITS, variants=variants, increase=0.0
    )
    assert sum(reports_something(one.judged) for one in found) <= 5
    undecided = [any(each.doubt for each in one.judged[:variants]) for one in found]
    assert sum(undecided) <= 5


@pytest.mark.parametrize(("noise", "variants"), part_of(CASES, every=4))
def test_three_percent_are_found_in_nine_of_ten_commits(noise, variants):
    found = simulate_commits(
        NOISES[noise], commits=COMMITS, variants=variants, increase=0.03
    )
    judged = [one.judged for one in found]
    slower = [each[0].verdict is SideVerdict.SLOWER for each in judged]
    assert sum(slower) >= 0.9 * COMMITS
    # No other variant was changed.
    assert not any(reports_something(each[1:]) for each in judged)


def test_95_percent_intervals_of_each_variant_would_report_far_more():
    """The planted defect: a usual criterion, judged by the same simulation."""
    found = simulate_commits(LOADED, commits=COMMITS, variants=5, increase=0.0)
    wrong = [
        any(ratio_interval(take(each, 0, 9).change).excludes_one for each in one.steps)
        for one in found
    ]
    assert sum(wrong) > 10
