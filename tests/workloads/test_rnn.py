"""The recurrent workload: its lengths and paddings, and both frameworks' training."""

from __future__ import annotations

import numpy as np
import pytest

from compare import workloads
from compare.frameworks import frameworks
from compare.workers import messages
from compare.workers.pool import WorkerPool
from compare.workers.process import CannotRunError
from compare.workers.worker import MOST_PLACED_BATCHES
from compare.workloads.rnn import MOST_LENGTHS
from tests.support.reference_steps import run_reference
from tests.support.training import load_results, start_training, wait_for

PADDINGS = ("none", "longest", "bucket")
STEPS = 20
NEAR = 1e-12  # largest relative difference of float64 training from the reference


def build(**config):
    return workloads.build("rnn", config)


def batches_of(workload, *, epoch=0):
    return list(workload.batches("float64", epoch=epoch))


def train_reference(workload, steps):
    """Return the losses and the last parameters."""
    snapshots = run_reference(workload, steps=steps)
    return [each.loss for each in snapshots], snapshots[-1].parameters


def test_lengths_differ_from_batch_to_batch_up_to_the_longest():
    lengths = [len(batch["inputs"][0]) for batch in batches_of(build())]
    assert sorted(lengths) == [6, 12, 18, 24]
    assert lengths != sorted(lengths)


def test_every_epoch_has_the_same_order():
    for first, second in zip(
        batches_of(build()), batches_of(build(), epoch=1), strict=True
    ):
        np.testing.assert_array_equal(first["inputs"], second["inputs"])


@pytest.mark.parametrize(
    ("padding", "lengths"),
    [("longest", [24, 24, 24, 24]), ("bucket", [8, 16, 32, 32])],
)
def test_padding_is_zero_and_appended(padding, lengths):
    plain, padded = batches_of(build()), batches_of(build(padding=padding))
    assert sorted(len(batch["inputs"][0]) for batch in padded) == lengths
    for own, more in zip(plain, padded, strict=True):
        length = own["inputs"].shape[1]
        np.testing.assert_array_equal(own["inputs"], more["inputs"][:, :length])
        assert not more["inputs"][:, length:].any()


def test_all_paddings_compute_the_same_steps():
    expected, *others = (train_reference(build(padding=p), STEPS) for p in PADDINGS)
    for losses, parameters in others:
        np.testing.assert_allclose(losses, expected[0], rtol=NEAR)
        for name, array in expected[1].items():
            np.testing.assert_allclose(parameters[name], array, rtol=NEAR, atol=NEAR)


def test_padding_costs_products():
    none, longest, bucket = (build(padding=p).flops_per_step for p in PADDINGS)
    assert none < bucket < longest


def test_training_reduces_the_loss():
    losses, _ = train_reference(build(), STEPS)
    assert np.mean(losses[-4:]) < 0.5 * np.mean(losses[:4])


def test_a_worker_keeps_a_batch_of_every_length():
    assert MOST_LENGTHS == MOST_PLACED_BATCHES


def test_its_probe_has_gaps_before_within_and_after_sequences():
    is_given = (batches_of(build().probe())[0]["inputs"] != 0).any(axis=2)
    before, after = ~is_given[:, 0], ~is_given[:, -1]
    is_within = (is_given[:, :-2] & ~is_given[:, 1:-1] & is_given[:, 2:]).any(axis=1)
    is_empty = ~is_given.any(axis=1)
    for found in (before & ~is_empty, after & ~is_empty, is_within, is_empty):
        assert found.any()


def test_its_probe_has_the_same_padding():
    """Otherwise a mode could run the workload and not its probe."""
    probe = build(padding="longest").probe()
    assert len({batch["inputs"].shape[1:] for batch in batches_of(probe)}) == 1
    assert len(batches_of(build(lengths=1).probe())) == 2


# Keras captures one graph for every length: its loop is part of the graph.
MODES = {"torch": ("eager", "script"), "tf": ("eager", "function", "keras")}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Return the folder with the results of both frameworks."""
    folder = tmp_path_factory.mktemp("rnn")
    processes = [
        start_training(
            name, folder / name, jobs=[("rnn", mode, STEPS) for mode in modes]
        )
        for name, modes in MODES.items()
    ]
    for process in processes:
        wait_for(process)
    return folder


@pytest.mark.torch
@pytest.mark.tf
@pytest.mark.parametrize(
    ("framework", "mode"), [(name, mode) for name in MODES for mode in MODES[name]]
)
def test_training_on_changing_lengths_agrees_with_the_reference(
    trained, framework, mode
):
    found = load_results(trained / framework / f"rnn-{mode}.npz")
    losses, parameters = train_reference(build(), STEPS)
    np.testing.assert_allclose(found["losses"], losses, rtol=NEAR)
    for name, array in parameters.items():
        np.testing.assert_allclose(found[f"end:{name}"], array, rtol=NEAR, atol=NEAR)


@pytest.mark.torch
@pytest.mark.tf
@pytest.mark.parametrize(
    ("framework", "mode", "expected"),
    [
        ("torch", "eager", ["in Python"]),
        ("torch", "script", ["loop in the graph"]),
        ("tf", "eager", ["in Python"]),
        ("tf", "function", ["unrolled into the graph"]),
        # Of the first length, and of all others.
        ("tf", "keras", ["unrolled into the graph", "loop in the graph"]),
    ],
)
def test_a_mode_reports_where_its_loop_runs(trained, framework, mode, expected):
    found = load_results(trained / framework / f"rnn-{mode}.npz")
    assert list(found["control_flow"]) == expected


@pytest.fixture(scope="module")
def torch_worker(tmp_path_factory):
    folder = tmp_path_factory.mktemp("worker")
    pool = WorkerPool(frameworks=frameworks(), threads=1, device="cpu", logs=folder)
    with pool.start("torch", cores=[0], cache=folder, log="torch") as worker:
        worker.hello()
        yield worker


def prepare_trace(worker, **config):
    request = messages.Prepare(
        workload="rnn", config=config, mode="trace", device="cpu", dtype="float32"
    )
    return worker.request(request, messages.Prepared)


@pytest.mark.torch
@pytest.mark.parametrize(
    ("seed", "reason"),
    [
        (0, r"shape \(16, 24, 8\)\. They do not fit .*\(16, 6, 8\): .*index 6 out of"),
        # All positions after the 6th would be ignored, without any error.
        (2, r"shape \(16, 6, 8\)\. They do not fit .*\(16, 18, 8\): Graphs differed"),
    ],
)
def test_a_trace_of_one_length_is_not_run_on_others(torch_worker, seed, reason):
    with pytest.raises(CannotRunError, match=reason):
        prepare_trace(torch_worker, seed=seed)


@pytest.mark.torch
def test_a_trace_is_run_if_padding_makes_lengths_equal(torch_worker):
    assert prepare_trace(torch_worker, padding="longest").cycle == 1
