"""Kill a small run at random moments, and resume it each time.

``python -m tests.faults.kills`` kills 100 runs. After each: the workers end, finished
results are kept, and ``--resume`` completes the run without duplicate rows.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from tests.faults.small_run import WORKLOADS, SmallRun, preload, wait_for_workers

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    Keys = dict[str, Counter[tuple[str, ...]]]


def measure_duration_s(base: Path, *, workload: str) -> float:
    """Return the wall time of an undisturbed run."""
    run = SmallRun(base=base, workload=workload)
    run.create()
    began = time.monotonic()
    run.execute()
    return time.monotonic() - began


def kill_and_resume(run: SmallRun, *, after_s: float, expected: Keys) -> None:
    """Kill a new run after some time, resume it, and store findings in it."""
    run.create()
    process = run.start()
    time.sleep(after_s)
    os.kill(process, signal.SIGKILL)
    run.wait(process)
    workers = wait_for_workers(str(run.temporary))
    run.require(not workers, f"workers outlived the run: {workers}")
    before = run.stored_rows() if run.is_resumable else {}
    resumed = run.execute()
    run.check_message(resumed)
    run.check_nothing_is_left()
    run.require(resumed.code == 0, f"resume: exit code {resumed.code}")
    if run.is_resumable:
        run.check_kept(before)
        run.check_complete(expected)
    if run.findings:
        run.findings.append(f"  printed: {resumed.err[-600:]}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill runs at random moments; return the number of those with findings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="the number of runs")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--workload", choices=WORKLOADS, default="two_layer")
    chosen = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="kills-"))
    try:
        return kill_runs(
            chosen.count,
            seed=chosen.seed,
            base=folder / "small",
            workload=chosen.workload,
        )
    finally:
        shutil.rmtree(folder)


def kill_runs(count: int, *, seed: int, base: Path, workload: str) -> int:
    """Kill this many runs; print each finding and a summary."""
    expected = preload(base, cores=os.sched_getaffinity(0), workload=workload)
    duration_s = measure_duration_s(base, workload=workload)
    random, bad = Random(seed), 0  # noqa: S311 - repeatable
    for number in range(count):
        after_s = random.uniform(0, duration_s)
        run = SmallRun(base=base, workload=workload)
        kill_and_resume(run, after_s=after_s, expected=expected)
        for finding in run.findings:
            print(f"run {number}, killed after {after_s:.2f} s: {finding}", flush=True)
        bad += bool(run.findings)
    print(f"{count} runs killed within {duration_s:.1f} s: {bad} with findings")
    return bad


if __name__ == "__main__":
    sys.exit(min(1, main()))
