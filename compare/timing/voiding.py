"""Which blocks do not count: something other than training steps took their time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compare.workers.messages import Sample

ASLEEP_NS = 10_000_000
IDLE_NS = 1_000_000_000
TWICE = 2.0

SLEPT = "the machine slept"
BACKWARDS = "the clock did not go forwards"
DESCHEDULED = "the worker was kept from running for over a second"
RECAPTURED = "a graph was captured again"


def reason(sample: Sample, *, expected_ns: float) -> str:
    """Why a block does not count; empty for one that does.

    A block that is merely slow counts: whoever leaves out what he does not like
    measures what he likes.
    """
    if sample.duration_ns <= 0:
        return BACKWARDS
    if sample.slept_ns > ASLEEP_NS:
        return SLEPT
    if sample.recaptures:
        return RECAPTURED
    idle_ns = sample.duration_ns - sample.busy_ns
    if idle_ns > IDLE_NS and sample.duration_ns > TWICE * expected_ns:
        return DESCHEDULED
    return ""
