"""Count the planted graph breaks that are fixed, and check their order by price.

Two figures:

- *planted*: each planted break is checked with ``--fix --not-timed``. It counts if a
  fix works: fewer breaks are left, and the results agree.
- *order*: models with four or five breaks of different prices. The reported order, by
  the gain of each mechanical fix, is compared with removing one break at a time by
  hand, timed in other processes (Kendall's tau).

    python -m tests.benchmarks.break_fixes planted|order [NAME ...]
"""

from __future__ import annotations

import argparse
import ast
import sys
import tempfile
from dataclasses import dataclass
from math import nan
from pathlib import Path
from unittest.mock import patch

import msgspec
import pandas as pd
from scipy.stats import kendalltau

from compare import api
from compare.errors import CompareError
from compare.pipeline.contenders import Contender
from compare.pipeline.fixes import stage
from compare.pipeline.fixes.pricing import ORIGINAL, measure_ratios
from compare.pipeline.fixes.stage import fix_breaks
from compare.runs.words import FixOutcome

SUPPORT = Path(__file__).parents[1] / "support"
PLANTED = SUPPORT / "planted_breaks"
MODELS = SUPPORT / "models_with_breaks"
MODES = {"torch": "torch/compile", "tf": "tf/function"}
MARK = "# break: "
ORDERED = {
    "torch-chains": ("torch_chains.py", "Chains"),
    "torch-branches": ("torch_chains.py", "Branches"),
    "tf-chains": ("tf_chains.py", "Chains"),
    "tf-inline": ("tf_chains.py", "Inline"),
}
INPUTS = "float32:64x64"
ENOUGH_FIXED, LEAST_TAU = 30, 0.8


@dataclass(frozen=True)
class PlantedBreak:
    """A file with one planted break."""

    name: str
    framework: str
    file: Path

    @property
    def model(self) -> str:
        """The last class or function of the file, which gives the model."""
        tree = ast.parse(self.file.read_text("utf-8"))
        defined = (ast.ClassDef, ast.FunctionDef)
        names = [node.name for node in tree.body if isinstance(node, defined)]
        return "Net" if "Net" in names else names[-1]


def list_planted() -> list[PlantedBreak]:
    """Return every planted break."""
    return [
        PlantedBreak(f"{framework}/{file.stem}", framework, file)
        for framework in MODES
        for file in sorted((PLANTED / framework).glob("[!_]*.py"))
    ]


def try_planted(planted: PlantedBreak) -> dict[str, object]:
    """Return whether a planted break was found and fixed."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            result = api.check(
                f"{planted.framework}={planted.file}:{planted.model}",
                variants=(MODES[planted.framework],),
                fix=True,
                timed=False,
                out=Path(folder) / "run",
                progress=False,
            )
        except CompareError as error:
            return {"name": planted.name, "outcome": "not checked", "why": str(error)}
        fixes = result.run.record.fixes
    working = [each for each in fixes if each.outcome is FixOutcome.WORKS]
    if not fixes:
        return {"name": planted.name, "outcome": "no break found", "why": ""}
    best = (working or fixes)[0]
    return {
        "name": planted.name,
        "outcome": str(best.outcome),
        "line": best.line,
        "rule": "; ".join(best.rules) or best.other_mode,
        "why": best.explanation,
    }


def find_marked_lines(file: Path) -> dict[int, str]:
    """Return line -> name of the break that a comment marks."""
    lines = enumerate(file.read_text("utf-8").splitlines(), start=1)
    return {n: line.partition(MARK)[2].strip() for n, line in lines if MARK in line}


def compare_orders(name: str) -> pd.DataFrame:
    """Return the ratio of each break by its mechanical fix, and removed by hand."""
    file, model = MODELS / ORDERED[name][0], ORDERED[name][1]
    framework = name.partition("-")[0]
    marked = find_marked_lines(file)
    by_hand = {}

    def fix_and_remove(context) -> None:
        fix_breaks(context)
        names = [marked[each.line] for each in context.record.fixes]
        (cell,) = [c for c in context.record.cells if c.variant == MODES[framework]]
        staged = context.staged[cell.workload]
        contenders = [
            Contender(name=ORIGINAL, cell=cell, workload=staged, context=context)
        ]
        for each in names:
            config = msgspec.json.decode(msgspec.json.encode(staged.config))
            config["sources"][framework]["arguments"] = {"fixed": each}
            changed = msgspec.structs.replace(staged, config=config)
            contenders.append(
                Contender(name=each, cell=cell, workload=changed, context=context)
            )
        by_hand.update(measure_ratios(contenders))

    with (
        tempfile.TemporaryDirectory() as folder,
        patch.object(stage, "fix_breaks", fix_and_remove),
    ):
        result = api.check(
            f"{framework}={file}:{model}",
            inputs=INPUTS,
            variants=(MODES[framework],),
            fix=True,
            out=Path(folder) / "run",
            progress=False,
        )
    return pd.DataFrame(
        {
            "model": name,
            "break": marked[each.line],
            "outcome": str(each.outcome),
            "ratio": each.ratio,
            "ratio_low": each.ratio_low,
            "ratio_high": each.ratio_high,
            "ratio_by_hand": removed.estimate if removed else nan,
            "by_hand_low": removed.low if removed else nan,
            "by_hand_high": removed.high if removed else nan,
        }
        for each in result.run.record.fixes
        for removed in [by_hand.get(marked[each.line])]
    )


def order_agreement(frame: pd.DataFrame) -> float:
    """Return Kendall's tau of two orders by price; a missing price has no gain."""
    by_hand = frame["ratio_by_hand"]  # without one, the order cannot be judged
    return float(kendalltau(frame["ratio"].fillna(1.0), by_hand)[0])


def main() -> int:
    """Print one figure; return 1 if it is not reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figure", choices=["planted", "order"])
    parser.add_argument("names", nargs="*", help="of breaks or models; all by default")
    parser.add_argument("--csv", type=Path, help="file for the rows")
    given = parser.parse_args()
    if given.figure == "planted":
        chosen = [p for p in list_planted() if not given.names or p.name in given.names]
        frame = pd.DataFrame(map(try_planted, chosen))
        fixed = int((frame["outcome"] == FixOutcome.WORKS).sum())
        print(frame.to_string())
        print(f"{fixed} of {len(frame)} planted breaks are fixed mechanically.")
        reached = fixed >= min(ENOUGH_FIXED, len(frame))
    else:
        frames = []
        for name in given.names or ORDERED:
            frames.append(compare_orders(name))
            print(frames[-1].to_string(index=False), flush=True)
        frame = pd.concat(frames)
        print(frame.to_string(index=False))
        taus = {each["model"].iloc[0]: order_agreement(each) for each in frames}
        for name, tau in taus.items():
            print(f"{name}: Kendall's tau {tau:.2f}")
        reached = min(taus.values()) >= LEAST_TAU
    if given.csv:
        frame.to_csv(given.csv, index=False)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
