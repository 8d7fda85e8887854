"""Change points are found where the level changes, and rarely elsewhere."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from compare.stats.change_points import estimate_noise, find_change_points

OWN = 0.006  # standard error of a run of three launches, as it estimates it


def share_with_a_change(*, runs, heavy, between, trials=1000):
    """Return the share of constant series in which a change point is found."""
    random = np.random.default_rng(0)
    found = 0
    for _ in range(trials):
        # Student's t with 4 degrees of freedom has a variance of 2.
        shape = (
            random.standard_t(4, runs) / 2**0.5 if heavy else random.normal(0, 1, runs)
        )
        found += bool(find_change_points(shape * OWN * between, noise=OWN))
    return found / trials


@pytest.mark.parametrize("runs", [6, 8, 12, 20, 50, 200])
@pytest.mark.parametrize("heavy", [False, True])
@pytest.mark.parametrize("between", [1, 3])
def test_a_constant_series_rarely_has_a_change_point(runs, heavy, between):
    assert share_with_a_change(runs=runs, heavy=heavy, between=between) <= 0.05


@pytest.mark.parametrize(("before", "after"), [(5, 3), (10, 10), (50, 5)])
def test_a_change_of_ten_per_cent_is_found_at_its_position(before, after):
    random = np.random.default_rng(0)
    trials, hits, sizes = 200, 0, []
    for _ in range(trials):
        series = random.normal(0, 0.02, before + after)
        series[before:] += log(1.10)
        found = find_change_points(series, noise=OWN)
        hits += any(abs(each.at - before) <= 1 for each in found)
        sizes += [each.factor for each in found]
    assert hits / trials >= 0.9
    assert np.median(sizes) == pytest.approx(1.10, abs=0.01)


def test_one_outlier_is_no_change_point():
    series = [0.0, 0.01, -0.01, 0.0, 0.01, 0.30, 0.0, -0.01, 0.0, 0.01, 0.0]
    assert find_change_points(series, noise=0.01) == ()


def test_several_changes_are_found_with_their_sizes():
    series = np.repeat([0.0, log(1.2), log(0.9)], 10)
    series += np.random.default_rng(0).normal(0, 0.005, 30)
    found = find_change_points(series)
    assert [each.at for each in found] == [10, 20]
    assert [each.factor for each in found] == pytest.approx([1.2, 0.75], abs=0.01)


@pytest.mark.parametrize("series", [[], [1.0], [0.0, 1.0], [0.0] * 5, [0.0] * 50])
def test_too_few_or_identical_runs_have_no_change_point(series):
    assert find_change_points(series, noise=OWN) == ()


def test_the_estimated_noise_does_not_depend_on_the_levels():
    random = np.random.default_rng(0)
    noise = random.normal(0, 0.02, 2000)
    steps = np.repeat([0.0, 0.3, -0.2, 0.1], 500)
    assert estimate_noise(noise) == pytest.approx(0.02, rel=0.05)
    assert estimate_noise(noise + steps) == pytest.approx(0.02, rel=0.1)
