"""Time the step twice with torch.utils.benchmark, one timer after the other."""

from __future__ import annotations

import json
import sys

from torch.utils.benchmark import Timer

from tests.benchmarks.others.step import warm_step


def time_blocks(seconds: float) -> list[float]:
    """Return the step time of each block."""
    timer = Timer("step()", globals={"step": warm_step()}, num_threads=1)
    return timer.blocked_autorange(min_run_time=seconds).times


if __name__ == "__main__":
    each = float(sys.argv[1])
    print(json.dumps([time_blocks(each), time_blocks(each)]))
