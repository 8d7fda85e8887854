"""The training step that all tools time: torch/eager on `two_layer`, as in a worker."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from itertools import cycle, islice

from compare import workloads
from compare.machine import available_cores
from compare.workers.worker import PLACED_BATCHES
from impl_torch import runtime
from impl_torch.session import Session

WARM_UP_STEPS = 300  # a tenth of a second, as a worker warms up


def warm_step() -> Callable[[], None]:
    """Return a step function with a session of its own, in steady state."""
    pin_process()
    workload = workloads.build("two_layer")
    session = Session(workload, mode="eager", device="cpu", dtype="float32")
    arrays = islice(workload.batches("float32"), PLACED_BATCHES)
    batches = cycle([session.place(batch) for batch in arrays])

    def step() -> None:
        session.step(next(batches))

    for _ in range(WARM_UP_STEPS):
        step()
    return step


@cache
def pin_process() -> None:
    """Pin the process to the processor that blocks are timed on, with one thread."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, available_cores()[-1:])
    runtime.configure(threads=1)
