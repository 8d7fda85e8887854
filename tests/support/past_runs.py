"""Write folders with many runs: the timings of one machine on successive days."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta

import numpy as np

from compare.runs.store import store_tables
from compare.runs.tables import TIMING
from tests.support.synthetic import BASELINE, synthetic

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
SPREAD = 0.01  # standard deviation of a log ratio from run to run
DRIFT = 0.03  # the same of all step times of the machine


def write_past_runs(folder, *, count, change=lambda _number, _record: None, planted=()):
    """Write runs that were made one day apart, and return their folder.

    Args:
        folder: to write the runs into.
        count: the number of runs.
        change: called with the number and the record of each run, to change the record.
        planted: changes ``(workload, variant, number of the first run, factor)``.
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
            is_planted = (made.timing["workload"] == workload) & (variants == variant)
            factor = np.where(is_planted & (number >= start), factor * by, factor)
        write_run(
            folder / record.run_id, record, made.timing, factor=factor, random=random
        )
    return folder


def write_run(folder, record, timing, *, factor, random):
    """Write one run with its ratios and step times multiplied by a factor."""
    variants = timing["framework"] + "/" + timing["mode"]
    changed = timing.copy()
    changed["step_time_ns"] *= factor * np.exp(random.normal(0, DRIFT))
    for name in ("ratio", "ratio_low", "ratio_high"):
        changed[name] = np.where(variants == BASELINE, 1.0, changed[name] * factor)
    folder.mkdir(parents=True)
    store_tables(folder, record, {TIMING: changed})
