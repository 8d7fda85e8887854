"""What exported PyTorch models contain, as JSON; `test_exporting.py` judges it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import torch
from torch import nn

from compare.workloads.net import Net as RandomNet
from impl_torch import exporting
from impl_torch.session import Session

ROWS = 4
FORMS = ("script", "trace", "program")


class Net(nn.Module):
    """Returns two tensors; its dropout does nothing in inference mode."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)
        self.dropout = nn.Dropout(0.5)

    def forward(self, first, second):
        x = torch.relu(self.layer(first))
        return self.dropout(x) - second, 2 * x


class NeedsSizes(nn.Module):
    """Adds up rows in a loop of Python."""

    def forward(self, x):
        total = x[0]
        for row in range(1, len(x)):
            total = total + x[row]
        return total


def make_net():
    torch.manual_seed(0)
    inputs = (torch.randn(ROWS, 3), torch.randn(ROWS, 2))
    return exporting.Deployed(model=Net(), inputs=inputs)


def compare_arrays(received, expected):
    """Return whether arrays are equal up to rounding, in the same order."""
    return [a.shape for a in received] == [a.shape for a in expected] and all(
        np.allclose(*pair, rtol=1e-5) for pair in zip(received, expected, strict=True)
    )


def run_file(form, path, inputs):
    """Return the outputs of a file in this process."""
    load = torch.export.load if form == "program" else torch.jit.load
    loaded = load(str(path))
    run = loaded.module() if form == "program" else loaded
    with torch.no_grad():
        return [each.numpy() for each in run(*map(torch.from_numpy, inputs))]


def refusal(form, path, inputs):
    """Return why the nodes of a file cannot be shown; empty if they can be."""
    try:
        exporting.trace_export(form, path, inputs)
    except NotImplementedError as reason:
        return str(reason)
    return ""


def are_sizes_fixed(model, inputs):
    """Return for each input of a program whether its first size is a number."""
    program = exporting.capture(exporting.Deployed(model=model, inputs=inputs))
    placeholders = [n for n in program.graph.nodes if n.op == "placeholder"]
    given = placeholders[len(placeholders) - len(inputs) :]
    return [str(node.meta["val"].shape[0]).isdigit() for node in given]


def check_net(folder):
    """Return what is known of a model with two inputs and two outputs."""
    model = make_net()
    inputs, outputs = exporting.read_inputs(model), exporting.run(model)
    half = [array[: ROWS // 2] for array in inputs]
    paths = {form: folder / form for form in FORMS}
    for form, path in paths.items():
        exporting.EXPORTERS[form](model, path)
    eager = exporting.trace_model(model)
    nodes = exporting.trace_export("program", paths["program"], inputs)
    again = exporting.trace_model(model)
    return {
        "training": model.model.training,
        "whole": {
            f: compare_arrays(run_file(f, p, inputs), outputs) for f, p in paths.items()
        },
        "half": {
            f: compare_arrays(run_file(f, p, half), [a[: ROWS // 2] for a in outputs])
            for f, p in paths.items()
        },
        "eager": [node.operation for node in eager],
        "repeated": len(again) == len(eager),
        "nodes": [[n.name, n.operation, list(n.inputs)] for n in nodes],
        "numbers": [list(node.outputs) for node in nodes[-2:]],
        "outputs": compare_arrays([nodes[-2].value, nodes[-1].value], outputs),
        "hidden": {f: refusal(f, p, inputs) for f, p in paths.items()},
    }


def are_images_contiguous():
    """Return it of a placed batch of images, and of the inputs of its exports."""
    workload = RandomNet(layers="flatten, dense 3", side=4, channels=2)
    session = Session(workload, mode="eager", device="cpu", dtype="float32")
    placed = session.place(next(workload.batches("float32")))
    exported = session.deployed(placed)
    return [each.is_contiguous() for each in (placed[0], *exported.inputs)]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        found = check_net(Path(made))
    net = make_net()
    found["fixed"] = {
        "Net": are_sizes_fixed(net.model, net.inputs),
        "NeedsSizes": are_sizes_fixed(NeedsSizes(), net.inputs[:1]),
    }
    found["contiguous"] = are_images_contiguous()
    print(json.dumps(found))
