"""The graphs of JAX's steps, as JSON; `test_graphs.py` judges them."""

from __future__ import annotations

import json

from compare import workloads
from impl_jax.session import Session

NAMES = ("two_layer", "control_flow", "tree")


def describe(name, mode):
    """Return nodes of the only graph: name, common name, inputs, region, shape."""
    session = Session(workloads.build(name), mode=mode, device="cpu", dtype="float32")
    (graph,) = session.graphs()
    return {
        "reason": graph.reason,
        "stage": graph.stage,
        "counted": session.captures_count(),
        "nodes": [
            [n.name, n.common, list(n.inputs), n.region, n.shape] for n in graph.nodes
        ],
    }


if __name__ == "__main__":
    found = {name: describe(name, "jit") for name in NAMES}
    print(json.dumps({**found, "eager": describe("two_layer", "eager")}))
