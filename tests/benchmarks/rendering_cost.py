"""Measure how long it takes to render a run of 1,000,000 compared tensors.

Two finished runs are written, one with many workloads of a few steps and one with few
workloads of many steps. In each of them a variant disagrees and another is undecided
in part. ``graph-compare report`` renders each in a new process, whose wall time,
processor time, peak memory and page are compared with the limits. The committed sample
run shows the cost of an ordinary report. Run it with ``make rendering``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import pandas as pd

from compare.contract import LOSS
from compare.machine import machine
from compare.runs.record import Cell, RunRecord, WorkloadRequest
from compare.runs.store import store_tables
from compare.runs.tables import AGREEMENT
from compare.runs.words import Against, Check, Verdict
from tests.support.finished_runs import create_finished_run
from tests.support.stored_rows import agreement_row

SAMPLE = Path(__file__).parents[2] / "reports" / "sample"
SHAPES = {  # workloads, steps of the trajectory
    "many workloads": (90, 20),
    "many steps": (3, 880),
}
LAYERS = [
    f"layer{number}.{part}" for number in range(10) for part in ("weight", "bias")
]
PARAMETERS = [f"parameter:{layer}" for layer in LAYERS]
GRADIENTS = [f"gradient:{layer}" for layer in LAYERS]
SINGLE_STEPS = (0, 5, 10)
EPSILON = {"float64": 1.1e-16, "float32": 6e-8}
TOLERANCE_FLOORS = 40
DISAGREEING, UNDECIDED, SPREADING = "tf/xla", "torch/compile", "torch/script"
MAX_S, MAX_MB, MAX_PAGE_MB = 10.0, 500, 3.0
PEAK = """
import sys
from compare.cli.main import main
try:
    main()
finally:
    status = open("/proc/self/status").read()
    print(status.partition("VmHWM:")[2].split()[0], file=sys.stderr)
"""


def write_run(folder: Path, *, workloads: int, steps: int) -> int:
    """Write a finished run of agreement checks; return the number of its rows."""
    record = create_finished_run(
        folder,
        launches_done={},
        workloads=[
            WorkloadRequest(label=f"workload-{number}", name="cnn")
            for number in range(workloads)
        ],
        launches=0,
        trajectory_steps=steps,
    )
    frame = make_checks(record)
    store_tables(folder, record, {AGREEMENT: frame})
    return len(frame)


def make_checks(record: RunRecord) -> pd.DataFrame:
    """Return the checks of every cell in float64 and in its own dtype."""
    rng = np.random.default_rng(0)
    repeated = list_tensors(Check.DETERMINISM, [LOSS, *GRADIENTS, *PARAMETERS], [0])
    compared = pd.concat(
        [
            list_tensors(Check.STEP, [LOSS, *GRADIENTS, *PARAMETERS], SINGLE_STEPS),
            list_tensors(
                Check.TRAJECTORY,
                [LOSS, *PARAMETERS],
                range(record.request.trajectory_steps),
            ),
        ]
    )
    checks = [
        measure(compared, cell, dtype=dtype, rng=rng)
        for cell in record.cells
        for dtype in ("float64", cell.dtype)
    ]
    repetitions = [
        repeat(repeated, cell, against=against)
        for cell in record.cells
        for against in Against
        if against != Against.REFERENCE
    ]
    frame = pd.concat([*checks, *repetitions], ignore_index=True)
    return frame[list(AGREEMENT.columns)]


def list_tensors(check: Check, quantities: list[str], steps: object) -> pd.DataFrame:
    """Return one row per step and tensor."""
    index = pd.MultiIndex.from_product([steps, quantities], names=["step", "quantity"])
    return index.to_frame(index=False).assign(check=check)


def measure(
    compared: pd.DataFrame, cell: Cell, *, dtype: str, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the rows of a cell in one dtype, with errors that grow over the steps."""
    floor = EPSILON[dtype] * 1.001 ** compared["step"]
    floors = rng.lognormal(0.4, 0.5, len(compared))
    is_late = (compared["check"] == Check.TRAJECTORY) & (
        compared["step"] > compared["step"].max() // 2
    )
    if cell.variant == DISAGREEING:
        floors = floors * np.where(is_late, 1e3, 1.0)
    is_open = is_late & (cell.variant == UNDECIDED)
    wrong = np.where(floors > TOLERANCE_FLOORS, Verdict.DISAGREES, Verdict.AGREES)
    return compared.assign(
        **{
            **asdict(agreement_row(**cell.key | {"dtype": dtype})),
            "step": compared["step"],
            "quantity": compared["quantity"],
            "check": compared["check"],
            "max_abs_error": floors * floor,
            "max_rel_error": floors * floor,
            "max_ulp_error": floors,
            "floors": floors,
            "tolerance": TOLERANCE_FLOORS * floor,
            "verdict": np.where(is_open, Verdict.UNDECIDED, wrong),
            "worst_index": "3, 0",
            "expected": 0.5,
            "received": 0.5 + floors * floor,
        }
    )


def repeat(repeated: pd.DataFrame, cell: Cell, *, against: Against) -> pd.DataFrame:
    """Return the repetitions of a cell's first step; one variant is not identical."""
    spread = 1e-7 * (cell.variant == SPREADING)
    return repeated.assign(
        **{
            **asdict(agreement_row(**cell.key)),
            "quantity": repeated["quantity"],
            "check": repeated["check"],
            "against": against,
            "threads": 2 if "other threads" in against else None,
            "max_abs_error": spread,
            "max_rel_error": spread,
            "tolerance": 0.0,
            "verdict": Verdict.DISAGREES if spread else Verdict.AGREES,
        }
    )


def render(folder: Path) -> dict[str, float]:
    """Render a run in a new process; return its times and its peak memory.

    The processor time includes that of child processes. Other programs on the machine
    change it less than the wall time.
    """
    before, start = os.times(), perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", PEAK, "report", folder],
        capture_output=True,
        text=True,
        check=True,
    )
    after = os.times()
    return {
        "wall_s": perf_counter() - start,
        "processor_s": after.children_user
        + after.children_system
        - before.children_user
        - before.children_system,
        "peak_mb": int(done.stderr.split()[-1]) * 1024 / 1e6,
        "page_mb": (folder / "index.html").stat().st_size / 1e6,
        "text_mb": (folder / "report.md").stat().st_size / 1e6,
    }


def main() -> int:
    """Print one line per run; return 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    here = machine()
    print(
        f"make rendering, {datetime.now(UTC):%Y-%m-%d}, {here['processor']}, "
        f"Python {here['Python']}, pandas {here['pandas']}; "
        f"median of {options.times} processes"
    )
    print(
        f"{'run':16} {'rows':>9}  {'process':>8} {'processor':>9} {'memory':>7} "
        f"{'page':>8} {'Markdown':>8}  "
        f"(limits: {MAX_S:g} s, {MAX_MB} MB, page {MAX_PAGE_MB:g} MB)"
    )
    is_exceeded = False
    with tempfile.TemporaryDirectory() as scratch:
        sample = Path(scratch) / "sample"
        shutil.copytree(SAMPLE, sample)
        runs = {"sample run": (sample, len(pd.read_csv(sample / AGREEMENT.file)))}
        for name, (workloads, steps) in SHAPES.items():
            folder = Path(scratch) / name
            runs[name] = folder, write_run(folder, workloads=workloads, steps=steps)
        for name, (folder, count) in runs.items():
            every = [render(folder) for _ in range(options.times)]
            cost = {key: median(each[key] for each in every) for key in every[0]}
            print(
                f"{name:16} {count:9,}  {cost['wall_s']:6.2f} s "
                f"{cost['processor_s']:7.2f} s {cost['peak_mb']:4.0f} MB "
                f"{cost['page_mb']:5.2f} MB {cost['text_mb']:5.2f} MB",
                flush=True,
            )
            is_exceeded |= (
                cost["wall_s"] > MAX_S
                or cost["peak_mb"] > MAX_MB
                or cost["page_mb"] > MAX_PAGE_MB
            )
    return int(is_exceeded)


if __name__ == "__main__":
    sys.exit(main())
