"""How much the time of a start varies."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest

from compare.runs.record import Start
from compare.timing.cost import estimate_start_noise


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


def test_the_noise_of_starts_is_that_of_warm_starts_within_each_variant():
    rng = np.random.default_rng(0)
    starts = [
        start(mode=mode, launch=launch, total_s=usual * np.exp(rng.normal(0, 0.05)))
        for mode, usual in (("eager", 2.0), ("compile", 9.0))
        for launch in range(1, 200)
    ]
    assert estimate_start_noise(starts) == pytest.approx(1.96 * 0.05, rel=0.1)


def test_cold_and_single_starts_give_no_estimate_of_the_noise():
    cold = [start(launch=n, total_s=2.0 + n, cold=True) for n in range(3)]
    assert isnan(estimate_start_noise([*cold, start(launch=3)]))
