"""Make a run over a grid of two sizes, with step times on known lines."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from compare.runs.folder import create_folder, load_run
from compare.runs.record import CONTROL, Cell, RunRecord, WorkloadRequest
from compare.runs.rows import SampleRow
from compare.runs.store import store_tables
from compare.runs.tables import RANKING, SAMPLES, TIMING
from compare.runs.words import Status
from compare.timing.tables import compute_tables
from tests.support.requested import requested

OPERATIONS, WIDTHS, BATCH = (1, 10, 100, 1000), (8, 512), 4
ELEMENT_NS = 0.1
LAUNCHES, ROUNDS, STEPS = 8, 6, 10
NOISE = 0.01  # relative, of a block


@dataclass(frozen=True)
class Truth:
    """A line: a step takes ``fixed + (slope + per_width * width) * operations`` ns."""

    fixed: float
    slope: float
    per_width: float

    def per_operation(self, width):
        return self.slope + self.per_width * width

    def step_ns(self, operations, width):
        return self.fixed + self.per_operation(width) * operations


# Eager mode is the fastest for short chains, the compiler for long ones.
TRUTHS = {
    "torch/eager": Truth(fixed=50_000, slope=4_000, per_width=0.8),
    "torch/compile": Truth(fixed=90_000, slope=10, per_width=0.1),
    "tf/function": Truth(fixed=200_000, slope=900, per_width=0.8),
}


def grid_run(folder, *, truths=TRUTHS, control=1.0, spread=0.004):
    """Write a run of these variants and read it; the first one is the baseline.

    Each launch has a relative deviation of its own, normal with this spread. The
    control takes `control` times as long as the baseline; its deviations alternate, so
    that its interval does not exclude 1 by chance.
    """
    points = [
        WorkloadRequest(
            label=f"chain.operations-{n}.width-{w}",
            name="chain",
            config={"operations": n, "width": w, "batch": BATCH},
            swept="chain",
            grid=["operations", "width"],
        )
        for n, w in product(OPERATIONS, WIDTHS)
    ]
    record = _make_record(points, variants=list(truths))
    rng = np.random.default_rng(5)
    baseline = next(iter(truths))
    arms = {**truths, f"torch/{CONTROL}": truths[baseline]}
    rows = [
        row
        for point in points
        for name, truth in arms.items()
        for row in _draw_rows(
            point,
            name,
            truth.step_ns(point.config["operations"], point.config["width"])
            * (control if name.endswith(CONTROL) else 1),
            rng=rng,
            spread=spread,
        )
    ]
    samples = SAMPLES.frame(rows)
    timing, ranking = compute_tables(record, samples)
    create_folder(folder, record)
    tables = {SAMPLES: samples, TIMING: TIMING.frame(timing)}
    store_tables(folder, record, {**tables, RANKING: RANKING.frame(ranking)})
    return load_run(folder)


def _make_record(points, *, variants):
    return RunRecord(
        run_id="2026-01-31-235959",
        created="2026-01-31T23:59:59+00:00",
        request=requested(
            workloads=points, variants=variants, launches=LAUNCHES, rounds=ROUNDS
        ),
        baseline=variants[0],
        finished=True,
        cells=[
            Cell(
                workload=point.label,
                framework=variant.split("/")[0],
                mode=variant.split("/")[1],
                device="cpu",
                dtype="float32",
                family="dynamic" if variant.endswith("eager") else "static",
                captures="none" if variant.endswith("eager") else "training step",
                status=Status.OK,
            )
            for point in points
            for variant in variants
        ],
        flops_per_step={point.label: 0.0 for point in points},
        elements_per_step={
            point.label: 2.0
            * BATCH
            * point.config["operations"]
            * point.config["width"]
            for point in points
        },
        element_ns={"float32": ELEMENT_NS},
        launches_done={point.label: LAUNCHES for point in points},
    )


def _draw_rows(point, variant, step_ns, *, rng, spread):
    framework, mode = variant.split("/")
    for launch in range(LAUNCHES):
        alternating = spread * (-1) ** launch
        of_launch = alternating if mode == CONTROL else rng.normal(0, spread)
        for number in range(ROUNDS):
            log_step = of_launch + rng.normal(0, NOISE)
            yield SampleRow(
                workload=point.label,
                framework=framework,
                mode=mode,
                device="cpu",
                dtype="float32",
                launch=launch,
                round=number,
                position=0,
                steps=STEPS,
                duration_ns=int(STEPS * step_ns * np.exp(log_step)),
                started_ns=0,
                sentinel_ns=3e5,
            )
