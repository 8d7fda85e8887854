"""Ratios within a round, and estimates of launches that may have gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from compare.stats.estimates import hodges_lehmann
from compare.stats.paired import launch_estimates, log_ratios


def steps() -> pd.DataFrame:
    """Return log step times of two launches; the second variant takes twice as long."""
    index = pd.MultiIndex.from_product([range(2), range(5)], names=["launch", "round"])
    common = np.array([(launch + 1) * (number + 2) for launch, number in index])
    times = {"torch/eager": 1000 * common, "torch/script": 2000 * common}
    return np.log(pd.DataFrame(times, index=index))


def test_a_factor_common_to_a_round_cancels_in_the_ratio():
    ratios = log_ratios(steps(), baseline="torch/eager")
    assert np.exp(ratios["torch/script"]).to_numpy() == pytest.approx(2)


def test_without_the_baseline_there_are_no_ratios():
    assert log_ratios(steps(), baseline="tf/eager").empty
    assert launch_estimates(pd.DataFrame()).empty


@pytest.mark.parametrize("rounds", [7, 80])
def test_complete_and_incomplete_launches_have_the_same_kind_of_estimate(rounds):
    rng = np.random.default_rng(rounds)
    index = pd.MultiIndex.from_product(
        [range(4), range(rounds)], names=["launch", "round"]
    )
    values = pd.DataFrame(rng.normal(size=(len(index), 2)), index=index)
    values.columns = pd.Index(["a", "b"])
    values.loc[(2, 3), "a"] = np.nan
    values = values.drop(index=(3, 0))
    found = launch_estimates(values)
    for launch, row in found.iterrows():
        for name, estimate in row.items():
            expected = hodges_lehmann(values.loc[launch, name].dropna().to_numpy())
            assert estimate == pytest.approx(expected)
    assert found.shape == (4, 2)


def test_a_launch_without_a_valid_block_of_a_variant_has_no_estimate():
    index = pd.MultiIndex.from_product([[0, 1], [0, 1]], names=["launch", "round"])
    values = pd.DataFrame({"a": [1.0, 2.0, np.nan, np.nan]}, index=index)
    assert launch_estimates(values)["a"].isna().tolist() == [False, True]
