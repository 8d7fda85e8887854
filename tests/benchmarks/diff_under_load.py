"""Compare runs of the same code, one on a quiet machine and one with two other jobs.

Nothing changed between the runs of a pair, so every *slower* that ``diff`` reports is
wrong. Each pair is appended to a file; ``--summary`` reads it.

    python -m tests.benchmarks.diff_under_load FILE [--pairs N] [--summary]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

import compare
from compare import machine
from compare.history.diff import compare_runs
from compare.runs.record import utc_now
from tests.benchmarks.against_others import other_jobs
from tests.benchmarks.same_code_twice import format_share

VARIANTS = ("torch/eager", "torch/script", "tf/function")
SUITE = """
launches = 3
repeats = 2
rounds = 18

[[workload]]
name = "two_layer"
"""
THRESHOLD = 0.02  # the default of ``graph-compare diff``


def run(folder: Path, *, suite: Path) -> compare.Run:
    """Execute a run as a user does, and return it."""
    chosen = [part for variant in VARIANTS for part in ("-v", variant)]
    command = [sys.executable, "-m", "compare", "run", "--suite", str(suite), *chosen]
    subprocess.run(
        [*command, "--out", str(folder)],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return compare.load_run(folder)


def compare_pair(number: int, *, scratch: Path) -> pd.DataFrame:
    """Return the verdict on every variant between a quiet run and a busy one."""
    suite = scratch / "suite.toml"
    suite.write_text(SUITE)
    quiet = run(scratch / f"quiet-{number}", suite=suite)
    with other_jobs(2):
        busy = run(scratch / f"busy-{number}", suite=suite)
    rows = []
    for direction, pair in (
        ("quiet, busy", (quiet, busy)),
        ("busy, quiet", (busy, quiet)),
    ):
        found = compare_runs(*pair, threshold=THRESHOLD)
        rows += [
            {
                "pair": number,
                "runs": direction,
                "variant": row.after.variant,
                "change": row.judged.factor.estimate,
                "verdict": row.verdict,
                "slowdown": float(busy.timing["slowdown"].max()),
            }
            for row in found.rows
            if row.is_judged
        ]
    return pd.DataFrame(rows)


def format_summary(rows: pd.DataFrame) -> str:
    """Return how often each verdict was given, each with its 95% interval."""
    lines = [
        f"{rows['pair'].nunique()} pairs of a quiet and a busy run of the same code",
        f"slowdown of the busy runs: {rows['slowdown'].min():.1f} to "
        f"{rows['slowdown'].max():.1f} times",
        f"largest change of a ratio: {abs(rows['change'] - 1).max():.1%}",
        "",
    ]
    lines += [
        format_share(f"verdict {verdict}", rows["verdict"] == verdict)
        for verdict in ("slower", "faster", "cannot tell")
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Append pairs to a file and print their summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="CSV file that pairs are appended to")
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--summary", action="store_true", help="print the summary only")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(0 if options.summary else options.pairs):
            known = pd.DataFrame()
            if options.file.exists():
                known = pd.read_csv(options.file)
            number = int(known["pair"].max()) + 1 if len(known) else 0
            rows = compare_pair(number, scratch=Path(folder))
            pd.concat([known, rows]).to_csv(options.file, index=False)
    here = machine.machine()
    print(f"{utc_now()[:10]}; {here['processor']}, {here['processors usable']} usable;")
    print(f"two_layer, {', '.join(VARIANTS)}, float32, 1 thread\n")
    print(format_summary(pd.read_csv(options.file)), end="")


if __name__ == "__main__":
    main()
