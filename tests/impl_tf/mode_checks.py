"""What sessions of TensorFlow's modes captured, as JSON; `test_modes.py` judges it."""

from __future__ import annotations

import json
from unittest import mock

import tensorflow as tf

from compare.workloads.mlp import Mlp
from compare.workloads.quirk import QuirkWorkload
from compare.workloads.resnet import Resnet
from impl_tf.draws import dropout
from impl_tf.session import Session
from tests.support.small_sessions import (
    are_changed,
    build,
    count_captures,
    refusal,
    run_step,
)

SIZES = (8, 5, 6, 7)  # of batches, one step each


def run_without_a_tape(mode):
    """Return whether a step runs, and changes the parameters, without a tape."""
    session = build(Session, mode, batch=8)
    before = session.parameters()
    forbidden = mock.Mock(side_effect=AssertionError("a tape was used"))
    with mock.patch.object(tf, "GradientTape", forbidden):
        run_step(session, batch=8)
    after = session.parameters()
    return are_changed(before, after)


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
    counted = {
        m: count_captures(Session, m, sizes=SIZES)
        for m in ("function", "function-relaxed", "graph")
    }
    refused = {
        "manual": refusal(Session, "manual", Mlp()),
        "graph": refusal(Session, "graph", Mlp()),
        "graph, quirk": refusal(Session, "graph", QuirkWorkload()),
        "graph, batch normalization": refusal(Session, "graph", Resnet()),
    }
    free = {mode: run_without_a_tape(mode) for mode in ("manual", "graph")}
    found = {"captures": counted, "refused": refused, "without": free}
    print(json.dumps({**found, "masks": shapes_of_masks()}))
