"""Sessions of JAX compute what those of PyTorch do, and planted defects do not."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from compare import workloads
from tests.support.long import RUNS_LONG
from tests.support.training import load_results, start_training, wait_for

pytestmark = [pytest.mark.torch, pytest.mark.jax]

# A buffer, and a branch and a loop in the graph; a spelling of a quirk.
PART = ("control_flow", "tree", "quirk")
PLANTED = (*PART, "resnet", "transformer")
OTHERS = ("two_layer", "cnn", "mlp", "stack", "chain", "layers", "rnn", "modular")
WORKLOADS = (*PLANTED, *OTHERS, "gru", "unet") if RUNS_LONG else PART
MODES = ("eager", "jit", "jit-donate")
STEPS = 5
NEAR, FAR = 1e-11, 1e-6  # relative differences of rounding, and of planted defects
CONTROL_FLOW = {
    "control_flow": "branch in the graph",
    "tree": "loop in the graph",
}
DEFECTS = {
    "layers.py": [["count / (count - 1)", "1.0"]],
    "models/tree.py": [["states[left], states[right]", "states[right], states[left]"]],
    "models/control_flow.py": [["if has_fallen else", "if not has_fallen else"]],
    "models/transformer.py": [["approximate=False", "approximate=True"]],
    "quirks/same_padding.py": [["((1, 1), (1, 1))", "((0, 1), (1, 1))"]],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the folder of the results of both frameworks, and of planted defects."""
    found = tmp_path_factory.mktemp("jax")
    eager = [(name, "eager", STEPS) for name in WORKLOADS]
    jobs = [(name, mode, STEPS) for name in WORKLOADS for mode in MODES]
    planted = [(name, "eager", STEPS) for name in PLANTED if name in WORKLOADS]
    processes = [
        start_training("torch", found / "torch", jobs=eager),
        start_training("jax", found / "jax", jobs=jobs),
        start_training("jax", found / "planted", jobs=planted, edits=DEFECTS),
    ]
    for process in processes:
        wait_for(process)
    return found


def largest_difference(folder, name, mode="eager", *, package="jax"):
    """Return the largest difference from PyTorch, relative to the largest element."""
    expected = load_results(folder / "torch" / f"{name}-eager.npz")
    received = load_results(folder / package / f"{name}-{mode}.npz")
    compared = [k for k in expected if k.startswith(("step:", "end:"))]
    compared += ["losses", "inference"]
    return max(
        np.abs(received[key] - expected[key]).max() / np.abs(expected[key]).max()
        for key in compared
        if expected[key].any()
    )


def count_shapes(name):
    """Return how many shapes the inputs of the steps have."""
    batches = workloads.stream(workloads.build(name), dtype="float64")
    return len({each["inputs"].shape for each in islice(batches, STEPS)})


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", WORKLOADS)
def test_training_in_jax_computes_what_pytorch_does(folder, name, mode):
    assert largest_difference(folder, name, mode) < NEAR


@pytest.mark.parametrize("name", [each for each in PLANTED if each in WORKLOADS])
def test_a_defect_planted_in_jax_is_far_outside_of_rounding(folder, name):
    assert largest_difference(folder, name, package="planted") > FAR


@pytest.mark.parametrize("mode", ["jit", "jit-donate"])
@pytest.mark.parametrize("name", WORKLOADS)
def test_the_whole_step_is_one_graph_for_each_shape(folder, name, mode):
    found = load_results(folder / "jax" / f"{name}-{mode}.npz")
    assert found["captures"] == "training step"
    assert found["captures_count"] == count_shapes(name)
    expected = CONTROL_FLOW.get(name, "unrolled into the graph")
    assert list(found["control_flow"]) == [expected]


@pytest.mark.parametrize("name", WORKLOADS)
def test_eager_steps_capture_nothing(folder, name):
    found = load_results(folder / "jax" / f"{name}-eager.npz")
    assert (found["captures"], found["captures_count"]) == ("none", 0)
