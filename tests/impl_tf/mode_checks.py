"""What sessions of TensorFlow's modes captured, as JSON; `test_modes.py` judges it."""

from __future__ import annotations

import json
from unittest import mock

import tensorflow as tf

from compare.workloads.mlp import Mlp
from compare.workloads.quirk import QuirkWorkload
from compare.workloads.resnet import Resnet
from compare.workloads.two_layer import TwoLayer
from impl_tf.draws import dropout
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


def run_without_a_tape(mode):
    """Return whether a step runs, and changes the parameters, without a tape."""
    session = build(mode, batch=8)
    (batch,) = TwoLayer(batch=8, inputs=12, outputs=3).batches("float64")
    before = session.parameters()
    forbidden = mock.Mock(side_effect=AssertionError("a tape was used"))
    with mock.patch.object(tf, "GradientTape", forbidden):
        session.step(session.place(batch))
    after = session.parameters()
    return all((before[name] != after[name]).any() for name in before)


def refusal(mode, workload):
    """Return why a mode cannot run a workload; empty if it can."""
    try:
        Session(workload, mode=mode, device="cpu", dtype="float64")
    except NotImplementedError as error:
        return str(error)
    return ""


def shapes_of_masks():
    """Return the shape in which each mask of dropout varies, in eager and a graph."""
    inputs = tf.ones((8, 3, 4))
    found = []
    for shape in (None, (None, 1, 1), (1, 3, None), (8, 3, 4)):
        for call in (dropout, tf.function(dropout)):
            kept = call(inputs, 0.5, shape, seed=1).numpy() > 0
            sides = [
                1 if (kept == kept.take([0], axis=axis)).all() else size
                for axis, size in enumerate(kept.shape)
            ]
            found.append(sides)
    return found


if __name__ == "__main__":
    counted = {m: count_captures(m) for m in ("function", "function-relaxed", "graph")}
    refused = {
        "manual": refusal("manual", Mlp()),
        "graph": refusal("graph", Mlp()),
        "graph, quirk": refusal("graph", QuirkWorkload()),
        "graph, batch normalization": refusal("graph", Resnet()),
    }
    free = {mode: run_without_a_tape(mode) for mode in ("manual", "graph")}
    found = {"captures": counted, "refused": refused, "without": free}
    print(json.dumps({**found, "masks": shapes_of_masks()}))
