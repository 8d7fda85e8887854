"""The comparison with other tools: its summary, and how it is continued."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.benchmarks import against_others
from tests.benchmarks.against_others import (
    OURS,
    TOOLS,
    Estimate,
    compare_times,
    format_summary,
    measure_missing,
)


@pytest.fixture
def measured(monkeypatch):
    """Return the names of the tools that were measured; none is really run."""
    names = []

    def make_fake(tool):
        def estimate(seconds, *, scratch):
            names.append(tool)
            error = 0.001 if tool == OURS else 0.01
            one = Estimate(statistic="mean", ratio=1 + error, differs=tool != OURS)
            return [one, Estimate(statistic="min", ratio=1 - error, differs=None)]

        return estimate

    monkeypatch.setattr(against_others, "TOOLS", {t: make_fake(t) for t in TOOLS})
    return names


def test_estimates_in_the_file_are_not_measured_again(measured, tmp_path):
    out = tmp_path / "estimates.csv"
    measure_missing(out, repetitions=1, seconds=1)
    assert sorted(measured) == sorted(TOOLS)
    measure_missing(out, repetitions=2, seconds=1)
    assert len(measured) == 2 * len(TOOLS)
    assert len(pd.read_csv(out)) == 2 * 2 * len(TOOLS)


def test_the_summary_counts_false_claims_and_compares_deviations(measured, tmp_path):
    out = tmp_path / "estimates.csv"
    measure_missing(out, repetitions=3, seconds=1)
    lines = format_summary(pd.read_csv(out)).splitlines()
    ours, *others = [line for line in lines if line.startswith(tuple(TOOLS))]
    assert "0 of 3 (0% to 56%)" in ours
    by_mean = [line for line in others if " mean " in line]
    assert len(by_mean) == len(TOOLS) - 1
    assert all("3 of 3 (44% to 100%)" in line for line in by_mean)
    assert all("1.00%" in line and " 10.0 (" in line for line in by_mean), by_mean


def test_a_difference_is_claimed_if_welch_s_test_finds_one():
    near, apart = [1.00, 1.01, 0.99, 1.02], [1.20, 1.21, 1.19, 1.22]
    mean, *others = compare_times(near, apart)
    assert mean.differs
    assert mean.ratio == pytest.approx(1.2, abs=0.01)
    assert [each.differs for each in others] == [None, None]
    assert not compare_times(near, near[::-1])[0].differs
