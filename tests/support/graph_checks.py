"""What both packages' sessions show as graphs of a small network, as a dict."""

from __future__ import annotations

import dataclasses

import numpy as np

from tests.support.small_sessions import build

BATCH = 8


def check_modes(session_class, modes):
    """Return for each mode its graphs' stages, and whether the session is unchanged."""
    return {mode: check_mode(session_class, mode) for mode in modes}


def check_mode(session_class, mode):
    """Take the graphs of a mode twice; compare the session with an untouched one."""
    session, untouched = (build(session_class, mode, batch=BATCH) for _ in range(2))
    before = session.parameters()
    graphs = session.graphs()
    after = session.parameters()
    return {
        "unchanged": all(np.array_equal(before[n], after[n]) for n in before),
        "same_loss": float(step_loss(session)) == float(step_loss(untouched)),
        "stages": [str(graph.stage) for graph in graphs],
        "reasons": [graph.reason for graph in graphs],
        "graphs": [dataclasses.asdict(graph) for graph in graphs],
    }


def step_loss(session):
    """Return the loss of the second step on the workload's first batch."""
    for _ in range(2):
        loss = session.step(session._example)
    return session.read_loss(loss)
