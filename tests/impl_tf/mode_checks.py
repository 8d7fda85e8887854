"""What sessions of TensorFlow's modes captured, as JSON; `test_modes.py` judges it."""

from __future__ import annotations

import json

from compare.workloads.two_layer import TwoLayer
from impl_tf.session import Session

SIZES = (8, 5, 6, 7)  # of batches, one step each


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


if __name__ == "__main__":
    counted = {m: count_captures(m) for m in ("function", "function-relaxed")}
    print(json.dumps({"captures": counted}))
