"""Time the step twice with benchstats, which interleaves single calls in random order.

``benchstats.qbench`` calls each function once per iteration, in random order, and takes
the mean and the minimum of every repetition of 100 iterations. Its test is that of
Brunner and Munzel over the repetitions, at a significance level of 0.001. One run of 10
repetitions takes less than a second. It is repeated until the time is over; the test is
over the repetitions of all runs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from time import perf_counter

import numpy as np

METRICS = {"mean": np.mean, "min": np.min}  # the default of benchstats


def time_calls(step: Callable, other: Callable, *, seconds: float) -> np.ndarray:
    """Return the duration of every call: function, repetition, iteration.

    The options of each run are the defaults of benchstats.
    """
    from benchstats.qbench import bench2  # noqa: PLC0415 - needed here only

    end, runs = perf_counter() + seconds, []
    while not runs or perf_counter() < end:
        runs.append(bench2(step, other, show_progress_each=0))
    return np.concatenate(runs, axis=1)


def compare_calls(durations: np.ndarray) -> list[dict]:
    """Return the ratio of every metric, and whether benchstats claims a difference."""
    from benchstats.qbench import showBench  # noqa: PLC0415 - needed here only

    # The bootstrap of p values, on by default, does not change the result.
    compared = showBench(
        durations, metrics=METRICS, render_report=False, pvalue_stats_bootstrap=0
    )
    (results,) = compared.results.values()
    estimates = []
    for name, metric in METRICS.items():
        first, second = metric(durations, axis=2).mean(axis=1)
        differs = results[name].result != "~"
        estimates.append(
            {"statistic": name, "ratio": second / first, "differs": differs}
        )
    return estimates


def main() -> None:
    """Print the estimates; the time limit in seconds is the argument."""
    from tests.benchmarks.others.step import warm_step  # noqa: PLC0415 - imports torch

    calls = time_calls(warm_step(), warm_step(), seconds=float(sys.argv[1]))
    print(json.dumps(compare_calls(calls)))


if __name__ == "__main__":
    main()
