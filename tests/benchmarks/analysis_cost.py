"""Measure how long it takes to analyse a run of 1,000,000 samples, and the memory.

Two runs are written, one with many launches of a few rounds and one with few launches
of very many rounds. Each is analysed in a new process, which reports the wall time of
each stage and its peak memory. A run of a few samples shows the share of the
interpreter and the imports. Run it with ``make analysis``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import pandas as pd

from compare.machine import machine
from compare.runs.folder import read_record
from compare.runs.record import CONTROL, RunRecord
from compare.runs.store import store_tables
from compare.runs.tables import SAMPLES, read_table
from tests.support.finished_runs import create_finished_run

STEP_NS = 350_000
STEPS = 70
SHAPES = {  # launches, rounds
    "a few samples": (2, 3),
    "many launches": (6_173, 18),
    "many rounds": (5, 22_222),
}
MAX_S, MAX_MB = 2.0, 300


def write_run(folder: Path, *, launches: int, rounds: int) -> int:
    """Write a finished run of every variant and the control; return its size."""
    record = create_finished_run(
        folder,
        launches_done={"two_layer": launches},
        launches=launches,
        rounds=rounds,
    )
    frame = make_samples(record)
    store_tables(folder, record, {SAMPLES: frame})
    return len(frame)


def make_samples(record: RunRecord) -> pd.DataFrame:
    """Return blocks as a worker reports them, with equal times of all variants."""
    request = record.request
    arms = [(cell.framework, cell.mode) for cell in record.cells]
    arms.append((record.cells[0].framework, CONTROL))
    shape = (request.launches, request.rounds, len(arms))
    launch, number, arm = (axis.ravel() for axis in np.indices(shape))
    rng = np.random.default_rng(0)
    position = rng.permuted(np.indices(shape)[2], axis=2).ravel()
    duration_ns = STEPS * STEP_NS * np.exp(rng.normal(0, 0.01, len(arm)))
    return pd.DataFrame(
        {
            "workload": "two_layer",
            "framework": np.array([framework for framework, _ in arms])[arm],
            "mode": np.array([mode for _, mode in arms])[arm],
            "device": "cpu",
            "dtype": "float32",
            "launch": launch,
            "round": number,
            "position": position,
            "steps": STEPS,
            "duration_ns": duration_ns.astype("int64"),
            "started_ns": 10**13 + np.arange(len(arm)) * 30_000_000,
            "device_ns": np.nan,
            "void": "",
            "sentinel_ns": 3e5,
        },
        columns=list(SAMPLES.columns),
    )


def analyse(folder: Path) -> dict[str, float]:
    """Analyse a run in this process; return the time of each stage and peak memory."""
    from compare.timing.tables import compute_tables  # noqa: PLC0415 - the import is timed
    from compare.workers.worker import peak_rss_bytes  # noqa: PLC0415 - the same

    start = perf_counter()
    record = read_record(folder)
    read = read_table(folder, SAMPLES)
    was_read = perf_counter()
    timing, _ = compute_tables(record, read)
    ended = perf_counter()
    assert all(row.ratio > 0 for row in timing)
    return {
        "read_s": was_read - start,
        "tables_s": ended - was_read,
        "peak_mb": peak_rss_bytes() / 1e6,
    }


def analyse_in_new_process(folder: Path) -> dict[str, float]:
    """Return the same from a new process, with the wall time of the whole process."""
    start = perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.analysis_cost", "--analyse", folder],
        capture_output=True,
        text=True,
        check=True,
    )
    return {**json.loads(done.stdout), "wall_s": perf_counter() - start}


def main() -> int:
    """Print one line per run; return 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--analyse", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.analyse:
        print(json.dumps(analyse(options.analyse)))
        return 0
    here = machine()
    print(
        f"make analysis, {datetime.now(UTC):%Y-%m-%d}, {here['processor']}, "
        f"Python {here['Python']}, pandas {here['pandas']}; "
        f"median of {options.times} processes"
    )
    print(
        f"{'run':16} {'samples':>9}  {'process':>8} {'reading':>8} {'tables':>8}  "
        f"peak memory (limits: {MAX_S:g} s, {MAX_MB} MB)"
    )
    is_exceeded = False
    with tempfile.TemporaryDirectory() as scratch:
        for name, (launches, rounds) in SHAPES.items():
            folder = Path(scratch) / name
            count = write_run(folder, launches=launches, rounds=rounds)
            every = [analyse_in_new_process(folder) for _ in range(options.times)]
            cost = {key: median(each[key] for each in every) for key in every[0]}
            stages = (f"{cost[key]:6.2f} s" for key in ("wall_s", "read_s", "tables_s"))
            memory = f"{cost['peak_mb']:.0f} MB"
            print(f"{name:16} {count:9,}  {' '.join(stages)}  {memory}", flush=True)
            is_exceeded |= cost["wall_s"] > MAX_S or cost["peak_mb"] > MAX_MB
    return int(is_exceeded)


if __name__ == "__main__":
    sys.exit(main())
