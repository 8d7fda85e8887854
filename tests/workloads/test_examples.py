"""Examples without a reference: the frameworks agree, and defects are far outside.

The compared processes run at the same time. Compiling the examples with torch/compile
and torch/compile-step takes minutes: ``make long`` does it.
"""

from __future__ import annotations

import numpy as np
import pytest

from compare import workloads
from tests.support.long import RUNS_LONG, long_test, part_of
from tests.support.training import load_results, start_training, wait_for

ALL = ("resnet", "gru", "transformer", "unet")
EXAMPLES = part_of(ALL, every=4)
COMPILED = EXAMPLES if RUNS_LONG else ()
STEPS, FEW_STEPS = 20, 3
STEP, END = 1e-11, 1e-9  # largest relative differences after one and after all steps
FAR = 1e-6  # every planted defect changes something by more

# A defect in each example's TensorFlow code, as they are made when porting a model.
DEFECTS = {
    "models/layers.py": [
        ["self.bias, self.weight, EPSILON", "self.bias, self.weight, 1e-3"]
    ],
    "models/gru.py": [["tf.where(is_token[:, now, None], after, state)", "after"]],
    "models/transformer.py": [
        ["0.5 * y * (1 + tf.math.erf(y / 2**0.5))", "tf.nn.gelu(y, approximate=True)"]
    ],
    "models/unet.py": [["x, self.weight, shape", "x, self.weight[::-1, ::-1], shape"]],
}

pytestmark = [pytest.mark.torch, pytest.mark.tf]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Return the folder of all results, with one folder for each process."""
    folder = tmp_path_factory.mktemp("examples")
    eager = [(name, "eager", STEPS) for name in EXAMPLES]
    graphs = [(name, "function", FEW_STEPS) for name in EXAMPLES]
    once = [(name, "eager", 1) for name in EXAMPLES]
    compiled = [(name, "compile", FEW_STEPS) for name in COMPILED]
    plain = [("resnet+sgd", mode, FEW_STEPS) for mode in ("eager", "compile-step")]
    processes = [
        start_training("torch", folder / "torch", jobs=[*eager, *compiled]),
        start_training("tf", folder / "tf", jobs=[*eager, *graphs]),
        start_training("tf", folder / "planted", jobs=once, edits=DEFECTS),
    ]
    if RUNS_LONG:
        processes.append(start_training("torch", folder / "plain", jobs=plain))
    for process in processes:
        wait_for(process)
    return folder


def difference(mine, theirs):
    """Return the largest difference, relative to the largest element."""
    assert mine.shape == theirs.shape
    return np.abs(mine - theirs).max() / np.abs(mine).max()


def differences(mine, theirs, *, prefix):
    """Return the difference of each result whose name starts with a prefix."""
    names = [name for name in mine if name.startswith(prefix)]
    assert names
    assert set(names) == {name for name in theirs if name.startswith(prefix)}
    return {name: difference(mine[name], theirs[name]) for name in names}


def largest(found):
    """Return the name and the value of the largest difference."""
    name = max(found, key=found.get)
    return name, found[name]


@pytest.fixture(params=EXAMPLES)
def example(request):
    return request.param


@pytest.fixture
def torch_eager(results, example):
    return load_results(results / "torch" / f"{example}-eager.npz")


@pytest.fixture
def tf_eager(results, example):
    return load_results(results / "tf" / f"{example}-eager.npz")


def test_one_step_is_the_same_in_both_frameworks(torch_eager, tf_eager):
    name, found = largest(differences(torch_eager, tf_eager, prefix="step:"))
    assert found < STEP, name


def test_twenty_steps_end_with_the_same_parameters_and_buffers(torch_eager, tf_eager):
    name, found = largest(differences(torch_eager, tf_eager, prefix="end:"))
    assert found < END, name
    np.testing.assert_allclose(torch_eager["losses"], tf_eager["losses"], rtol=END)


def test_predictions_are_the_same_in_both_frameworks(torch_eager, tf_eager):
    assert difference(torch_eager["inference"], tf_eager["inference"]) < STEP
    assert difference(torch_eager["training"], tf_eager["training"]) < STEP


def test_a_captured_graph_computes_the_same_steps(results, example, tf_eager):
    captured = load_results(results / "tf" / f"{example}-function.npz")
    name, found = largest(differences(tf_eager, captured, prefix="step:"))
    assert found < STEP, name
    np.testing.assert_allclose(
        captured["losses"], tf_eager["losses"][:FEW_STEPS], rtol=END
    )
    assert captured["captures"] == "training step"


@long_test
@pytest.mark.parametrize("name", EXAMPLES)
def test_a_compiled_graph_computes_the_same_steps(results, name):
    eager, compiled = (
        load_results(results / "torch" / f"{name}-{mode}.npz")
        for mode in ("eager", "compile")
    )
    quantity, found = largest(differences(eager, compiled, prefix="step:"))
    assert found < STEP, quantity
    np.testing.assert_allclose(
        compiled["losses"], eager["losses"][:FEW_STEPS], rtol=END
    )
    assert compiled["captures"] == "forward+backward"


@long_test
def test_a_whole_step_in_one_graph_updates_buffers(results):
    eager, whole = (
        load_results(results / "plain" / f"resnet+sgd-{mode}.npz")
        for mode in ("eager", "compile-step")
    )
    name, found = largest(differences(eager, whole, prefix="end:"))
    assert found < STEP, name


def test_training_reduces_the_loss(torch_eager):
    first, last = torch_eager["losses"][:4].mean(), torch_eager["losses"][-4:].mean()
    assert last < 0.9 * first


def test_a_planted_defect_is_far_outside_of_rounding(results, example, torch_eager):
    planted = load_results(results / "planted" / f"{example}-eager.npz")
    assert difference(torch_eager["step:loss"], planted["step:loss"]) > FAR
    assert largest(differences(torch_eager, planted, prefix="step:"))[1] > 100 * FAR


def test_predictions_and_activations_leave_the_state_unchanged(example, torch_eager):
    initial = workloads.build(example).parameters("float64")
    for name, array in initial.items():
        np.testing.assert_array_equal(torch_eager[f"start:{name}"], array)


def test_a_prediction_uses_running_statistics(results):
    for framework in ("torch", "tf"):
        found = load_results(results / framework / "resnet-eager.npz")
        assert difference(found["inference"], found["training"]) > FAR


def test_buffers_are_parameters_without_a_gradient(results):
    for framework in ("torch", "tf"):
        found = load_results(results / framework / "resnet-eager.npz")
        parameters, gradients = (
            {n.removeprefix(f"step:{kind}:") for n in found if f":{kind}:" in n}
            for kind in ("parameter", "gradient")
        )
        assert parameters == set(workloads.build("resnet").parameters("float64"))
        buffers = parameters - gradients
        assert {name.rpartition(".")[2] for name in buffers} == {
            "running_mean",
            "running_var",
        }
        for name in buffers:
            assert (found[f"end:{name}"] != found[f"start:{name}"]).any(), name


def test_examples_have_no_reference():
    without = {
        name
        for name in workloads.WORKLOADS
        if not workloads.has_reference(workloads.build(name))
    }
    assert without == {*ALL, "net"}


def test_every_example_has_at_least_four_different_batches(example):
    batches = list(workloads.build(example).batches("float32"))
    assert len(batches) >= 4
    different = {batch["inputs"].tobytes() for batch in batches}
    assert len(different) == len(batches)
