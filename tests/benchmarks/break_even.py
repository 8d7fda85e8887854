"""Does the predicted break-even lie in its interval? Run it again and again.

``python -m tests.benchmarks.break_even [FILE.csv]``. Every run predicts after how many
steps a variant has cost less than the baseline, with an interval. The interval should
contain the median prediction of the other runs. Takes six minutes, during which the
machine must do nothing else.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pandas as pd

import compare
from compare.machine import processor_name
from compare.runs.record import CONTROL

RUNS = 6
VARIANTS = ("torch/eager", "torch/script", "torch/trace", "tf/function", "tf/xla")
COLUMNS = ["break_even_steps", "break_even_low", "break_even_high"]


def measure(number: int, folder: Path) -> pd.DataFrame:
    """Return the predictions of one run."""
    run = compare.run(
        "two_layer", variants=VARIANTS, out=folder / str(number), progress=False
    )
    is_predicted = run.timing["break_even_steps"].notna()
    timing = run.timing[is_predicted & (run.timing["mode"] != CONTROL)]
    variant = timing["framework"] + "/" + timing["mode"]
    return timing[COLUMNS].assign(run=number, variant=variant)


def add_others(predicted: pd.DataFrame) -> pd.DataFrame:
    """Add the median prediction of the other runs, and whether the interval has it."""
    rows = []
    for _, row in predicted.iterrows():
        same = predicted["variant"] == row["variant"]
        others = predicted[same & (predicted["run"] != row["run"])]
        median = others["break_even_steps"].median()
        held = row["break_even_low"] <= median <= row["break_even_high"]
        rows.append({**row, "others": median, "held": bool(held)})
    return pd.DataFrame(rows)


def main() -> None:
    """Measure, write the table, and print how many intervals held."""
    with tempfile.TemporaryDirectory() as folder:
        found = [measure(number, Path(folder)) for number in range(RUNS)]
    table = add_others(pd.concat(found, ignore_index=True))
    if len(sys.argv) > 1:
        table.to_csv(sys.argv[1], index=False)
    print(table.to_string(index=False))
    print(
        f"{table['held'].sum()} of {len(table)} intervals contain the median of the "
        f"other runs ({processor_name()})"
    )


if __name__ == "__main__":
    main()
