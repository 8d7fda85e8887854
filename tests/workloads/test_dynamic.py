"""Workloads whose structure changes from step to step, in both frameworks.

`modular` applies its modules in an order that belongs to each batch, `tree` follows the
parse tree of each batch, `control_flow` chooses a matrix by the previous losses.
Planted defects are in `tests/planted/pairs.py`, where the whole check judges them.
"""

from __future__ import annotations

from itertools import islice, pairwise

import numpy as np
import pytest

from compare import workloads
from compare.agreement.causes.network import network_of
from compare.numerics.dtypes import UNIT_ROUNDOFF
from compare.reference.expectation import STATES, expectations
from compare.runs.words import Check
from compare.workloads.tree import count_trees, evaluate
from tests.support.long import RUNS_LONG, long_test
from tests.support.reference_steps import run_reference
from tests.support.training import load_results, start_training, wait_for

DYNAMIC = ("modular", "tree", "control_flow")
STEPS = 20
NEAR, FAR = 1e-12, 1e-3  # relative differences of rounding, and of planted defects
MARGIN = 0.5  # by which one of two neighbouring losses is smaller, at least
MODES = {"torch": ("eager", "script"), "tf": ("eager", "function")}
CAPTURES = {"eager": "none", "script": "forward", "function": "training step"}
CONTROL_FLOW = {
    ("tree", "script"): ["loop in the graph"],
    ("tree", "function"): ["loop in the graph"],
    ("modular", "script"): ["loop in the graph"],
    ("modular", "function"): ["unrolled into the graph"],
    ("control_flow", "script"): ["branch in the graph"],
    ("control_flow", "function"): ["branch in the graph"],
}
# A defect in each framework's code, for eager mode: TorchScript and AutoGraph read the
# source from its file, which is not edited.
DEFECTS = {
    "models/modular.py": [
        ["in range(program.shape[0]):", "in reversed(range(program.shape[0])):"]
    ],
    "models/tree.py": [["for each in (left, right)", "for each in (right, left)"]],
    "models/control_flow.py": [["if has_fallen:", "if False:"]],
}
PLANTED_IN = "torch"  # `make long` plants them in all frameworks
# The modes that cannot run a Python branch on a tensor, and why.
REFUSED = [
    pytest.param("torch", "trace", "a trace keeps", marks=pytest.mark.torch),
    pytest.param("torch", "compile-step", "break the graph", marks=pytest.mark.torch),
    pytest.param("tf", "keras", "without AutoGraph", marks=pytest.mark.tf),
]
# What happens in modes that capture a graph, were the model not refused.
UNDECLARED = {"models/control_flow.py": [["reads_values = True", "reads_values = 0"]]}
FAILURES = [
    pytest.param("torch", "compile-step", "Unsupported", marks=pytest.mark.torch),
    pytest.param("tf", "keras", "OperatorNotAllowedInGraphError", marks=pytest.mark.tf),
]


@pytest.fixture(params=DYNAMIC)
def name(request):
    return request.param


@pytest.fixture(
    scope="module",
    params=[pytest.param(each, marks=getattr(pytest.mark, each)) for each in MODES],
)
def trained(request, tmp_path_factory):
    """Return a framework, and the folder of its results, with and without defects."""
    framework, folder = request.param, tmp_path_factory.mktemp("dynamic")
    jobs = [(name, mode, STEPS) for name in DYNAMIC for mode in MODES[framework]]
    eager = [(name, "eager", STEPS) for name in DYNAMIC]
    processes = [start_training(framework, folder / "sound", jobs=jobs)]
    if RUNS_LONG or framework == PLANTED_IN:
        planted = folder / "planted"
        processes.append(start_training(framework, planted, jobs=eager, edits=DEFECTS))
    for process in processes:
        wait_for(process)
    return framework, folder


def largest_difference(mine, theirs):
    """Return the largest difference, relative to the largest element."""
    return np.abs(np.asarray(mine) - theirs).max() / np.abs(theirs).max()


def taken_branches(workload, *, steps=STEPS):
    """Return whether the loss before each step had fallen."""
    before = [workload.parameters("float64")]
    before += [each.parameters for each in run_reference(workload, steps=steps)]
    return [bool(state["losses"][0] < state["losses"][1]) for state in before[:-1]]


def test_twenty_steps_compute_what_the_reference_does(trained, name):
    framework, folder = trained
    *_, last = snapshots = run_reference(workloads.build(name), steps=STEPS)
    losses = [each.loss for each in snapshots]
    for mode in MODES[framework]:
        found = load_results(folder / "sound" / f"{name}-{mode}.npz")
        np.testing.assert_allclose(found["losses"], losses, rtol=NEAR)
        for parameter, array in last.parameters.items():
            assert largest_difference(found[f"end:{parameter}"], array) < NEAR


def test_a_first_step_has_the_gradients_of_the_reference(trained, name):
    framework, folder = trained
    (first,) = run_reference(workloads.build(name), steps=1)
    for mode in MODES[framework]:
        found = load_results(folder / "sound" / f"{name}-{mode}.npz")
        for parameter, gradient in first.gradients.items():
            received = found[f"step:gradient:{parameter}"]
            np.testing.assert_allclose(received, gradient, atol=1e-12)


def count_captures(name, mode):
    """Return the expected number: tf.function captures each number of leaves."""
    if name == "tree" and mode == "function":
        batches = workloads.build(name).batches("float64")
        return len({batch["inputs"].shape for batch in batches})
    return 0 if mode == "eager" else 1


def test_one_graph_serves_every_structure_of_a_shape(trained, name):
    framework, folder = trained
    for mode in MODES[framework]:
        found = load_results(folder / "sound" / f"{name}-{mode}.npz")
        assert found["captures"] == CAPTURES[mode]
        assert found["captures_count"] == count_captures(name, mode)


def test_loops_and_branches_are_found_in_the_graph(trained, name):
    framework, folder = trained
    for mode in MODES[framework]:
        found = load_results(folder / "sound" / f"{name}-{mode}.npz")
        expected = CONTROL_FLOW.get((name, mode), ["in Python"])
        assert list(found["control_flow"]) == expected


def test_a_wrong_structure_changes_the_losses(trained, name):
    framework, folder = trained
    if not (folder / "planted").exists():
        pytest.skip(f"takes long for {framework}; run: make long")
    losses = [each.loss for each in run_reference(workloads.build(name), steps=STEPS)]
    found = load_results(folder / "planted" / f"{name}-eager.npz")
    assert largest_difference(found["losses"], losses) > FAR


@long_test
@pytest.mark.torch
def test_a_trace_would_keep_one_branch(tmp_path):
    jobs = [("control_flow", "trace", STEPS)]
    wait_for(start_training("torch", tmp_path, jobs=jobs, edits=UNDECLARED))
    losses = [
        each.loss
        for each in run_reference(workloads.build("control_flow"), steps=STEPS)
    ]
    found = load_results(tmp_path / "control_flow-trace.npz")
    assert largest_difference(found["losses"][0], losses[0]) < NEAR
    assert largest_difference(found["losses"], losses) > FAR


@long_test
@pytest.mark.parametrize(("framework", "mode", "reason"), REFUSED)
def test_a_mode_that_cannot_branch_is_not_run(tmp_path, framework, mode, reason):
    output = output_of_failure(tmp_path, framework, mode)
    assert "NotImplementedError: a Python branch depends on a tensor's value" in output
    assert reason in output


@long_test
@pytest.mark.parametrize(("framework", "mode", "error"), FAILURES)
def test_a_mode_that_is_not_run_would_fail(tmp_path, framework, mode, error):
    assert error in output_of_failure(tmp_path, framework, mode, edits=UNDECLARED)


def output_of_failure(folder, framework, mode, *, edits=None):
    """Return what a process prints that cannot train `control_flow`."""
    jobs = [("control_flow", mode, 2)]
    process = start_training(framework, folder, jobs=jobs, edits=edits)
    output, _ = process.communicate(timeout=300)
    assert process.returncode != 0
    return output


def test_each_batch_has_another_program():
    for workload in (workloads.build("modular"), workloads.build("modular").probe()):
        programs = [tuple(batch["program"]) for batch in workload.batches("float32")]
        assert len(set(programs)) == len(programs) == workload.programs
        # The reverse order, or another batch's, is another network.
        assert not set(programs) & {program[::-1] for program in programs}
        assert any(len(set(program)) < len(program) for program in programs)


def test_the_steps_that_are_checked_alone_have_different_programs():
    for workload in (workloads.build("modular"), workloads.build("modular").probe()):
        stream = list(islice(workloads.stream(workload, dtype="float32"), STEPS))
        programs = {tuple(stream[step]["program"]) for step in STATES}
        assert len(programs) == len(STATES)


def test_a_module_that_is_left_out_has_a_gradient_of_zero():
    workload = workloads.build("modular", {"modules": 3, "depth": 2, "programs": 4})
    for batch in workload.batches("float64"):
        snapshot = workload.reference(workload.parameters("float64"), batch)
        used = {int(module) for module in batch["program"]}
        gradients = snapshot.gradients["bank.weights"]
        assert used == {module for module in range(3) if gradients[module].any()}


def test_each_batch_has_another_tree():
    for workload in (workloads.build("tree"), workloads.build("tree").probe()):
        trees = [batch["tree"].tolist() for batch in workload.batches("float32")]
        assert len(trees) == workload.structures
        assert all(trees.count(tree) == 1 for tree in trees)


def test_trees_of_one_size_have_different_structures():
    workload = workloads.build("tree", {"leaves": 4, "structures": 30})
    batches = list(workload.batches("float32"))
    largest = [b["tree"][:, 1:].tolist() for b in batches if len(b["tree"]) == 3]
    assert sum(largest.count(tree) == 1 for tree in largest) < len(largest)
    assert len({str(tree) for tree in largest}) > 1


def test_a_node_is_the_operand_of_one_operator_that_follows_it():
    for batch in workloads.build("tree", {"structures": 20}).batches("float32"):
        leaves, tree = batch["inputs"].shape[1], batch["tree"]
        operands = tree[:, 1:].ravel().tolist()
        assert sorted(operands) == list(range(leaves + len(tree) - 1))
        assert all((row[1:] < leaves + n).all() for n, row in enumerate(tree))


def test_targets_are_the_values_of_the_expressions():
    tree = np.array([[2, 1, 2], [1, 0, 3]])  # a - b * c
    numbers = np.array([[10.0, 3.0, 2.0], [1.0, -1.0, 5.0]])
    np.testing.assert_array_equal(evaluate(tree, numbers), [4.0, 6.0])
    batch = next(workloads.build("tree").batches("float64"))
    value = evaluate(batch["tree"], batch["inputs"][:, :, 0])
    np.testing.assert_allclose(batch["targets"][:, 0], np.tanh(value))


@pytest.mark.parametrize(("leaves", "count"), [(2, 3), (3, 3 + 18), (4, 21 + 135)])
def test_different_trees_are_counted(leaves, count):
    assert count_trees(leaves) == count
    found = workloads.build("tree", {"leaves": leaves, "structures": count})
    assert len(list(found.batches("float32"))) == count


def test_both_branches_are_taken_within_twenty_steps():
    for workload in (
        workloads.build("control_flow"),
        workloads.build("control_flow").probe(),
    ):
        taken = taken_branches(workload)
        assert 5 <= sum(taken) <= 15
        assert {taken[step] for step in STATES} == {True, False}


def test_losses_differ_by_much_more_than_rounding():
    assert 30 * UNIT_ROUNDOFF["bfloat16"] < MARGIN
    for workload in (
        workloads.build("control_flow"),
        workloads.build("control_flow").probe(),
    ):
        losses = [float(each.loss) for each in run_reference(workload, steps=40)]
        for one, other in pairwise(losses):
            assert abs(one - other) > MARGIN * max(one, other)


def test_a_branch_that_is_not_taken_has_a_gradient_of_zero():
    workload = workloads.build("control_flow")
    found = run_reference(workload, steps=STEPS)
    for is_falling, snapshot in zip(taken_branches(workload), found, strict=True):
        assert snapshot.gradients["output.falling"].any() == is_falling
        assert snapshot.gradients["output.rising"].any() != is_falling


def test_losses_are_remembered_in_the_parameters():
    one, other = run_reference(workloads.build("control_flow"), steps=2)
    np.testing.assert_array_equal(other.parameters["losses"], [other.loss, one.loss])


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_a_buffer_is_no_part_of_the_check_of_moved_elements(dtype, tmp_path):
    workload = workloads.build("control_flow", {"batch": 4, "inputs": 8, "hidden": 6})
    found = expectations(workload, dtype=dtype, steps=9, folder=tmp_path)
    steps = [each for each in found if each.check is Check.STEP]
    assert steps
    for each in steps:
        assert "parameter:losses" in each.tolerance
        assert "moved:losses" not in each.tolerance


def test_micro_batches_keep_the_program():
    batch = next(workloads.build("modular").batches("float32"))
    few = workloads.take_samples(batch, slice(2, 5))
    assert len(few["inputs"]) == len(few["targets"]) == 3
    np.testing.assert_array_equal(few["program"], batch["program"])


def test_a_dynamic_network_is_no_chain_of_layers(name):
    assert network_of(workloads.build(name)) is None
