"""Compare simulated rounding in a framework with the rule of the NumPy references.

A user's own model has no reference: its tolerances come from steps in which `rounded`
moves the result of every operation. The built-in workloads have both. Each row is one
tensor after one step: its tolerance by either rule, and their ratio.

Where rounding changes the sign of a ReLU's input, a tolerance is as large as a whole
element. Whether a trial meets such a change is chance, so the ratios mean nothing where
only one of the rules met it. The column `loose` marks the steps in which the reference
met one; its step 8 starts from a state where it did not.

    python -m tests.benchmarks.rounding_rule torch|tf
"""

from __future__ import annotations

import argparse
import tempfile
from importlib import import_module
from itertools import islice
from pathlib import Path
from time import process_time

import numpy as np
import pandas as pd

from compare import workloads
from compare.contract import TensorKind, tensor_kind
from compare.frameworks import frameworks
from compare.numerics.arrays import load_arrays
from compare.numerics.dtypes import UNDERFLOW, UNIT_ROUNDOFF
from compare.numerics.tolerance import TRIALS, compute_tolerance
from compare.reference.evaluation import as_float64
from compare.reference.expectation import LOOSE, Expected, expectations
from compare.runs.words import Check

DTYPE = "float32"
FACTOR = 3  # the largest accepted ratio of two tolerances, in either direction
STATES = (0, 8)
WORKLOADS = {
    "two_layer": {},
    "cnn": {"data": "synthetic", "image_size": 16, "batch": 32},
    "mlp": {},
    "stack": {},
}
COMPARED = {TensorKind.LOSS, TensorKind.GRADIENT, TensorKind.PARAMETER}


def compare_rules(framework: str) -> pd.DataFrame:
    """Return one row per workload, step and tensor."""
    rows = []
    for name, config in WORKLOADS.items():
        with tempfile.TemporaryDirectory() as folder:
            rows += compare_on(framework, name, config, folder=Path(folder))
    frame = pd.DataFrame(rows)
    return frame.assign(ratio=frame.simulated / frame.reference)


def is_outside(frame: pd.DataFrame) -> pd.Series:
    """Return which tensors have tolerances that differ by more than the factor."""
    return (frame.ratio > FACTOR) | (frame.ratio < 1 / FACTOR)


def compare_on(framework: str, name: str, config: dict, *, folder: Path) -> list[dict]:
    """Return the rows of one workload."""
    workload = workloads.stage(workloads.build(name, config), folder=folder)
    steps = max(STATES) + 1
    batches = list(islice(workloads.stream(workload, dtype=DTYPE), steps))
    session = open_session(framework, workload)
    expected = [
        each
        for each in expectations(workload, dtype=DTYPE, steps=steps, folder=folder)
        if each.check is Check.STEP and each.step in STATES
    ]
    rows = []
    for each in expected:
        loose = not is_tight(each)
        simulated = simulate(
            framework,
            session,
            as_float64(batches[each.step]),
            start=as_float64(load_arrays(each.state)),
        )
        rows += [
            {
                "workload": name,
                "step": each.step,
                "tensor": tensor,
                "reference": each.tolerance[tensor],
                "simulated": tolerance,
                "loose": loose,
            }
            for tensor, tolerance in simulated.items()
        ]
    return rows


def is_tight(expected: Expected) -> bool:
    """Return whether every tolerance is a small fraction of its tensor."""
    arrays = load_arrays(expected.arrays)
    return all(
        tolerance <= LOOSE * float(np.abs(arrays[name]).max())
        for name, tolerance in expected.tolerance.items()
        if tensor_kind(name) in COMPARED
    )


def open_session(framework: str, workload):
    """Return an eager session in float64 on the CPU."""
    package = frameworks()[framework].package
    module = import_module(f"{package}.session")
    return module.Session(workload, mode="eager", device="cpu", dtype="float64")


def simulate(framework: str, session, batch, *, start) -> dict[str, float]:
    """Return each tensor's tolerance from steps with simulated rounding."""
    package = frameworks()[framework].package
    rounded = import_module(f"{package}.rounding").rounded
    placed = session.place(batch)
    session.load(start)
    plain = select_compared(session.snapshot(placed))
    trials = []
    for seed in TRIALS:
        session.load(start)
        with rounded(unit=UNIT_ROUNDOFF[DTYPE], underflow=UNDERFLOW[DTYPE], seed=seed):
            trials.append(select_compared(session.snapshot(placed)))
    return {
        name: compute_tolerance(
            [float(np.abs(trial[name] - array).max()) for trial in trials],
            largest=float(np.abs(array).max()),
            dtype=DTYPE,
            check="step",
        )
        for name, array in plain.items()
    }


def select_compared(snapshot) -> dict:
    """Return the loss, the gradients and the updated parameters."""
    return {
        name: array
        for name, array in snapshot.quantities().items()
        if tensor_kind(name) in COMPARED
    }


def measure_cost(framework: str, *, tries: int = 9) -> float:
    """Return the processor time of a simulated step of the cnn in plain steps."""
    package = frameworks()[framework].package
    rounded = import_module(f"{package}.rounding").rounded
    workload = workloads.build("cnn", WORKLOADS["cnn"])
    session = open_session(framework, workload)
    batch = session.place(next(workload.batches("float64")))
    fastest = {"plain": np.inf, "simulated": np.inf}
    for _ in range(tries):
        start = process_time()
        session.read_loss(session.step(batch))
        middle = process_time()
        with rounded(unit=UNIT_ROUNDOFF[DTYPE], underflow=UNDERFLOW[DTYPE], seed=0):
            session.read_loss(session.step(batch))
        end = process_time()
        fastest["plain"] = min(fastest["plain"], middle - start)
        fastest["simulated"] = min(fastest["simulated"], end - middle)
    return float(fastest["simulated"] / fastest["plain"])


def main() -> None:
    """Write the table, and print it with the cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("framework", choices=("torch", "tf"))
    framework = parser.parse_args().framework
    frame = compare_rules(framework)
    path = Path("reports") / f"rounding_{framework}.csv"
    frame.to_csv(path, index=False, float_format="%.4g")
    print(frame.to_string())
    tight = frame[~frame.loose]
    outside = is_outside(tight).sum()
    print(f"{outside} of {len(tight)} tensors outside a factor of {FACTOR}")
    cost = measure_cost(framework)
    print(f"a simulated step takes {cost:.1f} times a plain step's processor time")


if __name__ == "__main__":
    main()
