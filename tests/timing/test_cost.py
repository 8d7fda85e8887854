"""When a graph has paid for its start, and how surely."""

from __future__ import annotations

from math import inf, isnan, nan

import numpy as np
import pytest

from compare.runs.results import Start
from compare.stats.estimates import Interval
from compare.timing.cost import Cost, break_even_steps, estimate_start_noise

BASELINE = Cost(start_s=1.0, start_half_s=0.0, step_s=0.010)


def start(*, mode="eager", launch=1, total_s=2.0, cold=False) -> Start:
    return Start(
        workload="w",
        framework="torch",
        mode=mode,
        launch=launch,
        import_s=total_s - 0.5,
        prepare_s=0.3,
        first_call_s=0.2,
        cold=cold,
        import_rss_bytes=0,
        start_rss_bytes=0,
        steady_rss_bytes=0,
        start_device_bytes=None,
        steady_device_bytes=None,
        reserved_device_bytes=None,
        captures_count=0,
        recaptures=0,
        graph_breaks=None,
        nodes=None,
        nodes_optimized=None,
        kernels=None,
    )


@pytest.mark.parametrize(
    ("start_s", "ratio", "expected"),
    [
        (11.0, 0.5, 2001.0),  # 10 s more to start, 5 ms saved a step after the first
        (11.0, 1.0, inf),
        (11.0, 1.2, inf),
        (0.5, 0.9, 0.0),
        (nan, 0.9, nan),
        (11.0, nan, nan),
    ],
)
def test_a_graph_pays_back_when_saved_steps_have_paid_its_start(
    start_s, ratio, expected
):
    price = Cost(start_s=start_s, start_half_s=0.0, step_s=ratio * BASELINE.step_s)
    interval = Interval(estimate=ratio, low=ratio, high=ratio)
    paid = break_even_steps(price, baseline=BASELINE, ratio=interval)
    assert paid.estimate == pytest.approx(expected, nan_ok=True)


def test_an_uncertain_ratio_makes_an_uncertain_break_even():
    ratio = Interval(estimate=0.9, low=0.8, high=1.1)
    price = Cost(start_s=3.0, start_half_s=0.0, step_s=0.009)
    paid = break_even_steps(price, baseline=BASELINE, ratio=ratio)
    assert (paid.low, paid.estimate, paid.high) == (
        pytest.approx(1001),
        pytest.approx(2001),
        inf,
    )


def test_an_uncertain_start_makes_an_uncertain_break_even():
    ratio = Interval(estimate=0.9, low=0.9, high=0.9)
    price = Cost(start_s=3.0, start_half_s=0.3, step_s=0.009)
    than = Cost(start_s=1.0, start_half_s=0.4, step_s=0.010)
    paid = break_even_steps(price, baseline=than, ratio=ratio)
    # 2 s more to start, give or take 0.5 s; 1 ms saved a step
    assert (paid.low, paid.estimate, paid.high) == pytest.approx((1501, 2001, 2501))


def test_a_start_that_may_cost_less_may_pay_at_once():
    ratio = Interval(estimate=0.9, low=0.9, high=0.9)
    price = Cost(start_s=1.1, start_half_s=0.2, step_s=0.009)
    assert break_even_steps(price, baseline=BASELINE, ratio=ratio).low == 0


def test_where_steps_cost_more_a_graph_never_pays_whatever_starting_costs():
    ratio = Interval(estimate=1.2, low=1.1, high=1.3)
    price = Cost(start_s=3.0, start_half_s=nan, step_s=0.012)
    paid = break_even_steps(price, baseline=BASELINE, ratio=ratio)
    assert (paid.low, paid.estimate, paid.high) == (inf, inf, inf)


def test_the_noise_of_starts_is_that_of_warm_ones_within_each_variant():
    rng = np.random.default_rng(0)
    starts = [
        start(mode=mode, launch=launch, total_s=usual * np.exp(rng.normal(0, 0.05)))
        for mode, usual in (("eager", 2.0), ("compile", 9.0))
        for launch in range(1, 200)
    ]
    assert estimate_start_noise(starts) == pytest.approx(1.96 * 0.05, rel=0.1)


def test_cold_starts_and_single_ones_tell_nothing_of_noise():
    cold = [start(launch=n, total_s=2.0 + n, cold=True) for n in range(3)]
    assert isnan(estimate_start_noise([*cold, start(launch=3)]))
