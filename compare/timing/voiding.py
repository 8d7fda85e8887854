"""Find the blocks that do not count, because their time was not spent on steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.runs.words import VoidReason

if TYPE_CHECKING:
    from compare.workers.messages import Sample

MAX_SLEEP_NS = 10_000_000
MAX_IDLE_NS = 1_000_000_000
MAX_SLOWDOWN = 2.0  # over the expected duration, for an idle worker


def find_void_reason(sample: Sample, *, expected_ns: float) -> VoidReason | None:
    """Return why a block does not count, or None if it counts.

    A block that is only slow counts: dropping outliers would bias the estimate. A
    worker that is idle for long is void only if the block also took much longer than
    expected, because a worker also idles while it waits for its device.

    Args:
        sample: the block as the worker measured it.
        expected_ns: the usual duration of a block with as many steps.
    """
    if sample.duration_ns <= 0:
        return VoidReason.CLOCK
    if sample.slept_ns > MAX_SLEEP_NS:
        return VoidReason.ASLEEP
    if sample.recaptures:
        return VoidReason.RECAPTURED
    idle_ns = sample.duration_ns - sample.busy_ns
    is_slow = sample.duration_ns > MAX_SLOWDOWN * expected_ns
    return VoidReason.DESCHEDULED if idle_ns > MAX_IDLE_NS and is_slow else None
