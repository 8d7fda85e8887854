"""What replicas of TensorFlow compute, as JSON; `test_replicas.py` judges it."""

from __future__ import annotations

import json
from functools import partial

from compare.workloads.net import Net
from compare.workloads.two_layer import TwoLayer
from impl_tf import replicas, runtime
from impl_tf.modes import capture
from impl_tf.session import Session
from tests.impl_tf.planted_replicas import DEFECTS, planted
from tests.support import checked_replicas
from tests.support.small_sessions import SMALL, refusal

NORMALIZED = Net(layers="conv 4 3 2, batch_norm, relu, flatten, dense 4")
KIND = {"device": "cpu", "dtype": "float64"}
ReplicatedSession = partial(replicas.ReplicatedSession, replicas=2)


def list_disagreements(defect, *, mode, expected):
    with planted(defect):
        session = ReplicatedSession(checked_replicas.PROBE, mode=mode, **KIND)
        return checked_replicas.list_disagreements(session, expected)


def compare_normalized():
    """Return how far replicas that normalize their own shares are from one process."""
    arrays = next(NORMALIZED.batches("float64"))
    with planted("normalized"):
        replicated = ReplicatedSession(NORMALIZED, mode="function", **KIND)
    alone = Session(NORMALIZED, mode="function", **KIND)
    one, other = (
        session.snapshot(session.place(arrays)) for session in (replicated, alone)
    )
    return checked_replicas.largest_difference(one, other)


def try_xla():
    """Return why XLA does not compile a step of replicas; empty if it does."""
    replicas.CAPTURED["xla"] = partial(capture, jit_compile=True)
    workload = TwoLayer(**SMALL, batch=8)
    session = ReplicatedSession(workload, mode="xla", **KIND)
    try:
        session.step(session.place(next(workload.batches("float64"))))
    except Exception as error:  # noqa: BLE001 - whatever the framework raises
        return type(error).__name__
    return ""


if __name__ == "__main__":
    runtime.configure(threads=1)
    replicas.configure(replicas=2)
    expected = checked_replicas.expect()
    of_defects = {
        defect: list_disagreements(defect, mode="function", expected=expected)
        for defect in ("", *DEFECTS)
        if defect != "normalized"
    }
    print(
        json.dumps(
            {
                "disagreements": of_defects,
                "eager": list_disagreements("", mode="eager", expected=expected),
                "refused": refusal(ReplicatedSession, "function", NORMALIZED),
                "normalized": compare_normalized(),
                "xla": try_xla(),
            }
        )
    )
