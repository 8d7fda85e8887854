"""Measure how well two installations of a framework are distinguished.

A trial is one ``graph-compare run`` within a time budget, with three installations: the
one of this process, another interpreter with the same packages, and a third one whose
steps take 2% longer. A difference of the second is a false positive, none of the third
a miss. Each trial is appended to a file; ``--summary`` reads it.

    python -m tests.benchmarks.installations_twice FILE [--trials N] [--budget TIME]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import pandas as pd

import compare
from compare.machine import machine
from compare.runs.record import CONTROL, utc_now
from tests.benchmarks.same_code_twice import format_share
from tests.support.other_interpreter import make_interpreter

PLANTED = 1.02
# An operation that a step calls once waits for a share of the time since its last call.
# Pauses between blocks are left out.
SLOWER = f"""
import sys
from importlib.abc import MetaPathFinder
from time import perf_counter

LONGEST_STEP_S = 0.01


def slow(operation):
    last = [perf_counter()]

    def slower(*arguments):
        now = perf_counter()
        step_s, last[0] = now - last[0], now
        if step_s < LONGEST_STEP_S:
            end = now + step_s * {1 - 1 / PLANTED}
            while perf_counter() < end:
                pass
        return operation(*arguments)

    return slower


class Defect(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "impl_torch.session":
            import torch

            torch.relu = slow(torch.relu)


sys.meta_path.insert(0, Defect())
"""


def measure_trial(folder: Path, *, number: int, budget: str) -> pd.DataFrame:
    """Return the timing of one run, without its baseline."""
    run = compare.run(
        "two_layer",
        variants=["torch/eager"],
        pythons=[f"torch@{each}={folder / each / 'bin/python'}" for each in NAMES],
        budget=budget,
        seed=number,
        out=folder / f"run-{number}",
        progress=False,
    )
    variants = run.timing["framework"] + "/" + run.timing["mode"]
    rows = run.timing[variants != run.record.baseline]
    spent_s = sum(phase.seconds for phase in run.record.phases)
    return rows.assign(
        trial=number,
        run_s=spent_s,
        load=run.record.environment["load average at start"],
    )


NAMES = ("same", "slower")
KEPT = ["trial", "framework", "mode", "ratio", "ratio_low", "ratio_high"]
KEPT += ["verdict", "launches", "is_disturbed", "run_s", "load"]


def format_summary(rows: pd.DataFrame) -> str:
    """Return false positives, misses and the duration of a run."""
    excludes = (rows["ratio_low"] > 1) | (rows["ratio_high"] < 1)
    is_same = (rows["framework"] == "torch@same") | (rows["mode"] == CONTROL)
    slower = rows["framework"] == "torch@slower"
    wrong = rows["verdict"].isin(["faster", "slower"])
    same, planted = rows[is_same], rows[slower]
    lines = [
        format_share("same packages: interval excludes 1", excludes[is_same]),
        format_share("same packages: verdict faster or slower", wrong[is_same]),
        format_share("+2%: interval above 1", planted["ratio_low"] > 1),
        format_share("+2%: verdict slower", planted["verdict"] == "slower"),
        format_share("marked as disturbed", rows["is_disturbed"]),
        f"{'+2%: median ratio':<58} {planted['ratio'].median():.3f}",
        f"{'same packages: median ratio':<58} {same['ratio'].median():.3f}",
        f"{'median duration of a run':<58} {rows['run_s'].median():.0f} s",
    ]
    return "\n".join(lines)


def main() -> None:
    """Append trials to a file and print their summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="CSV file that trials are appended to")
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--budget", default="90s", metavar="TIME")
    parser.add_argument("--summary", action="store_true", help="print the summary only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make_interpreter(folder / "same", "torch")
        make_interpreter(folder / "slower", "torch", startup=SLOWER)
        for _ in range(0 if options.summary else options.trials):
            file = options.file
            known = pd.read_csv(file) if file.exists() else pd.DataFrame()
            number = int(known["trial"].max()) + 1 if len(known) else 0
            rows = measure_trial(folder, number=number, budget=options.budget)
            pd.concat([known, rows[KEPT]]).to_csv(file, index=False)
            print(rows[KEPT].to_string(), flush=True)
    here = machine()
    usable = here["processors usable"]
    print(f"{utc_now()[:10]}; {here['processor']}, {usable} usable;")
    print("two_layer torch/eager, float32, 1 thread\n")
    print(format_summary(pd.read_csv(options.file)))


if __name__ == "__main__":
    main()
