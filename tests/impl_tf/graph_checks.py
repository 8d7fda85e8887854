"""Graphs of TensorFlow's modes as JSON; `test_graphs.py` judges them."""

from __future__ import annotations

import json

from impl_tf.session import Session
from tests.support.graph_checks import check_modes

MODES = ("eager", "manual", "function", "graph", "keras", "keras-eager", "xla")

if __name__ == "__main__":
    print(json.dumps(check_modes(Session, MODES)))
