"""Compare thousands of pairs with `assert_agrees` and with fixed tolerances.

``python -m tests.benchmarks.assertions reports/assertions.csv`` appends a row per pair
and prints the counts; a row that exists is not computed again.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
import warnings
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import jax
import tensorflow as tf
import torch

from compare.errors import CompareError
from compare.runs.words import Verdict
from compare.testing import compare_functions
from compare.testing.calls import read_calls
from compare.testing.evaluating import Role, evaluate_calls
from compare.testing.sides import find_side
from tests.benchmarks.assertions.other_rules import RULES, judge_by_rules
from tests.benchmarks.assertions.pairs import (
    Pair,
    build_quirk_pair,
    draw_program,
    list_quirk_pairs,
)
from tests.benchmarks.assertions.targets import build_target_pair, list_target_pairs

COLUMNS = ("pair", "kind", "correct", "verdict", *RULES, "seconds", "detail")


def judge_pair(pair):
    """Return the row of a pair."""
    started = time.perf_counter()
    verdict = str(compare_functions(pair.a, pair.b, pair.inputs).verdict)
    seconds = time.perf_counter() - started
    calls = read_calls(pair.inputs)
    found = [
        evaluate_calls(find_side(f, name="a", calls=calls), calls, dtype=None)
        for f in (pair.a, pair.b)
    ]
    outputs = [
        [leaf.array for q, leaf in each.leaves.items() if q.role is Role.OUTPUT]
        for each in found
    ]
    others = judge_by_rules(*outputs)
    return {
        "pair": pair.name,
        "kind": pair.kind,
        "correct": pair.is_correct,
        "verdict": verdict,
        **{name: "accepted" if ok else "rejected" for name, ok in others.items()},
        "seconds": f"{seconds:.3f}",
        "detail": pair.detail,
    }


def judge_quirk(names):
    """Return the row of a quirk's pair: it disagrees if it does in either dtype."""
    rows = []
    for dtype in ("float64", "float32"):
        with jax.enable_x64(new_val=True):  # as its worker does
            pair = build_quirk_pair(*names, dtype=dtype)
            rows.append(judge_pair(pair))
    return _combine(pair, rows)


def judge_target(framework, defect):
    """Return the row of a user's model with a defect in one mode."""
    rows = []
    for dtype in ("float64", "float32"):
        with build_target_pair(framework, defect, dtype=dtype) as (a, b, calls):
            pair = Pair(
                name=f"target {framework} {defect.name}",
                kind="target",
                is_correct=False,
                a=a,
                b=b,
                inputs=calls,
                detail=f"{defect.mode}; {dtype}",
            )
            try:
                rows.append(judge_pair(pair))
            except CompareError as error:  # a trace refuses another size
                rows.append({"verdict": Verdict.DISAGREES, "detail": str(error)})
    return _combine(pair, rows)


def _combine(pair, rows):
    """Return one row: a defect is found if it is in either dtype."""
    wrong = [r for r in rows if r["verdict"] == Verdict.DISAGREES]
    seconds = sum(float(r.get("seconds", 0)) for r in rows)
    # The other rules are applied to what a user runs, in float32.
    return {
        "pair": pair.name,
        "kind": pair.kind,
        "correct": pair.is_correct,
        **rows[1],
        "verdict": (wrong or rows)[0]["verdict"],
        "seconds": f"{seconds:.3f}",
    }


def list_work(options):
    """Yield the name and the function that makes the row of each pair."""
    programs, mistaken = options.programs, options.mistaken
    for framework, defect in list_target_pairs():
        name = f"target {framework} {defect.name}"
        yield name, lambda f=framework, d=defect: judge_target(f, d)
    for names in () if options.no_quirks else list_quirk_pairs():
        quirk, one, other, a, b = names
        yield f"{quirk} {one}.{a} {other}.{b}", lambda n=names: judge_quirk(n)
    for number in range(max(programs, mistaken)):
        if number < programs:
            yield (
                f"program {number} correct",
                lambda n=number: judge_pair(draw_program(n, is_correct=True)),
            )
        if number < mistaken:
            yield f"program {number} mistaken", lambda n=number: judge_mistake(n)


def judge_mistake(number):
    """Return the row of a program with a mistake; *invisible* if it changes nothing."""
    pair = draw_program(number, is_correct=False)
    if pair is None:
        name = f"program {number} mistaken"
        return {
            "pair": name,
            "kind": "program",
            "correct": False,
            "verdict": "invisible",
        }
    return judge_pair(pair)


def read_rows(path):
    """Return the rows of a file, by pair."""
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        return {row["pair"]: row for row in csv.DictReader(file)}


def summarize(rows):
    """Yield the counts as lines of text."""
    for kind in ("target", "quirk", "program"):
        own = [r for r in rows if r["kind"] == kind and r["verdict"] != "invisible"]
        correct = [r for r in own if r["correct"] == "True"]
        wrong = [r for r in own if r["correct"] == "False"]
        alarms = [r for r in correct if r["verdict"] != Verdict.AGREES]
        missed = [r for r in wrong if r["verdict"] != Verdict.DISAGREES]
        yield (
            f"{kind}: {len(wrong) - len(missed)} of {len(wrong)} mistakes found, "
            f"{len(alarms)} alarms in {len(correct)} correct pairs"
        )
        # Sessions return their loss in other dtypes, which some rules refuse.
        for name in () if kind == "quirk" else RULES:
            alarms_other = sum(r[name] == "rejected" for r in correct)
            missed_other = sum(r[name] == "accepted" for r in wrong)
            yield f"  {name}: {missed_other} missed, {alarms_other} alarms"
        for row in [*alarms, *missed][:20]:
            yield f"  {row['pair']}: {row['verdict']} ({row['detail']})"


def main():
    """Compare the pairs that have no row yet, and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--no-quirks", action="store_true")
    parser.add_argument("--programs", type=int, default=10_000)
    parser.add_argument("--mistaken", type=int, default=1_000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    tf.config.threading.set_intra_op_parallelism_threads(1)
    warnings.simplefilter("ignore")
    known = read_rows(options.file)
    is_new = not options.file.exists()
    with options.file.open("a", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        if is_new:
            writer.writeheader()
        for name, judge in list_work(options):
            if name in known:
                continue
            try:
                row = judge()
            except CompareError as error:
                row = {"pair": name, "verdict": "refused", "detail": str(error)}
            writer.writerow(row)
            file.flush()
    print("\n".join(summarize(read_rows(options.file).values())))


if __name__ == "__main__":
    main()
