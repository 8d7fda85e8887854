"""What sessions of PyTorch's modes captured, as JSON; `test_modes.py` judges it."""

from __future__ import annotations

import json
from unittest import mock

import torch

from compare.workloads.mlp import Mlp
from compare.workloads.two_layer import TwoLayer
from impl_torch.session import Session

SIZES = (8, 5, 6)  # of batches, one step each


def build(mode, **sizes):
    """Return a session of a mode on small layers, in float64."""
    small = TwoLayer(**{"inputs": 12, "hidden": 7, "outputs": 3, **sizes})
    return Session(small, mode=mode, device="cpu", dtype="float64")


def count_captures(mode):
    """Return the number of captures after a step with each size of batches."""
    session = build(mode, batch=SIZES[0])
    for size in SIZES:
        (batch,) = TwoLayer(batch=size, inputs=12, outputs=3).batches("float64")
        session.step(session.place(batch))
    return session.captures_count()


def run_without_autograd(mode):
    """Return whether a step runs, and changes the parameters, without autograd."""
    session = build(mode, batch=8)
    (batch,) = TwoLayer(batch=8, inputs=12, outputs=3).batches("float64")
    before = session.parameters()
    forbidden = mock.Mock(side_effect=AssertionError("autograd was used"))
    with (
        mock.patch.object(torch.autograd, "backward", forbidden),
        mock.patch.object(torch.autograd, "grad", forbidden),
    ):
        loss = session.step(session.place(batch))
    after = session.parameters()
    moved = all((before[name] != after[name]).any() for name in before)
    return moved and not loss.requires_grad


def refusal(mode, workload):
    """Return why a mode cannot run a workload; empty if it can."""
    try:
        Session(workload, mode=mode, device="cpu", dtype="float64")
    except NotImplementedError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    counted = {m: count_captures(m) for m in ("compile", "compile-dynamic")}
    by_hand = ("manual", "script-step")
    refused = {mode: refusal(mode, Mlp()) for mode in by_hand}
    free = {mode: run_without_autograd(mode) for mode in by_hand}
    print(json.dumps({"captures": counted, "refused": refused, "without": free}))
