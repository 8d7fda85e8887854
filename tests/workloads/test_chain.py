"""Chains of operations and of layers: tame numbers, agreement, planted defects."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from compare import workloads
from compare.agreement.causes.network import network_of
from tests.support.long import part_of
from tests.support.reference_steps import run_reference
from tests.support.training import load_results, start_training, wait_for

STEPS = 20
NEAR, FAR = 1e-12, 1e-4  # relative differences of rounding, and of planted defects
JOBS = ("chain", "layers")
MODES = {"torch": ("eager", "script"), "tf": ("eager", "function")}
LENGTHS = (1, 2, 3, 4, 10, 999, 1000)
# Each changes one operation of a chain. TorchScript and AutoGraph read the source from
# its file, which is not edited, so eager modes run them.
ONE_OPERATION = {
    "left out": [["range(self.operations // 2)", "range(self.operations // 2 - 1)"]],
    "wrong by a millionth": [
        ["if self.operations % 2 == 1:", "if True:\n            factors = 1 + 1e-6"]
    ],
}
SOME_DEFECTS = dict(part_of(list(ONE_OPERATION.items()), every=2))


def largest_difference(mine, theirs):
    """Return the largest difference, relative to the largest element."""
    return np.abs(np.asarray(mine) - theirs).max() / np.abs(theirs).max()


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(each, marks=getattr(pytest.mark, each))
        for each in part_of(list(MODES), every=2)
    ],
)
def trained(request, tmp_path_factory):
    """Return a framework, and the folder of its results, with and without defects."""
    framework, folder = request.param, tmp_path_factory.mktemp("chain")
    jobs = [(name, mode, STEPS) for name in JOBS for mode in MODES[framework]]
    processes = [start_training(framework, folder / "sound", jobs=jobs)]
    processes += [
        start_training(
            framework,
            folder / name,
            jobs=[("chain", "eager", 1)],
            edits={"models/chain.py": edit},
        )
        for name, edit in SOME_DEFECTS.items()
    ]
    for process in processes:
        wait_for(process)
    return framework, folder


@pytest.mark.parametrize("name", JOBS)
def test_twenty_steps_compute_what_the_reference_does(trained, name):
    framework, folder = trained
    *_, last = snapshots = run_reference(workloads.build(name), steps=STEPS)
    for mode in MODES[framework]:
        found = load_results(folder / "sound" / f"{name}-{mode}.npz")
        losses = [each.loss for each in snapshots]
        np.testing.assert_allclose(found["losses"], losses, rtol=NEAR)
        for parameter, array in last.parameters.items():
            assert largest_difference(found[f"end:{parameter}"], array) < NEAR


@pytest.mark.parametrize("defect", SOME_DEFECTS)
def test_one_wrong_operation_of_a_chain_is_visible(trained, defect):
    _, folder = trained
    (first,) = run_reference(workloads.build("chain"), steps=1)
    found = load_results(folder / defect / "chain-eager.npz")
    difference = largest_difference(found["losses"][0], first.loss)
    assert difference > 1e5 * NEAR
    gradient = found["step:gradient:scale.gain"]
    assert largest_difference(gradient, first.gradients["scale.gain"]) > 1e5 * NEAR


@pytest.mark.parametrize("operations", LENGTHS)
def test_values_of_a_chain_neither_vanish_nor_overflow(operations):
    for snapshot in run_reference(
        workloads.build("chain", {"operations": operations}), steps=STEPS
    ):
        assert 0.5 < np.abs(snapshot.activations["shift"]).max() < 50
        assert 0.1 < np.abs(snapshot.gradients["scale.gain"]).max() < 100


@pytest.mark.parametrize("operations", [10, 1000])
def test_a_chain_that_is_one_or_two_operations_shorter_gives_another_result(operations):
    longer, *shorter = (
        workloads.build("chain", {"operations": count})
        for count in (operations, operations - 1, operations - 2)
    )
    # The same data for all: those of the longer chain.
    batch = next(longer.batches("float64"))
    parameters = longer.parameters("float64")
    whole = longer.reference(parameters, batch).activations["shift"]
    for each in shorter:
        part = each.reference(parameters, batch).activations["shift"]
        assert largest_difference(part, whole) > FAR


def test_a_long_chain_hardly_rounds_in_float32():
    workload = workloads.build("chain", {"operations": 1000})
    batch = next(workload.batches("float32"))
    narrow = workload.reference(workload.parameters("float32"), batch)
    wide = workload.reference(
        {k: v.astype("float64") for k, v in workload.parameters("float32").items()},
        {k: v.astype("float64") for k, v in batch.items()},
    )
    for name, gradient in wide.gradients.items():
        assert largest_difference(narrow.gradients[name], gradient) < 1e-6


def test_the_factors_of_two_multiplications_cancel_but_for_the_sign():
    factors, others, _ = workloads.build("chain").draw_operands(np.random.default_rng())
    assert set(np.abs(factors).ravel()) == {0.5, 2.0}
    np.testing.assert_array_equal(np.abs(factors * others), 1)
    assert {-1.0, 1.0} == set((factors * others).ravel())


def test_the_elements_of_a_chain_are_counted_forward_and_backward():
    chain = workloads.build("chain", {"batch": 2, "width": 3, "operations": 5})
    assert workloads.counts_elements(chain)
    assert chain.elements_per_step == 2 * 5 * 2 * 3
    assert not workloads.counts_elements(workloads.build("layers"))


def test_a_chain_is_no_network_of_layers():
    assert network_of(workloads.build("chain")) is None


def test_the_probe_of_a_chain_is_uneven_and_contains_zeros():
    probe = workloads.build("chain").probe()
    first, last = (batch["inputs"] for batch in probe.batches("float64"))
    assert (len(first), len(last)) == (7, 4)
    assert (first[0, 0] == 0).all()


@pytest.mark.parametrize("width", [8, 64])
@pytest.mark.parametrize("layers", [1, 8, 64])
def test_values_of_layers_neither_vanish_nor_overflow(layers, width):
    workload = workloads.build("layers", {"layers": layers, "width": width})
    losses = []
    for snapshot in run_reference(workload, steps=5):
        losses.append(float(snapshot.loss))
        for activation in snapshot.activations.values():
            assert 0.1 < np.abs(activation).max() < 100
        for gradient in snapshot.gradients.values():
            assert 1e-2 < np.abs(gradient).max() < 1e3
    assert losses == sorted(losses, reverse=True)


def test_layers_are_the_network_of_mlp_with_equal_widths():
    workload = workloads.build("layers", {"layers": 3, "width": 5, "seed": 2})
    assert workload.sizes == {"widths": (5, 5, 5, 5)}
    assert workload.model == "mlp"
    assert workload.flops_per_step == 2 * workload.batch * 25 * (2 + 3 + 3)
    other = replace(workload, seed=3).parameters("float64")
    assert (
        workload.parameters("float64")["layer1.weight"] != other["layer1.weight"]
    ).any()


def test_the_learning_rate_of_layers_is_a_power_of_two():
    rates = {
        np.log2(workloads.build("layers", {"layers": n}).optimizer.learning_rate)
        for n in (1, 3, 10, 64)
    }
    assert all(rate == round(rate) for rate in rates)
