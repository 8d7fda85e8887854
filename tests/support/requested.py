"""A request with default values, for tests that use only a part of it."""

from __future__ import annotations

from typing import Any

import msgspec

from compare.runs.record import Request, WorkloadRequest

TWO_LAYER = WorkloadRequest(label="two_layer", name="two_layer")
REQUEST = Request(
    suite="quick",
    workloads=[TWO_LAYER],
    variants=["torch/eager"],
    named=False,
    devices=["cpu"],
    dtypes=["float32"],
    threads=1,
    seed=0,
    launches=4,
    rounds=18,
    block_s=0.025,
    trajectory_steps=20,
    time_limit_s=300.0,
    margin=0.01,
)


def requested(**changes: Any) -> Request:
    """Return the request with changed fields."""
    return msgspec.structs.replace(REQUEST, **changes)
