"""Which blocks do not count."""

from __future__ import annotations

import pytest

from compare.runs.words import VoidReason
from compare.timing.voiding import find_void_reason
from compare.workers.messages import Sample

GOOD = {
    "started_ns": 1,
    "duration_ns": 25_000_000,
    "device_ns": None,
    "busy_ns": 25_000_000,
    "slept_ns": 0,
    "recaptures": 0,
    "sentinel_ns": 1,
}


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ({}, None),
        ({"duration_ns": 0}, VoidReason.CLOCK),
        ({"duration_ns": -5}, VoidReason.CLOCK),
        ({"slept_ns": 3_600_000_000_000}, VoidReason.ASLEEP),
        ({"slept_ns": 1000}, None),  # two clocks are read one after the other
        ({"recaptures": 1}, VoidReason.RECAPTURED),
        ({"duration_ns": 3_000_000_000}, VoidReason.DESCHEDULED),
        ({"duration_ns": 3_000_000_000, "busy_ns": 2_900_000_000}, None),
        ({"duration_ns": 250_000_000}, None),  # slow, but not idle
    ],
)
def test_a_block_counts_unless_its_time_was_not_spent_on_steps(what, expected):
    sample = Sample(**{**GOOD, **what})
    assert find_void_reason(sample, expected_ns=25e6) is expected


def test_a_worker_that_waits_for_its_device_is_not_descheduled():
    waiting = Sample(**{**GOOD, "duration_ns": 5_000_000_000, "busy_ns": 10})
    assert find_void_reason(waiting, expected_ns=5e9) is None


def test_the_reasons_are_the_words_stored_in_the_samples():
    assert [str(reason) for reason in VoidReason] == [
        "the machine slept",
        "the clock did not go forwards",
        "the worker was kept from running for over a second",
        "a graph was captured again",
    ]
