"""Measure what fixes gain: copies and the original, in the same rounds.

Blocks in which a graph is captured again count, because that is a price of the break.
A ratio is estimated per launch (Hodges-Lehmann, of the log ratios of its rounds); its
interval is that of the mean over launches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from compare.frameworks import find_variant
from compare.pipeline.contenders import time_contenders
from compare.stats.estimates import Interval, hodges_lehmann, ratio_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.pipeline.contenders import Contender
    from compare.runs.record import Cell

ORIGINAL = "original"
LAUNCHES = 4  # with fewer, a t interval is wider than any gain


def change_mode(cell: Cell, variant: str) -> Cell:
    """Return a cell in another mode."""
    return msgspec.structs.replace(cell, mode=find_variant(variant)[1].name)


def measure_ratios(
    contenders: Sequence[Contender], *, launches: int = LAUNCHES
) -> dict[str, Interval]:
    """Return the ratio of each step time to that of the first contender.

    A contender that fails has no ratio. Without the first one there is none at all.

    Args:
        contenders: the first one is what the others are compared with.
        launches: how often all workers are started again.
    """
    logs: dict[str, list[float]] = {}
    for number in range(launches):
        steps = list_step_times(contenders, number=number)
        first = steps.pop(contenders[0].name, None)
        if first is None:
            continue
        for name, seconds in steps.items():
            rounds = np.log(seconds) - np.log(first)
            logs.setdefault(name, []).append(hodges_lehmann(rounds))
    return {name: ratio_interval(found) for name, found in logs.items()}


def list_step_times(
    contenders: Sequence[Contender], *, number: int
) -> dict[str, np.ndarray]:
    """Return the step times of each contender, one per round, in nanoseconds."""
    title = f"launch {number + 1} of the fixes"
    launch = time_contenders(contenders, number=number, title=title)
    times: dict[str, list[float]] = {}
    for block in launch.samples:
        times.setdefault(block.mode, []).append(block.duration_ns / block.steps)
    return {
        name: np.array(found)
        for name, found in times.items()
        if name not in launch.failures
    }
