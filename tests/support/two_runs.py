"""Make runs whose samples have a known truth, to compare them with each other."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from compare.runs.folder import Run, load_run
from compare.runs.record import CONTROL
from compare.runs.store import store_tables
from compare.runs.tables import SAMPLES, TIMING
from compare.timing.tables import compute_tables
from tests.support.synthetic import BASELINE, COSTS, synthetic

LAUNCH_SD, ROUND_SD, BURST = 0.008, 0.01, 0.1
NUMBERS = itertools.count()


def samples(
    record, *, seed=0, scale=(), drift=1.0, rounds=8, slowdown=1.0
) -> pd.DataFrame:
    """Return blocks of every cell, with launch effects, bursts and noise.

    A burst is shared by all variants of a round.

    Args:
        record: of the run, with its number of launches.
        seed: of the noise.
        scale: planted factors on the step time, ``(workload, variant) -> factor``.
        drift: factor on all step times.
        rounds: in a launch.
        slowdown: of the machine in every launch, by its sentinels.
    """
    random = np.random.default_rng(seed)
    slowed = np.random.default_rng([seed, 1])  # leaves the other noise as it is
    launches, planted = record.request.launches, dict(scale)
    frames = []
    for workload in dict.fromkeys(cell.workload for cell in record.cells):
        burst = random.exponential(BURST, (launches, rounds))
        cells = [c for c in record.cells if c.workload == workload and c.status == "ok"]
        arms = [(c, c.mode) for c in cells]
        arms += [(c, CONTROL) for c in cells if c.variant == record.baseline]
        for position, (cell, mode) in enumerate(arms):
            effect = random.normal(0, LAUNCH_SD, (launches, 1))
            log_step = effect + burst + random.normal(0, ROUND_SD, (launches, rounds))
            step = COSTS[workload][cell.variant][0] * 1e3 * drift
            step *= planted.get((workload, cell.variant), 1.0)
            launch, number = np.indices((launches, rounds))
            frames.append(
                pd.DataFrame(
                    cell.key | {"mode": mode}, index=range(launch.size)
                ).assign(
                    launch=launch.ravel(),
                    round=number.ravel(),
                    position=position,
                    steps=10,
                    duration_ns=(10 * step * np.exp(log_step)).ravel().astype(int),
                    started_ns=0,
                    device_ns=np.nan,
                    void="",
                    sentinel_ns=3e5
                    * (1 + slowed.exponential(slowdown - 1, launch.size)),
                )
            )
    blocks = pd.concat(frames, ignore_index=True)[list(SAMPLES.columns)]
    return blocks.astype(SAMPLES.dtypes)


def run(made=None, *, launches=6, **what) -> Run:
    """Return a run in memory, with timings computed from its samples."""
    made = made or synthetic()
    made.record.request.launches = launches
    taken = samples(made.record, **what)
    timing = with_costs(
        TIMING.frame(compute_tables(made.record, taken)[0]), of=made.timing
    )
    return Run(
        folder=Path(f"run-{next(NUMBERS)}"),
        record=made.record,
        cells=pd.DataFrame(),
        agreement=made.agreement,
        timing=timing,
        ranking=made.ranking,
        profile=made.profile,
        samples=taken,
        learning=made.learning,
        differences=made.differences,
        precision=made.precision,
        breaks=made.breaks,
    )


def few_cells(workload="cnn", variants=5):
    """Return a run of few cells without agreement checks, for repeated comparisons."""
    made = synthetic()
    record = made.record
    record.request.workloads = [
        each for each in record.request.workloads if each.label == workload
    ]
    cells = [cell for cell in record.cells if cell.workload == workload]
    record.cells = cells[:variants]
    return replace(made, agreement=made.agreement.iloc[:0])


def with_costs(timing, *, of):
    """Return the timings with the made-up costs of starting."""
    costs = ["first_call_cold_s", "first_call_warm_s", "peak_rss_bytes"]
    costs += ["captures_count", "recaptures", "graph_breaks"]
    key = ["workload", "framework", "mode"]
    known = of.set_index(key)[costs].reindex(pd.MultiIndex.from_frame(timing[key]))
    return timing.assign(**{name: known[name].to_numpy() for name in costs})


def written(folder, made=None, *, launches=6, **what):
    """Write a run, and return its folder."""
    made = made or synthetic()
    made.record.request.launches = launches
    made.record.launches_done = dict.fromkeys(COSTS, launches)
    taken = samples(made.record, **what)
    timing = with_costs(
        TIMING.frame(compute_tables(made.record, taken)[0]), of=made.timing
    )
    replace(made, timing=timing).write(folder)
    store_tables(folder, made.record, {SAMPLES: taken})
    assert load_run(folder).record.baseline == BASELINE
    return folder
