"""Measure a run on one and on two machines of a cluster, and kill workers in runs.

Two Dask workers run in network namespaces of their own, each with a host name and one
core of this machine. Needs root and iproute2.

    python -m tests.benchmarks.cluster_speed speed reports/cluster_speed.csv
    python -m tests.benchmarks.cluster_speed kills reports/cluster_kills.csv
    python -m tests.benchmarks.cluster_speed summary FOLDER

`speed` runs the same 8 workloads of PyTorch with one worker and with two. `kills` runs
4 small workloads and kills one of two workers at a random moment; then it compares the
keys of all rows with those of an undisturbed run.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

import pandas as pd

import compare
from compare.machine import machine
from compare.runs.record import utc_now
from compare.runs.tables import KEY
from tests.support.namespaces import NamespaceCluster, explain_missing, open_cluster
from tests.support.resuming import python_path

SETTINGS = """launches = {launches}
repeats = 0
rounds = {rounds}
block_ms = {block_ms}
trajectory_steps = 2
"""
WORKLOAD = """
[[workload]]
label = "w{number}"
name = "two_layer"
batch = {batch}
inputs = 30
hidden = 12
outputs = 4
learning_rate = 1e-4
"""
SPEED_WORKLOADS, KILL_WORKLOADS = 8, 4
SPEED = ["-v", "torch/eager", "-v", "torch/script"]
KILLS = ["-v", "numpy/eager", "-v", "numpy/again"]
ASKED = 1.9
# What identifies a row. Rows with equal keys are there twice.
KEYS = {
    "agreement": [*KEY, "inputs", "check", "step", "quantity", "against", "threads"],
    "samples": [*KEY, "launch", "round"],
    "timing": [*KEY],
    "cells": [*KEY],
}
RunKeys = dict[str, Counter[tuple[str, ...]]]


def write_suite(path: Path, *, workloads: int, **settings: float) -> Path:
    """Write a suite with workloads of about the same duration."""
    parts = [WORKLOAD.format(number=n + 1, batch=64 + n) for n in range(workloads)]
    path.write_text(SETTINGS.format(**settings) + "".join(parts))
    return path


def start_run(
    cluster: NamespaceCluster, *, suite: Path, folder: Path, variants: list[str]
) -> subprocess.Popen[str]:
    """Start a run on the cluster, from nothing: without results of earlier runs."""
    command = [sys.executable, "-m", "compare", "run", "--suite", str(suite), "--fresh"]
    return subprocess.Popen(
        [*command, *variants, "--cluster", cluster.address, "--out", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=cluster.environment,
    )


def measure_speed(
    cluster: NamespaceCluster, *, base: Path, workers: int, launches: int
) -> dict[str, object]:
    """Return the wall time of a run with this many workers, and what ran where."""
    suite = write_suite(
        base / "speed.toml",
        workloads=SPEED_WORKLOADS,
        launches=launches,
        rounds=24,
        block_ms=20,
    )
    cluster.use_workers(workers)
    folder = base / f"speed-{time.monotonic_ns()}"
    began = time.monotonic()
    run = start_run(cluster, suite=suite, folder=folder, variants=SPEED)
    printed, _ = run.communicate()
    seconds = time.monotonic() - began
    if run.returncode not in {0, 1}:
        raise RuntimeError(printed)
    record = compare.load_run(folder).record
    machines = Counter(cell.machine for cell in record.cells)
    return {
        "workers": workers,
        "seconds": round(seconds, 1),
        "in_workloads": round(
            sum(each.seconds for each in record.phases if each.name == "workloads"), 1
        ),
        "machines": "; ".join(f"{n} {c}" for n, c in sorted(machines.items())),
    }


def read_run_keys(folder: Path) -> RunKeys:
    """Return how often each key of a table of a run occurs."""
    run = compare.load_run(folder)
    return {
        name: Counter(
            getattr(run, name)[columns].astype(str).itertuples(index=False, name=None)
        )
        for name, columns in KEYS.items()
    }


def find_faults(folder: Path, *, expected: RunKeys, code: int) -> list[str]:
    """Return what is wrong with a run during which a worker was killed."""
    if code not in {0, 1}:
        return [f"exit code {code}"]
    found = read_run_keys(folder)
    faults = [
        f"{name}: {kind} {rows.most_common(1)}"
        for name, keys in expected.items()
        for kind, rows in (
            ("missing", keys - found[name]),
            ("extra or twice", found[name] - keys),
        )
        if rows
    ]
    record = compare.load_run(folder).record
    failed = [cell.reason for cell in record.cells if cell.status != "ok"]
    faults += [] if record.finished else ["not finished"]
    return [*faults, *failed]


def kill_once(
    cluster: NamespaceCluster, *, base: Path, number: int, longest_s: float
) -> tuple[dict[str, object], Path, int]:
    """Kill one of two workers at a random moment of a run; wait for its end."""
    random = Random(number)  # noqa: S311 - repeatable
    after_s, victim = random.uniform(0, longest_s), random.randrange(2)
    cluster.use_workers(2)
    folder = base / f"killed-{number}"
    run = start_run(cluster, suite=base / "kills.toml", folder=folder, variants=KILLS)
    is_killed = False
    try:
        printed, _ = run.communicate(timeout=after_s)
    except subprocess.TimeoutExpired:
        is_killed = True
        cluster.kill_worker(victim)
        printed, _ = run.communicate()
    row = {
        "trial": number,
        "killed": is_killed,
        "after_s": round(after_s, 2),
        "victim": f"machine-{victim + 1}",
        "lost_workloads": printed.count("was lost; it runs again"),
    }
    return row, folder, run.returncode


def measure_kills(
    cluster: NamespaceCluster, *, base: Path, count: int, file: Path
) -> None:
    """Kill a worker in this many runs, and write a row for each."""
    write_suite(
        base / "kills.toml",
        workloads=KILL_WORKLOADS,
        launches=2,
        rounds=2,
        block_ms=0.2,
    )
    cluster.use_workers(2)
    began = time.monotonic()
    undisturbed = base / "undisturbed"
    suite = base / "kills.toml"
    run = start_run(cluster, suite=suite, folder=undisturbed, variants=KILLS)
    printed, _ = run.communicate()
    longest_s = time.monotonic() - began
    if run.returncode not in {0, 1}:
        raise RuntimeError(printed)
    expected = read_run_keys(undisturbed)
    rows: list[dict[str, object]] = []
    for number in range(3 * count):
        if sum(row["killed"] is True for row in rows) == count:
            break
        row, folder, code = kill_once(
            cluster, base=base, number=number, longest_s=longest_s
        )
        faults = find_faults(folder, expected=expected, code=code)
        rows.append({**row, "faults": " | ".join(faults)})
        print(rows[-1], flush=True)
        pd.DataFrame(rows).to_csv(file, index=False)


def format_summary(folder: Path) -> str:
    """Return the figures of the files that a folder has."""
    lines = [f"{utc_now()[:10]}; {machine()['processor']}; one core for each worker\n"]
    if (speed := folder / "cluster_speed.csv").exists():
        seconds = pd.read_csv(speed).groupby("workers")["seconds"].median()
        ratio = seconds[1] / seconds[2]
        lines += [
            f"{SPEED_WORKLOADS} workloads, wall time of the command, median:",
            *(f"  {n} worker(s)   {value:.1f} s" for n, value in seconds.items()),
            f"  {ratio:.2f} times as fast (at least {ASKED} asked)\n",
        ]
    if (kills := folder / "cluster_kills.csv").exists():
        rows = pd.read_csv(kills, keep_default_na=False)
        rows = rows[rows["killed"]]  # the other runs ended before
        whole, again = rows["faults"] == "", rows["lost_workloads"] > 0
        lines += [
            f"{len(rows)} runs with a worker killed at a random moment:",
            f"  complete, no row twice or missing   {whole.sum()}",
            f"  lost a workload and ran it again    {again.sum()}",
        ]
    return "\n".join(lines)


def main() -> int:
    """Measure, or print the summary of what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("speed", "kills", "summary"))
    parser.add_argument("path", type=Path, help="CSV file, or the folder of both files")
    parser.add_argument("--launches", type=int, default=4, help="of each workload")
    parser.add_argument("--repeats", type=int, default=1, help="of the speed")
    parser.add_argument("--count", type=int, default=20, help="of killed workers")
    options = parser.parse_args()
    if options.what == "summary":
        print(format_summary(options.path))
        return 0
    if reason := explain_missing():
        print(f"not run: {reason}")
        return 1
    with tempfile.TemporaryDirectory() as temporary:
        base = Path(temporary)
        environment = {
            **os.environ,
            "PYTHONPATH": python_path(),
            "XDG_CACHE_HOME": str(base / "cache"),
        }
        with open_cluster(2, log=base / "log", environment=environment) as cluster:
            if options.what == "kills":
                measure_kills(
                    cluster, base=base, count=options.count, file=options.path
                )
                return 0
            rows = []
            for workers in [1, 2] * options.repeats:
                rows.append(
                    measure_speed(
                        cluster, base=base, workers=workers, launches=options.launches
                    )
                )
                print(rows[-1], flush=True)
                pd.DataFrame(rows).to_csv(options.path, index=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
