"""Which blocks do not count."""

from __future__ import annotations

import pytest

from compare.timing import voiding
from compare.workers.messages import Sample

GOOD = {
    "started_ns": 1,
    "duration_ns": 25_000_000,
    "device_ns": None,
    "busy_ns": 25_000_000,
    "slept_ns": 0,
    "recaptures": 0,
}


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ({}, ""),
        ({"duration_ns": 0}, voiding.BACKWARDS),
        ({"duration_ns": -5}, voiding.BACKWARDS),
        ({"slept_ns": 3_600_000_000_000}, voiding.SLEPT),
        ({"slept_ns": 1000}, ""),  # two clocks read one after the other
        ({"recaptures": 1}, voiding.RECAPTURED),
        ({"duration_ns": 3_000_000_000}, voiding.DESCHEDULED),
        ({"duration_ns": 3_000_000_000, "busy_ns": 2_900_000_000}, ""),
        ({"duration_ns": 250_000_000}, ""),  # slow, but at work
    ],
)
def test_a_block_counts_unless_something_else_took_its_time(what, expected):
    sample = Sample(**{**GOOD, **what})
    assert voiding.find_void_reason(sample, expected_ns=25e6) == expected


def test_a_step_that_waits_for_its_device_for_long_is_no_descheduling():
    waiting = Sample(**{**GOOD, "duration_ns": 5_000_000_000, "busy_ns": 10})
    assert voiding.find_void_reason(waiting, expected_ns=5e9) == ""
