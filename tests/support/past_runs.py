"""Folders of many runs, each a machine's timings on another day."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta

import numpy as np

from compare.runs.results import save, write_table
from tests.support.synthetic import BASELINE, synthetic

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
SPREAD, DRIFT = 0.01, 0.03  # of a ratio from run to run; of the machine


def write_past_runs(folder, *, count, change=lambda _number, _record: None, planted=()):
    """So many runs, a day apart.

    Args:
        folder: that they are written into.
        count: of runs.
        change: what to do to a run's record, by its number.
        planted: ``(workload, variant, from which run, factor)``.
    """
    made, random = synthetic(), np.random.default_rng(0)
    variants = made.timing["framework"] + "/" + made.timing["mode"]
    for number in range(count):
        record = deepcopy(made.record)
        began = BEGAN + timedelta(days=number)
        record.created = began.isoformat(timespec="seconds")
        record.run_id = f"{began:%Y-%m-%d-%H%M%S}"
        record.environment["load average at start"] = f"{random.random():.2f}"
        change(number, record)
        factor = np.exp(random.normal(0, SPREAD, len(made.timing)))
        for workload, variant, start, by in planted:
            mine = (made.timing["workload"] == workload) & (variants == variant)
            factor = np.where(mine & (number >= start), factor * by, factor)
        write_run(
            folder / record.run_id, record, made.timing, factor=factor, random=random
        )
    return folder


def write_run(folder, record, timing, *, factor, random):
    """Write one run, its ratios and step times multiplied."""
    variants = timing["framework"] + "/" + timing["mode"]
    moved = timing.copy()
    moved["step_time_ns"] *= factor * np.exp(random.normal(0, DRIFT))
    for name in ("ratio", "ratio_low", "ratio_high"):
        moved[name] = np.where(variants == BASELINE, 1.0, moved[name] * factor)
    folder.mkdir(parents=True)
    save(folder, record)
    write_table(folder, "timing.csv", moved)
