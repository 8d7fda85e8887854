"""After how many steps a graph has repaid its start, with an interval."""

from __future__ import annotations

from math import inf, nan

import pytest

from compare.stats.break_even import Cost, break_even_steps
from compare.stats.estimates import Interval

BASELINE = Cost(start_s=1.0, start_half_s=0.0, step_s=0.010)


@pytest.mark.parametrize(
    ("start_s", "ratio", "expected"),
    [
        (11.0, 0.5, 2001.0),  # 10 s more to start, 5 ms saved per step after the first
        (11.0, 1.0, inf),
        (11.0, 1.2, inf),
        (0.5, 0.9, 0.0),
        (nan, 0.9, nan),
        (11.0, nan, nan),
    ],
)
def test_a_graph_breaks_even_when_faster_steps_have_repaid_its_start(
    start_s, ratio, expected
):
    cost = Cost(start_s=start_s, start_half_s=0.0, step_s=ratio * BASELINE.step_s)
    interval = Interval(estimate=ratio, low=ratio, high=ratio)
    repaid = break_even_steps(cost, baseline=BASELINE, ratio=interval)
    assert repaid.estimate == pytest.approx(expected, nan_ok=True)


def test_the_interval_of_the_ratio_widens_that_of_the_break_even():
    ratio = Interval(estimate=0.9, low=0.8, high=1.1)
    cost = Cost(start_s=3.0, start_half_s=0.0, step_s=0.009)
    repaid = break_even_steps(cost, baseline=BASELINE, ratio=ratio)
    assert (repaid.low, repaid.estimate, repaid.high) == (
        pytest.approx(1001),
        pytest.approx(2001),
        inf,
    )


def test_the_interval_of_the_start_widens_that_of_the_break_even():
    ratio = Interval(estimate=0.9, low=0.9, high=0.9)
    cost = Cost(start_s=3.0, start_half_s=0.3, step_s=0.009)
    baseline = Cost(start_s=1.0, start_half_s=0.4, step_s=0.010)
    repaid = break_even_steps(cost, baseline=baseline, ratio=ratio)
    # 2 s more to start, +- 0.5 s; 1 ms saved per step
    assert (repaid.low, repaid.estimate, repaid.high) == pytest.approx(
        (1501, 2001, 2501)
    )


def test_steps_are_saved_only_after_all_those_of_the_first_call():
    ratio = Interval(estimate=0.5, low=0.5, high=0.5)
    cost = Cost(start_s=11.0, start_half_s=0.0, step_s=0.005)
    repaid = break_even_steps(cost, baseline=BASELINE, ratio=ratio, first_steps=64)
    assert repaid.estimate == pytest.approx(2064)
    # Both have then taken the same time: 11 s + 2000 x 5 ms, 1 s + 2000 x 10 ms.
    later = repaid.estimate - 64
    assert cost.start_s + later * cost.step_s == pytest.approx(
        BASELINE.start_s + later * BASELINE.step_s
    )


def test_a_start_that_may_cost_less_may_break_even_at_once():
    ratio = Interval(estimate=0.9, low=0.9, high=0.9)
    cost = Cost(start_s=1.1, start_half_s=0.2, step_s=0.009)
    assert break_even_steps(cost, baseline=BASELINE, ratio=ratio).low == 0


def test_a_graph_with_slower_steps_never_breaks_even():
    ratio = Interval(estimate=1.2, low=1.1, high=1.3)
    cost = Cost(start_s=3.0, start_half_s=nan, step_s=0.012)
    repaid = break_even_steps(cost, baseline=BASELINE, ratio=ratio)
    assert (repaid.low, repaid.estimate, repaid.high) == (inf, inf, inf)
