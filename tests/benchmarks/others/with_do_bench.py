"""Time the step twice by the rule of ``triton.testing.do_bench``, one after the other.

Triton needs a GPU, so its arithmetic is written here again, for durations of calls on a
CPU. The rule is that of triton 3.9.0: one call; the mean of five calls is the estimate;
``warmup / estimate`` calls that are not timed; ``rep / estimate`` calls, each timed
separately. The result is their mean, another statistic, or quantiles. On a GPU, the
rule also clears the second-level cache before each timed call, which is left out here.
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
WARMUP_S, REP_S = 0.025, 0.1  # the defaults of do_bench
MODES = {
    "mean": statistics.fmean,
    "median": statistics.median,
    "min": min,
    "max": max,
}


@dataclass(frozen=True, kw_only=True)
class Calls:
    """The numbers of calls that warm up and that are timed."""

    warm_up: int
    timed: int


def plan_calls(
    estimate: float, *, warmup: float = WARMUP_S, rep: float = REP_S
) -> Calls:
    """Return the numbers of calls for an estimated duration of one, in seconds."""
    return Calls(
        warm_up=max(1, int(warmup / estimate)), timed=max(1, int(rep / estimate))
    )


def time_calls(
    step: Callable[[], None],
    *,
    rep: float = REP_S,
    clock: Callable[[], float] = perf_counter,
) -> list[float]:
    """Return the duration of every timed call."""
    step()
    began = clock()
    for _ in range(ESTIMATING_CALLS):
        step()
    calls = plan_calls((clock() - began) / ESTIMATING_CALLS, rep=rep)
    for _ in range(calls.warm_up):
        step()
    return [time_call(step, clock=clock) for _ in range(calls.timed)]


def time_call(step: Callable[[], None], *, clock: Callable[[], float]) -> float:
    """Return the duration of one call."""
    began = clock()
    step()
    return clock() - began


def summarize(times: list[float], *, mode: str = "mean") -> float:
    """Return what do_bench returns for a ``return_mode``."""
    return float(MODES[mode](times))


def quantiles(times: list[float], *, at: list[float]) -> list[float]:
    """Return what do_bench returns for ``quantiles``: interpolated linearly."""
    return np.quantile(times, at).tolist()


def main() -> None:
    """Print the durations of both; the seconds for each are the argument."""
    from tests.benchmarks.others.step import warm_step  # noqa: PLC0415 - imports torch

    each = float(sys.argv[1])
    print(json.dumps([time_calls(warm_step(), rep=each) for _ in range(2)]))


if __name__ == "__main__":
    main()
