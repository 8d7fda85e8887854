"""Which blocks do not count: something other than training steps took their time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compare.runs.words import VoidReason

if TYPE_CHECKING:
    from compare.workers.messages import Sample

ASLEEP_NS = 10_000_000
IDLE_NS = 1_000_000_000
TWICE = 2.0


def find_void_reason(sample: Sample, *, expected_ns: float) -> VoidReason | None:
    """Return why a block does not count, or None if it does.

    Slow blocks are kept: dropping outliers would bias the estimate.
    """
    if sample.duration_ns <= 0:
        return VoidReason.CLOCK
    if sample.slept_ns > ASLEEP_NS:
        return VoidReason.ASLEEP
    if sample.recaptures:
        return VoidReason.RECAPTURED
    idle_ns = sample.duration_ns - sample.busy_ns
    if idle_ns > IDLE_NS and sample.duration_ns > TWICE * expected_ns:
        return VoidReason.DESCHEDULED
    return None
