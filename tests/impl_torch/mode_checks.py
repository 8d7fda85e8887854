"""What sessions of PyTorch's modes captured, as JSON; `test_modes.py` judges it."""

from __future__ import annotations

import json
import sys
from unittest import mock

import torch

from compare.workloads.mlp import Mlp
from impl_torch.session import Session
from tests.support.small_sessions import (
    are_changed,
    build,
    count_captures,
    refusal,
    run_step,
)

SIZES = (8, 5, 6)  # of batches, one step each


def run_without_autograd(mode):
    """Return whether a step runs, and changes the parameters, without autograd."""
    session = build(Session, mode, batch=8)
    before = session.parameters()
    forbidden = mock.Mock(side_effect=AssertionError("autograd was used"))
    with (
        mock.patch.object(torch.autograd, "backward", forbidden),
        mock.patch.object(torch.autograd, "grad", forbidden),
    ):
        loss = run_step(session, batch=8)
    after = session.parameters()
    return are_changed(before, after) and not loss.requires_grad


if __name__ == "__main__":
    compiled = sys.argv[1:]
    counted = {m: count_captures(Session, m, sizes=SIZES) for m in compiled}
    by_hand = ("manual", "script-step")
    refused = {mode: refusal(Session, mode, Mlp()) for mode in by_hand}
    free = {mode: run_without_autograd(mode) for mode in by_hand}
    print(json.dumps({"captures": counted, "refused": refused, "without": free}))
