"""Blocks of a round beside each other, whatever a launch has lost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from compare.errors import RunError
from compare.stats.estimates import hodges_lehmann
from compare.stats.paired import launch_estimates, log_ratios, log_step_times


def samples() -> pd.DataFrame:
    rows = [
        {
            "framework": "torch",
            "mode": mode,
            "launch": launch,
            "round": number,
            "steps": 10,
            "duration_ns": 1000 * (launch + 1) * (number + 2) * factor,
            "void": "",
        }
        for launch in range(2)
        for number in range(5)
        for mode, factor in (("eager", 10), ("script", 20))
    ]
    return pd.DataFrame(rows)


def test_a_round_is_a_row_and_a_variant_a_column():
    steps = log_step_times(samples())
    assert list(steps) == ["torch/eager", "torch/script"]
    assert list(steps.index[:2]) == [(0, 0), (0, 1)]
    assert np.exp(steps.loc[(1, 3), "torch/script"]) == pytest.approx(20_000)


def test_what_rounds_have_in_common_cancels():
    ratios = log_ratios(log_step_times(samples()), baseline="torch/eager")
    assert np.exp(ratios["torch/script"]).to_numpy() == pytest.approx(2)


def test_a_voided_block_is_absent_from_its_round_alone():
    voided = samples()
    voided.loc[3, "void"] = "the machine slept"
    steps = log_step_times(voided)
    assert np.isnan(steps.loc[(0, 1), "torch/script"])
    assert steps.isna().sum().sum() == 1


def test_without_the_baseline_there_are_no_ratios():
    assert log_ratios(log_step_times(samples()), baseline="tf/eager").empty
    assert launch_estimates(pd.DataFrame()).empty


@pytest.mark.parametrize("rounds", [7, 80])
def test_whole_launches_and_torn_ones_are_estimated_alike(rounds):
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


def test_a_launch_that_lost_every_block_of_a_variant_has_no_estimate():
    index = pd.MultiIndex.from_product([[0, 1], [0, 1]], names=["launch", "round"])
    values = pd.DataFrame({"a": [1.0, 2.0, np.nan, np.nan]}, index=index)
    assert launch_estimates(values)["a"].isna().tolist() == [False, True]


def test_a_block_without_its_round_is_refused():
    torn = samples().astype({"round": "Int64"})
    torn.loc[3, "round"] = pd.NA
    with pytest.raises(RunError, match="round: expected a number in every row"):
        log_step_times(torn)
