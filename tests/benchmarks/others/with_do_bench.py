"""Time the step twice by the rule of ``triton.testing.do_bench``, one after the other.

Triton needs a GPU, so its arithmetic is written here again, for durations of calls on a
CPU. The rule is that of triton 3.9.0: one call; the mean of five calls is the estimate;
``warmup / estimate`` calls that are not timed; ``rep / estimate`` calls, each timed
separately. The result is their mean, another statistic, or quantiles. On a GPU, the
rule also clears the second-level cache before each timed call, which is left out here.

One run of do_bench takes an eighth of a second; it is repeated until the time is over.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np

TRITON = "3.9.0"  # the version whose rule this is
ESTIMATING_CALLS = 5
MIN_RUNS = 2  # for a test of the difference
WARMUP_S, REP_S = 0.025, 0.1  # the defaults of do_bench
DEFAULT = "mean"
MODES = {
    DEFAULT: statistics.fmean,
    "median": statistics.median,
    "min": min,
}
QUANTILES = {"20%": 0.2, "80%": 0.8}


@dataclass(frozen=True, kw_only=True)
class Calls:
    """The numbers of calls that warm up and that are timed."""

    warm_up: int
    timed: int


def plan_calls(estimate: float) -> Calls:
    """Return the numbers of calls for an estimated duration of one, in seconds."""
    return Calls(
        warm_up=max(1, int(WARMUP_S / estimate)), timed=max(1, int(REP_S / estimate))
    )


def time_calls(
    step: Callable[[], None], *, clock: Callable[[], float] = perf_counter
) -> list[float]:
    """Return the duration of every timed call."""
    step()
    began = clock()
    for _ in range(ESTIMATING_CALLS):
        step()
    calls = plan_calls((clock() - began) / ESTIMATING_CALLS)
    for _ in range(calls.warm_up):
        step()
    return [time_call(step, clock=clock) for _ in range(calls.timed)]


def time_call(step: Callable[[], None], *, clock: Callable[[], float]) -> float:
    """Return the duration of one call."""
    began = clock()
    step()
    return clock() - began


def summarize(times: list[float]) -> dict[str, float]:
    """Return what do_bench returns, for every ``return_mode`` and for ``quantiles``.

    Quantiles are interpolated linearly.
    """
    of_modes = {name: float(mode(times)) for name, mode in MODES.items()}
    of_quantiles = np.quantile(times, list(QUANTILES.values())).tolist()
    return of_modes | dict(zip(QUANTILES, of_quantiles, strict=True))


def run_repeatedly(
    step: Callable[[], None],
    *,
    seconds: float,
    clock: Callable[[], float] = perf_counter,
) -> list[dict[str, float]]:
    """Return the results of do_bench with its defaults, run until the time is over."""
    end, results = clock() + seconds, []
    while len(results) < MIN_RUNS or clock() < end:
        results.append(summarize(time_calls(step, clock=clock)))
    return results


def main() -> None:
    """Print the results of both; the seconds for each are the argument."""
    from tests.benchmarks.others.step import warm_step  # noqa: PLC0415 - imports torch

    each = float(sys.argv[1])
    print(json.dumps([run_repeatedly(warm_step(), seconds=each) for _ in range(2)]))


if __name__ == "__main__":
    main()
