"""Profiles of JAX's steps, as JSON; `test_profiling.py` judges them."""

from __future__ import annotations

import gzip
import json
import tempfile
from itertools import islice
from pathlib import Path

from compare import workloads
from impl_jax.session import Session

STEPS = 4


def describe(mode):
    """Return the operations of a profile, and the trace's events in microseconds."""
    workload = workloads.build("two_layer", {"batch": 64, "hidden": 256})
    session = Session(workload, mode=mode, device="cpu", dtype="float32")
    batches = [session.place(b) for b in islice(workload.batches("float32"), 1)] * STEPS
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "trace.json.gz"
        operations = session.profile(batches, save_to=str(file))
        events = json.loads(gzip.decompress(file.read_bytes()))["traceEvents"]
    return {
        "operations": [[o.name, o.kind, o.calls, o.self_ns] for o in operations],
        "steps_us": [e["dur"] for e in events if e.get("name") == "training step"],
    }


if __name__ == "__main__":
    print(json.dumps({mode: describe(mode) for mode in ("eager", "jit")}))
