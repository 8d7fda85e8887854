"""A sample of the points at which a call of a run fails."""

from __future__ import annotations

from tests.support.commands import run_module
from tests.support.long import long_test


@long_test
def test_a_run_with_a_failing_call_is_resumed():
    printed = run_module("tests.faults.nth_call", "--every", "720")
    assert ": 0 with findings" in printed
