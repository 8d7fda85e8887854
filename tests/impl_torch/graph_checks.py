"""Graphs of PyTorch's modes as JSON; `test_graphs.py` judges them."""

from __future__ import annotations

import json

from impl_torch.session import Session
from tests.support.graph_checks import check_modes

MODES = ("eager", "manual", "script", "script-step", "trace", "compile-step")

if __name__ == "__main__":
    print(json.dumps(check_modes(Session, MODES)))
