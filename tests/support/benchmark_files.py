"""Pytest-benchmark files for tests, and runs with samples to export."""

from __future__ import annotations

import os
import subprocess
import sys
from math import nan
from pathlib import Path

import numpy as np

from compare.pytest_benchmark.reading import read_benchmarks
from compare.pytest_benchmark.table import write_folder
from compare.report.benchmarks import write_benchmark_report
from compare.runs.rows import SampleRow
from compare.runs.store import store_rows
from compare.runs.tables import SAMPLES

VARIANTS = ("torch/eager", "torch/compile", "tf/function")
# Without the variables of pytest-xdist, which would make pytest act as its worker.
OWN_ENVIRONMENT = {
    name: value for name, value in os.environ.items() if "XDIST" not in name
}


def benchmark(variant, **extra):
    """Return an element of ``benchmarks`` as ``make bench`` writes it."""
    facts = {"workload": "cnn", "variant": variant, "device": "cpu"}
    facts |= {"dtype": "float32", "captures": "none", "agreement": "agrees"}
    stats = {"min": 1e-3, "max": 3e-3, "mean": 2e-3, "median": 2e-3, "stddev": 1e-3}
    stats |= {"rounds": 3, "iterations": 1, "data": [1e-3, 3e-3, 2e-3]}
    name = f"test_training_step[{variant}]"
    return {"name": name, "extra_info": facts | extra, "stats": stats}


def report_file(path, folder, **options):
    """Read a file, write its folder and return what was read."""
    file = read_benchmarks(path, **options)
    write_folder(folder, file)
    write_benchmark_report(file, folder=folder)
    return file


def write_timed_run(made, folder, *, rounds=4, seed=0):
    """Write a synthetic run with samples."""
    random = np.random.default_rng(seed)
    made.write(folder)
    rows = [
        SampleRow(
            **cell.key,
            launch=launch,
            round=number,
            position=0,
            steps=10,
            duration_ns=int(random.integers(1, 10**9)),
            started_ns=0,
            device_ns=nan,
            void="",
        )
        for cell in made.record.cells
        if cell.status == "ok"
        for launch in range(2)
        for number in range(rounds)
    ]
    store_rows(folder, made.record, {SAMPLES: rows})
    return folder


def compare_with_their_tool(path: Path) -> str:
    """Return what ``pytest-benchmark compare`` prints about a file."""
    tool = Path(sys.executable).with_name("pytest-benchmark")
    done = subprocess.run(
        [tool, "compare", path, "--columns=median,rounds,iterations", "--time-unit=ns"],
        cwd=path.parent,
        capture_output=True,
        text=True,
        check=True,
        env={"COLUMNS": "200", "PATH": ""},
    )
    return done.stdout + done.stderr
