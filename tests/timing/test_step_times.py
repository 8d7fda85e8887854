"""Samples are arranged by round and variant, and invalid ones refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from compare.errors import RunError
from compare.timing.step_times import log_step_times
from compare.timing.voiding import VoidReason


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


def test_a_voided_block_is_missing_from_its_round_only():
    voided = samples()
    voided.loc[3, "void"] = VoidReason.ASLEEP
    steps = log_step_times(voided)
    assert np.isnan(steps.loc[(0, 1), "torch/script"])
    assert steps.isna().sum().sum() == 1


def test_a_block_without_its_round_is_refused():
    damaged = samples().astype({"round": "Int64"})
    damaged.loc[3, "round"] = pd.NA
    with pytest.raises(RunError, match="round: expected a number in every row"):
        log_step_times(damaged)
