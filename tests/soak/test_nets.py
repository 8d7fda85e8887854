"""The check of random nets agrees with a net, and finds one that computes another."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

import pytest

from compare.frameworks import frameworks
from compare.workers.pool import WorkerPool
from compare.workloads.net import Net
from tests.soak.nets import check_mode, check_net, choose_modes, expect_net
from tests.soak.random_nets import DrawnNet

LAYERS = (
    "conv 4 3 2, batch_norm, {activation}, flatten, sequence 2, attention, residual"
)


def net_with(activation):
    net = Net(layers=LAYERS.format(activation=activation), side=4, channels=2)
    return DrawnNet(net=net, dtype="float32")


@pytest.mark.torch
@pytest.mark.tf
def test_both_frameworks_compute_a_net_and_another_activation_is_found(tmp_path):
    pool = WorkerPool(
        frameworks=frameworks(), threads=1, device="cpu", logs=tmp_path / "logs"
    )
    (tmp_path / "logs").mkdir()
    with ExitStack() as stack:
        workers = {
            name: stack.enter_context(
                pool.start(name, cores=[0], cache=tmp_path / "cache", log=name)
            )
            for name in ("torch", "tf")
        }
        for worker in workers.values():
            worker.hello()
        modes = {"torch": ["eager", "trace"], "tf": ["eager", "function"]}
        row = check_net(workers, net_with("gelu"), modes=modes)
        assert {each["status"] for each in row["modes"].values()} == {"agrees"}
        expected = expect_net(workers["torch"], net_with("gelu"), folder=tmp_path)
        for name in modes:
            found = check_mode(
                workers[name],
                net_with("softplus"),
                "eager",
                expected=expected,
                folder=tmp_path / name,
            )
            assert found["status"] == "disagrees"
            assert found["error"] > found["tolerance"]


def test_a_mode_that_compiles_checks_one_net_in_many():
    chosen = [choose_modes("torch", number) for number in range(100)]
    assert sum("compile" in modes for modes in chosen) == 2
    assert all("eager" in modes for modes in chosen)


def test_a_command_reproduces_a_net():
    drawn = net_with("tanh")
    assert "--set layers='conv 4 3 2, batch_norm, tanh" in drawn.command
    assert replace(drawn, dtype="float64").command.endswith("--dtype float64")
