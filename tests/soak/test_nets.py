"""The check of random nets agrees with a net, and finds one that computes another."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import replace
from types import SimpleNamespace

import pytest

from compare.frameworks import frameworks
from compare.workers.pool import WorkerPool
from compare.workers.process import CannotRunError
from compare.workloads.net import Net
from tests.soak import nets
from tests.soak.nets import check_mode, check_net, choose_modes, expect_net, run_nets
from tests.soak.random_nets import DrawnNet
from tests.soak.rows import read_rows

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


@pytest.fixture
def run_checked(tmp_path, monkeypatch):
    """Return a function that checks nets without workers; and the file of rows."""
    out = tmp_path / "nets.jsonl"
    started = []

    @contextmanager
    def start(_, name, **__):
        started.append(name)
        yield SimpleNamespace(hello=lambda: None)

    monkeypatch.setattr(nets, "CAN_FORK", False)
    monkeypatch.setattr(WorkerPool, "start", start)

    def run(statuses):
        """Return what `run_nets` returns, and how many workers it started."""
        started.clear()
        left = iter(statuses)

        def check(workers, drawn, *, modes):
            variant, status = next(left)
            found = {variant: {"status": status, "reason": "it crashed"}}
            return {"modes": found, "seconds": 0.0}

        monkeypatch.setattr(nets, "check_net", check)
        return run_nets(nets=2, seed=0, out=out), len(started)

    return run, out


FAILURES = [("torch/eager", "failed"), ("reference", "no reference")]


@pytest.mark.parametrize("failure", FAILURES)
def test_a_net_without_a_result_fails_the_run_and_is_checked_again(
    run_checked, capsys, failure
):
    run, out = run_checked
    agrees = ("torch/eager", "agrees")
    each = len(nets.MODES)  # one worker for each framework
    assert run([failure, agrees]) == (1, 2 * each), "workers are replaced"
    assert f"net 0, {failure[0]}: it crashed" in capsys.readouterr().out
    assert run([agrees]) == (0, each), "only the failed net is checked again"
    assert len(read_rows(out, seed=0)) == 2
    assert run([]) == (0, 0)


def test_a_reference_that_cannot_run_is_a_failure_of_its_net(monkeypatch):
    def refuse(*_, **__):
        raise CannotRunError("not enough memory")

    monkeypatch.setattr(nets, "expect_net", refuse)
    row = check_net({"torch": None}, net_with("tanh"), modes={"torch": ["eager"]})
    assert row["modes"] == {
        "reference": {"status": "no reference", "reason": "not enough memory"}
    }


def test_a_mode_that_compiles_checks_one_net_in_many():
    chosen = [choose_modes("torch", number) for number in range(100)]
    assert sum("compile" in modes for modes in chosen) == 2
    assert all("eager" in modes for modes in chosen)


def test_a_command_reproduces_a_net():
    drawn = net_with("tanh")
    assert "--set layers='conv 4 3 2, batch_norm, tanh" in drawn.command
    assert replace(drawn, dtype="float64").command.endswith("--dtype float64")
