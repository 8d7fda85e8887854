"""Random nets that are exported agree, and a file with other parameters is found."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from compare.deploy.run import ModelDeployment
from compare.numerics.arrays import load_arrays, save_arrays
from compare.workers.process import CannotRunError
from compare.workloads.net import Net
from tests.soak import net_exports
from tests.soak.net_exports import (
    choose_forms,
    export_net,
    export_nets,
    export_numbers,
    list_failures,
    summarize_exports,
)
from tests.soak.random_nets import DrawnNet
from tests.support.long import long_test

FORM = "torch/script"
NETS = [
    DrawnNet(net=Net(layers=layers, side=4, channels=2), dtype="float32")
    for layers in ("conv 4 3 2, relu, flatten, dense 3", "flatten, dense 2, tanh")
]
OPEN_TRAINED = ModelDeployment.open_trained


@contextmanager
def open_with_defect(deployment):
    """Change a parameter of the second net after its outputs were computed."""
    with OPEN_TRAINED(deployment) as exact:
        state = load_arrays(deployment.state)
        if "net-1" in deployment.cell.workload:
            name = next(iter(state))
            save_arrays(deployment.state, {**state, name: 1.001 * state[name]})
        yield exact


@long_test
@pytest.mark.torch
def test_a_file_agrees_and_one_with_another_parameter_is_found(monkeypatch):
    monkeypatch.setattr(ModelDeployment, "open_trained", open_with_defect)
    sound, changed = export_nets(NETS, [[FORM], [FORM]])
    assert sound[FORM]["status"] == "agrees"
    assert changed[FORM]["status"] == "disagrees"
    assert changed[FORM]["error"] > changed[FORM]["tolerance"]


def test_a_net_that_one_framework_cannot_run_has_the_reason_in_each_format(monkeypatch):
    @contextmanager
    def refuse(self):
        raise CannotRunError("no kernel")
        yield

    monkeypatch.setattr(ModelDeployment, "open_trained", refuse)
    cell = SimpleNamespace(workload="net-0", framework="torch")
    deployment = ModelDeployment(context=None, cell=cell)
    found = export_net(deployment, [FORM, "torch/onnx", "tf/onnx"])
    reason = {"status": "not run", "reason": "no kernel"}
    assert found == {FORM: reason, "torch/onnx": reason}


def test_nets_that_cannot_be_prepared_have_the_reason(monkeypatch):
    def refuse(*_):
        raise CannotRunError("not enough memory")

    monkeypatch.setattr(net_exports, "export_nets", refuse)
    (row,) = export_numbers(0, [20])
    assert row["forms"] == {
        "model": {"status": "failed", "reason": "not enough memory"}
    }


def test_files_and_nets_that_failed_fail_the_run_with_a_command(capsys):
    failed = {"status": "failed", "reason": "it crashed"}
    rows = [
        {"number": 0, "seconds": 1, "forms": {"model": failed}},
        {"number": 20, "seconds": 1, "forms": {FORM: failed}},
        {"number": 40, "seconds": 1, "forms": {FORM: {"status": "agrees"}}},
    ]
    assert summarize_exports(rows, seed=0) == 2
    assert [list_failures(row) for row in rows] == [["model"], [FORM], []]
    *_, first, command, _, second, other = capsys.readouterr().out.splitlines()
    assert (first, second) == (
        "net 0, model: it crashed",
        f"net 20, {FORM}: it crashed",
    )
    assert command.endswith("--launches 0")
    assert " -f " not in command
    assert other.endswith("-f torch --launches 0")


def test_a_format_that_needs_a_compiler_is_written_for_one_net_in_many():
    slow = [n for n in range(0, 1000, 20) if "torch/aotinductor" in choose_forms(n)]
    assert len(slow) == 5
