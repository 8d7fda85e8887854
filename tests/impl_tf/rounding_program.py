"""Measure simulated rounding in a process that imports TensorFlow; print JSON."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import numpy as np
import tensorflow as tf

from compare import workloads
from compare.numerics.arrays import load_arrays
from compare.numerics.dtypes import UNDERFLOW, UNIT_ROUNDOFF, unit_in_last_place
from compare.numerics.tolerance import TRIALS, compute_tolerance
from compare.reference.evaluation import as_float64
from compare.reference.expectation import expectations
from compare.runs.words import Check
from impl_tf.rounding import rounded
from impl_tf.session import Session
from tests.impl_tf import rounding_checks
from tests.impl_tf.keras_steps import CASES, EPSILON, Step
from tests.support.properties import check_properties

WORKLOADS = {
    "two_layer": {"batch": 16, "inputs": 100, "hidden": 40, "outputs": 10},
    "cnn": {"data": "synthetic", "image_size": 16, "batch": 4},
    "mlp": {"batch": 16, "widths": (40, 30, 20, 10)},
    "stack": {"batch": 8},
}
STEPS = 9  # the steps 0 and 8 are checked alone
FUNCTIONS = ("dense", "layer normalization", "lstm", "attention")
DEFECTS = {
    "another epsilon": (
        "layer normalization",
        lambda: keras.layers.LayerNormalization(epsilon=2 * EPSILON),
    ),
    "another gelu": (
        "dense, gelu",
        lambda: keras.layers.Dense(
            12, activation=lambda x: keras.activations.gelu(x, approximate=True)
        ),
    ),
    "another momentum": (
        "batch normalization",
        lambda: keras.layers.BatchNormalization(momentum=0.25, epsilon=EPSILON),
    ),
    "another padding": (
        "average pooling",
        lambda: keras.layers.Lambda(
            lambda x: tf.nn.avg_pool2d(
                tf.pad(x, [[0, 0], [1, 0], [1, 0], [0, 0]])[:, :8, :8], 2, 2, "VALID"
            )
        ),
    ),
}


def in_float32(seed):
    return rounded(
        unit=UNIT_ROUNDOFF["float32"], underflow=UNDERFLOW["float32"], seed=seed
    )


def tolerances(run):
    """Return a step's tensors, and the tolerance of each, from moved steps."""
    plain, moved = run(), []
    for seed in TRIALS:
        with in_float32(seed):
            moved.append(run())
    return plain, {
        name: compute_tolerance(
            [largest(trial[name] - array) for trial in moved],
            largest=largest(array),
            dtype="float32",
            check="step",
        )
        for name, array in plain.items()
    }


def largest(array):
    return float(np.abs(array).max(initial=0.0))


def compare_with_numpy_rule(name):
    """Return the simulated tolerance over that of the NumPy rule, by tensor."""
    workload = workloads.build(name, WORKLOADS[name])
    session = Session(workload, mode="eager", device="cpu", dtype="float64")
    stream = workloads.stream(workload, dtype="float32")
    batches = [as_float64(next(stream)) for _ in range(STEPS)]
    ratios = {}
    with TemporaryDirectory() as folder:
        for each in expectations(
            workload, dtype="float32", steps=STEPS, folder=Path(folder)
        ):
            if each.check is not Check.STEP:
                continue
            state = as_float64(load_arrays(each.state))
            batch = session.place(batches[each.step])

            def run(state=state, batch=batch):
                session.load(state)
                return session.snapshot(batch).quantities()

            for tensor, tolerance in tolerances(run)[1].items():
                ratios[f"{each.step} {tensor}"] = tolerance / each.tolerance[tensor]
    return ratios


def measure_case(case):
    """Return the real error of float32 over the tolerance, and more, by tensor."""
    step = Step(case, dtype="float64")
    plain, tolerance = tolerances(step.run)
    with rounded(unit=0.0, underflow=0.0, seed=0):
        unmoved = step.run()
    narrow = Step(case, dtype="float32")
    narrow.first = step.first
    runs = {"eager": narrow.run()}
    if case in FUNCTIONS:
        runs["function"] = narrow.run(tf.function(narrow.compute))
    return [
        {
            "tensor": f"{case}, {tensor}, {mode}",
            "tolerance": tolerance[tensor],
            "error": (error := largest(found[tensor] - array)),
            "units": error / unit_in_last_place(largest(array), "float32"),
            "without unit": largest(unmoved[tensor] - array),
        }
        for mode, found in runs.items()
        for tensor, array in plain.items()
    ]


def measure_defect(name):
    """Return how many tolerances the most different tensor is away."""
    case, make = DEFECTS[name]
    step = Step(case, dtype="float64")
    plain, tolerance = tolerances(step.run)
    wrong = Step(case, dtype="float64", make=make)
    wrong.first = step.first
    return farthest(wrong.run(), plain, tolerance)


def farthest(found, plain, tolerance):
    return max(largest(found[n] - array) / tolerance[n] for n, array in plain.items())


def measure_dropped_bias():
    step = Step("dense", dtype="float64")
    plain, tolerance = tolerances(step.run)
    step.first = [step.first[0], np.zeros_like(step.first[1])]
    return farthest(step.run(), plain, tolerance)


def draw():
    """Return masks, the state of a generator, and numbers that are then scaled."""
    keras.utils.set_random_seed(3)
    dropout = keras.layers.Dropout(0.5, seed=1)
    generator = tf.random.Generator.from_seed(4)
    found = [dropout(tf.ones((8, 8), "float64"), training=True) for _ in range(2)]
    masks = [np.array(each) > 0 for each in found]
    draws = [
        tf.random.normal((5,), dtype="float64"),
        generator.normal((5,), dtype=tf.float64),
        tf.random.stateless_uniform((5,), seed=(1, 2)),
        keras.random.uniform((5,)),
    ]
    return [*masks, dropout.seed_generator.state.numpy(), *map(np.array, draws)]


def compare_draws():
    plain = draw()
    with in_float32(0):
        within = draw()
    # Scaling to a range or a variance rounds: a few units.
    return [
        bool(np.allclose(a, b, rtol=0 if a.dtype.kind != "f" else 1e-6, atol=1e-6))
        for a, b in zip(plain, within, strict=True)
    ]


def main():
    """Print every measurement."""
    cases = [each for case in CASES for each in measure_case(case)]
    print(
        json.dumps(
            {
                "rule": {name: compare_with_numpy_rule(name) for name in WORKLOADS},
                "cases": cases,
                "defects": {
                    **{name: measure_defect(name) for name in DEFECTS},
                    "no bias": measure_dropped_bias(),
                },
                "draws": compare_draws(),
                "properties": check_properties(vars(rounding_checks)),
            }
        )
    )


if __name__ == "__main__":
    main()
