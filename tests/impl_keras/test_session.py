"""Sessions of Keras compute what those of PyTorch do, and planted defects do not."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from compare import workloads
from tests.support.long import RUNS_LONG, long_test
from tests.support.training import load_results, start_training, wait_for

pytestmark = [pytest.mark.torch, pytest.mark.tf, pytest.mark.jax]

BACKENDS = ("torch", "tf", "jax")
PART = ("two_layer", "control_flow")  # the second one has a buffer and a branch
OTHERS = ("cnn", "mlp", "stack", "chain", "layers", "rnn", "modular", "tree")
EXAMPLES = ("resnet", "gru", "transformer", "unet")
WORKLOADS = (*PART, *OTHERS, *EXAMPLES) if RUNS_LONG else PART
# torch.compile takes a minute for each of them.
COMPILED = {"torch": PART if RUNS_LONG else (), "tf": WORKLOADS, "jax": WORKLOADS}
REFUSED = {
    ("torch", "unet", "eager"): "grad_weight must be contiguous",
    ("tf", "tree", "compiled"): "XLA",
}
STEPS = 5
NEAR, FAR = 1e-11, 1e-6  # relative differences of rounding, and of planted defects
DEFECTS = {
    "models/two_layer.py": [["layers.ReLU()", "layers.LeakyReLU(0.01)"]],
    "models/control_flow.py": [["[0] < self", "[0] > self"]],
}


def jobs_of(backend):
    """Return every workload and mode of a backend that is not refused."""
    modes = {"eager": WORKLOADS, "compiled": COMPILED[backend]}
    return [
        (name, mode, STEPS)
        for mode, names in modes.items()
        for name in names
        if (backend, name, mode) not in REFUSED
    ]


CASES = [(each, *job[:2]) for each in BACKENDS for job in jobs_of(each)]
every_case = pytest.mark.parametrize(("backend", "name", "mode"), CASES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the folder of the results of PyTorch, of Keras, and of planted defects."""
    found = tmp_path_factory.mktemp("keras")
    eager = [(name, "eager", STEPS) for name in WORKLOADS]
    planted = [(name, "eager", STEPS) for name in PART]
    start = {
        "expected": ("torch", {"jobs": eager}),
        **{each: (f"keras[{each}]", {"jobs": jobs_of(each)}) for each in BACKENDS},
        "planted": ("keras[torch]", {"jobs": planted, "edits": DEFECTS}),
    }
    processes = [
        start_training(framework, found / name, **options)
        for name, (framework, options) in start.items()
    ]
    for process in processes:
        wait_for(process)
    return found


def largest_difference(folder, package, name, mode="eager"):
    """Return the largest difference from PyTorch, relative to the largest element."""
    expected = load_results(folder / "expected" / f"{name}-eager.npz")
    received = load_results(folder / package / f"{name}-{mode}.npz")
    compared = [k for k in expected if k.startswith(("step:", "end:"))]
    compared += ["losses", "inference"]
    return max(
        np.abs(received[key] - expected[key]).max() / np.abs(expected[key]).max()
        for key in compared
        if expected[key].any()
    )


@every_case
def test_training_with_keras_computes_what_pytorch_does(folder, backend, name, mode):
    assert largest_difference(folder, backend, name, mode) < NEAR


@pytest.mark.parametrize("name", PART)
def test_a_defect_planted_in_a_model_of_keras_is_far_outside_of_rounding(folder, name):
    assert largest_difference(folder, "planted", name) > FAR


def count_shapes(name):
    """Return how many shapes the inputs of the steps have."""
    batches = workloads.stream(workloads.build(name), dtype="float64")
    return len({each["inputs"].shape for each in islice(batches, STEPS)})


@every_case
def test_what_keras_captured_is_read_from_its_backend(folder, backend, name, mode):
    found = load_results(folder / backend / f"{name}-{mode}.npz")
    if mode == "eager":
        assert (found["captures"], found["captures_count"]) == ("none", 0)
    elif backend == "torch":  # in parts: Dynamo leaves the graph at backward()
        assert found["captures"] == "forward+backward"
        assert found["captures_count"] > 1
    else:
        assert found["captures"] == "training step"
        assert 1 <= found["captures_count"] <= count_shapes(name)


@long_test
@pytest.mark.parametrize(("backend", "name", "mode"), REFUSED)
def test_what_is_refused_would_still_fail(tmp_path, backend, name, mode):
    edits = {f"backends/on_{backend}.py": [[f'"{name}", ', '"other", ']]}
    started = start_training(
        f"keras[{backend}]", tmp_path, jobs=[(name, mode, 1)], edits=edits
    )
    printed, _ = started.communicate(timeout=500)
    assert started.returncode
    assert REFUSED[backend, name, mode] in printed


def test_a_workload_that_a_backend_cannot_run_is_refused_with_the_reason(tmp_path):
    jobs = [("unet", "eager", 1)]
    started = start_training("keras[torch]", tmp_path, jobs=jobs)
    printed, _ = started.communicate(timeout=500)
    assert started.returncode
    assert "NotImplementedError: PyTorch refuses the strides" in printed
